// What an encoder's folder says of its network.

import Foundation

/// The sizes of a BERT encoder (`config.json`) and how its vectors become one (`1_Pooling/config.json`).
struct EncoderShape: Sendable {
    /// Which of a text's vectors are its vector.
    enum Pooling: Sendable {
        /// The mean of all pieces'.
        case mean
        /// That of the piece for the start.
        case first
    }

    var size: Int
    var layers: Int
    var heads: Int
    var hidden: Int
    var places: Int
    var kinds: Int
    var vocabulary: Int
    var epsilon: Float
    var pooling: Pooling
    /// The most pieces of a text that are read.
    var pieces: Int

    /// Reads a folder as sentence-transformers writes it.
    ///
    /// - Throws: ``SafeTensors/Damage`` for what is missing, out of range, or of another kind of network.
    init(folder: URL) throws(SafeTensors.Damage) {
        struct Network: Decodable {
            var modelType: String
            var hiddenAct: String
            var hiddenSize: Int
            var numHiddenLayers: Int
            var numAttentionHeads: Int
            var intermediateSize: Int
            var maxPositionEmbeddings: Int
            var typeVocabSize: Int
            var vocabSize: Int
            var layerNormEps: Float
        }
        struct Poolings: Decodable {
            var poolingModeClsToken: Bool?
            var poolingModeMeanTokens: Bool?
        }
        struct Sentence: Decodable { var maxSeqLength: Int? }
        struct Cutting: Decodable { var doLowerCase: Bool? }

        guard let network = try Self.read(Network.self, folder, "config.json") else {
            throw SafeTensors.Damage(what: "config.json is missing")
        }
        guard network.modelType == "bert", network.hiddenAct == "gelu" else {
            throw SafeTensors.Damage(
                what: "it is a '\(network.modelType)' with '\(network.hiddenAct)'; 'bert' with 'gelu' is needed"
            )
        }
        if try Self.read(Cutting.self, folder, "tokenizer_config.json")?.doLowerCase == false {
            throw SafeTensors.Damage(what: "it tells upper from lower case; an uncased one is needed")
        }
        (size, layers, heads) = (network.hiddenSize, network.numHiddenLayers, network.numAttentionHeads)
        (hidden, places) = (network.intermediateSize, network.maxPositionEmbeddings)
        (kinds, vocabulary, epsilon) = (network.typeVocabSize, network.vocabSize, network.layerNormEps)
        guard (32...4096).contains(size), size % 32 == 0, (1...64).contains(layers), (1...64).contains(heads),
            size % heads == 0, (1...32_768).contains(hidden), (3...65_536).contains(places), (1...16).contains(kinds),
            (3...1_000_000).contains(vocabulary), epsilon > 0
        else { throw SafeTensors.Damage(what: "a size in config.json is out of range") }
        let asked = try Self.read(Sentence.self, folder, "sentence_bert_config.json")?.maxSeqLength ?? places
        pieces = max(3, min(asked, places))
        let pooled = try Self.read(Poolings.self, folder, "1_Pooling/config.json")
        switch (pooled?.poolingModeMeanTokens, pooled?.poolingModeClsToken) {
        case (true?, true?): throw SafeTensors.Damage(what: "1_Pooling/config.json asks for two poolings at once")
        case (_, true?): pooling = .first
        case (false?, _):
            throw SafeTensors.Damage(what: "1_Pooling/config.json asks for neither the mean nor the first piece")
        default: pooling = .mean
        }
    }

    /// A file as JSON; nil when there is none.
    private static func read<Value: Decodable>(
        _: Value.Type,
        _ folder: URL,
        _ name: String
    ) throws(SafeTensors.Damage) -> Value? {
        let file = folder.appending(path: name)
        guard FileManager.default.fileExists(atPath: file.path) else { return nil }
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        do {
            return try decoder.decode(Value.self, from: Data(contentsOf: file))
        } catch {
            throw SafeTensors.Damage(what: "\(name) cannot be read")
        }
    }
}
