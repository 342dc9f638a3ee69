// The sentence encoder: its pieces and vectors against those of the reference implementation, and files that are not right.

import Foundation
import Testing

@testable import LyceumSearch

/// Where `scripts/setup --tests` puts the encoder, opened once.
private enum Encoder {
    static let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: ".lyceum/encoder")

    struct Missing: Error, CustomStringConvertible {
        let description = "there is no sentence encoder in .lyceum/encoder; run scripts/setup --tests"
    }

    private static let opened = Result {
        guard FileManager.default.fileExists(atPath: folder.appending(path: "model.safetensors").path) else {
            throw Missing()
        }
        return try SentenceEncoder(folder: folder)
    }

    static func open() throws -> SentenceEncoder { try opened.get() }

    /// A copy of the folder's files by links, of which some are then replaced.
    static func copy(into folder: URL) throws -> URL {
        _ = try open()
        let copy = folder.appending(path: "encoder")
        try FileManager.default.createDirectory(at: copy, withIntermediateDirectories: true)
        for name in try FileManager.default.contentsOfDirectory(atPath: Self.folder.path) where !name.hasPrefix(".") {
            let target = copy.appending(path: name)
            try FileManager.default.createSymbolicLink(
                at: target,
                withDestinationURL: Self.folder.appending(path: name)
            )
        }
        return copy
    }

    static func replace(_ name: String, in folder: URL, by content: Data?) throws {
        let file = folder.appending(path: name)
        try FileManager.default.removeItem(at: file)
        try content?.write(to: file)
    }
}

@Suite("Sentence encoder")
struct EncoderTests {
    let folder: IndexFolder

    init() throws { folder = try IndexFolder() }

    @Test(
        "texts are cut into the pieces that the reference's tokenizer cuts them into",
        arguments: [
            ("Data engineer", [101, 2951, 3992, 102]),
            (
                "Über-Ingenieur C++/C# (.NET)",
                [
                    101, 19169, 1011, 13749, 18595, 11236, 1039, 1009, 1009, 1013, 1039, 1001, 1006, 1012, 5658, 1007,
                    102,
                ]
            ),
            ("中文résumé \u{FB01}ne\u{200B}x \u{130}stanbul", [101, 1746, 1861, 13746, 1984, 2638, 2595, 9960, 102]),
            ("", [101, 102]), (String(repeating: "a", count: 150), [101, 100, 102]),
            ("naïve  café\tNode.js\n5G 3½", [101, 15743, 7668, 13045, 1012, 1046, 2015, 1019, 2290, 1017, 13714, 102]),
        ] as [(String, [Int32])]
    )
    func pieces(text: String, numbers: [Int32]) throws {
        _ = try Encoder.open()
        let file = Encoder.folder.appending(path: "vocab.txt")
        let pieces = try #require(WordPieces(vocabulary: String(contentsOf: file, encoding: .utf8)))
        #expect(pieces.pieces(of: text, limit: 256) == numbers)
        #expect(pieces.pieces(of: text, limit: 3) == (numbers.count < 3 ? numbers : [101, numbers[1], 102]))
    }

    // Of the reference: the first four numbers, the sum of all weighted by 1...384, and the sum of what they are without sign.
    @Test(
        "vectors are those of the reference",
        arguments: [
            ("Data engineer", [-0.05946, 0.01952, 0.01011, 0.04689, 204.666, 15.114]),
            ("Über-Ingenieur C++/C# (.NET)", [-0.08227, -0.00816, -0.01259, -0.01051, 4.556, 15.7676]),
            (String(repeating: "a", count: 150), [-0.0416, -0.02468, 0.07789, -0.00615, 227.148, 15.4015]),
            (String(repeating: "nurse ", count: 400), [-0.0377, -0.08195, 0.01472, -0.00783, -256.676, 15.6117]),
            (
                "Registered nurse in intensive care, caring for patients after heart surgery.",
                [-0.07151, -0.06596, -0.03641, 0.05624, -113.001, 15.8502]
            ),
        ] as [(String, [Double])]
    )
    func reference(text: String, expected: [Double]) throws {
        let vector = try Encoder.open().embed(text).map(Double.init)
        try #require(vector.count == 384)
        for index in 0..<4 { #expect(abs(vector[index] - expected[index]) < 2e-5) }
        let weighted = vector.enumerated().reduce(0) { $0 + Double($1.offset + 1) * $1.element }
        #expect(abs(weighted - expected[4]) < 0.01)
        #expect(abs(vector.reduce(0) { $0 + abs($1) } - expected[5]) < 0.001)
    }

    @Test("many texts at once, of all lengths, come out as one by one and in their order")
    func together() throws {
        let encoder = try Encoder.open()
        let seed = freshSeed()
        var random = SeededGenerator(seed: seed)
        let words = ["nurse", "data", "C#", "", "unfathomable", "été", "x"]
        let texts = (0..<90).map { number in
            (0..<(number % 9 == 0 ? 300 : number % 7)).map { _ in words.randomElement(using: &random) ?? "" }.joined(
                separator: " "
            )
        }
        let vectors = encoder.embed(texts)
        try #require(vectors.count == texts.count)
        for (text, vector) in zip(texts, vectors) {
            let alone = encoder.embed(text)
            #expect(zip(alone, vector).allSatisfy { abs($0 - $1) < 1e-5 }, "seed \(seed): \(text.prefix(40))")
        }
        #expect(encoder.embed([String]()).isEmpty)
        #expect(encoder.embed(" \u{200B} ") == Array(repeating: 0, count: 384))
    }

    @Test("a folder that is not an encoder's is refused with the file and what is wrong with it")
    func damage() throws {
        let weights = try Data(contentsOf: Encoder.folder.appending(path: "model.safetensors"), options: .alwaysMapped)
        let network = #"""
            {"model_type": "bert", "hidden_act": "gelu", "hidden_size": 384, "num_hidden_layers": 6, "num_attention_heads": 12,
             "intermediate_size": 1536, "max_position_embeddings": 512, "type_vocab_size": 2, "vocab_size": 30522, "layer_norm_eps": 1e-12}
            """#
        func tensor(_ offsets: String) -> Data {
            let entry = #"{"dtype": "F32", "shape": [30522, 384], "data_offsets": \#(offsets)}"#
            let header = Data(#"{"embeddings.word_embeddings.weight": \#(entry)}"#.utf8)
            return withUnsafeBytes(of: UInt64(header.count).littleEndian) { Data($0) } + header
        }
        func config(_ part: String, _ other: String) -> Data { Data(network.replacing(part, with: other).utf8) }
        let cases: [(file: String, content: Data?, says: String)] = [
            ("config.json", nil, "config.json is missing"),
            ("config.json", Data("{".utf8), "config.json cannot be read"),
            ("config.json", config("\"bert\"", "\"mpnet\""), "'mpnet'"),
            (
                "config.json", config("\"num_hidden_layers\": 6", "\"num_hidden_layers\": 7"),
                "no tensor 'encoder.layer.6."
            ),
            ("config.json", config(": 384", ": 383"), "out of range"),
            ("config.json", config("1536", "768"), "[768, 384]"),
            ("config.json", config("30522", "99"), "vocab.txt is not its vocabulary"),
            ("vocab.txt", nil, "vocab.txt cannot be opened"), ("vocab.txt", Data("a\nb\n".utf8), "vocab.txt"),
            ("model.safetensors", nil, "model.safetensors cannot be opened"),
            ("model.safetensors", weights.prefix(5), "no header"),
            ("model.safetensors", weights.prefix(500), "cut off"),
            ("model.safetensors", weights.prefix(1_000_000), "is cut off"),
            ("model.safetensors", Data([2, 0, 0, 0, 0, 0, 0, 0, 0x7B, 0x7B]), "header cannot be read"),
            ("model.safetensors", Data(repeating: 0xFF, count: 64), "cut off"),
            ("model.safetensors", tensor("[8, -9223372036854775808]"), "is cut off"),
            ("model.safetensors", tensor("[8, 0]"), "is cut off"), ("model.safetensors", tensor("[8]"), "is cut off"),
            ("tokenizer_config.json", Data(#"{"do_lower_case": false}"#.utf8), "uncased"),
        ]
        for (number, (file, content, says)) in cases.enumerated() {
            let copy = try Encoder.copy(into: folder.url.appending(path: "\(number)"))
            try Encoder.replace(file, in: copy, by: content)
            let error = #expect(throws: SearchError.self) { try SentenceEncoder(folder: copy) }
            #expect(error?.code == .damagedModel)
            #expect(error?.message.contains(says) == true, "\(file): \(error?.message ?? "")")
            #expect(error?.message.contains("scripts/setup --encoder") == true)
        }
        let error = #expect(throws: SearchError.self) {
            try SentenceEncoder(folder: Encoder.folder, library: "/nowhere/libblas.so")
        }
        #expect(error?.code == .io)
        #expect(
            error?.message.contains("/nowhere/libblas.so") == true && error?.message.contains("libopenblas0") == true
        )
    }

    @Test("the first piece is the vector where the folder says so")
    func firstPiece() throws {
        let copy = try Encoder.copy(into: folder.url)
        try Encoder.replace("1_Pooling", in: copy, by: nil)
        let pooling = copy.appending(path: "1_Pooling")
        try FileManager.default.createDirectory(at: pooling, withIntermediateDirectories: true)
        func write(_ text: String) throws { try Data(text.utf8).write(to: pooling.appending(path: "config.json")) }
        try write(#"{"pooling_mode_cls_token": true, "pooling_mode_mean_tokens": false}"#)
        let first = try SentenceEncoder(folder: copy)
        let (a, b) = (first.embed("nurse"), try Encoder.open().embed("nurse"))
        #expect(a != b && abs(a.reduce(0) { $0 + $1 * $1 } - 1) < 1e-4)
        for text in [
            #"{"pooling_mode_cls_token": true, "pooling_mode_mean_tokens": true}"#,
            #"{"pooling_mode_mean_tokens": false}"#,
        ] {
            try write(text)
            #expect(throws: SearchError.self) { try SentenceEncoder(folder: copy) }
        }
    }

    @Test("a snapshot with an encoder beside the table finds by the meaning of a sentence, and opens with both only")
    func snapshot() throws {
        let both = CombinedEmbedder(try StaticEmbedder.bundled(), try Encoder.open())
        #expect(both.dimensions == 640)
        let schema = CollectionSchema(name: "notes", fields: [.init("text", .text(weight: 1))], vectorFields: ["text"])
        let texts = [
            "The committee turned down the budget for the new laboratory.", "A dog ran across the meadow after a ball.",
            "Interest rates were raised by the central bank.", "She plays the violin in an orchestra.",
        ]
        let writer = try SnapshotWriter(directory: folder.url, model: .custom(both))
        let notes = try writer.collection(schema)
        for (number, text) in texts.enumerated() {
            try notes.add(schema.document(id: "\(number)", json: "{}", values: ["text": .text(text)]))
        }
        #expect(try writer.finish().collections["notes"]?.model == .init(version: both.version, dimensions: 640))
        #expect(throws: SearchError.self) { try Snapshot.open(directory: folder.url) }
        let found = try #require(try Snapshot.open(directory: folder.url, embedders: [both]).collection("notes"))
        for (query, id) in [("a puppy playing outside", "1"), ("monetary policy", "2"), ("musician", "3")] {
            #expect(try found.search(SearchRequest(query: query, mode: .vector)).hits.first?.id == id, "\(query)")
        }
    }

    @Test("the cosine of two models side by side is the weighted mean of theirs")
    func combined() throws {
        let (table, encoder) = (try StaticEmbedder.bundled(), try Encoder.open())
        func cosine(_ model: any Embedder) -> Float {
            zip(model.embed("data engineer"), model.embed("registered nurse")).reduce(0) { $0 + $1.0 * $1.1 }
        }
        for share: Float in [0.1, 0.3, 0.9] {
            let mean = (1 - share) * cosine(table) + share * cosine(encoder)
            #expect(abs(cosine(CombinedEmbedder(table, encoder, share: share)) - mean) < 1e-5)
        }
        // Of long texts the table alone here, of those between the middle: so much of the vector is the encoder's.
        let both = CombinedEmbedder(table, encoder, share: 1, longShare: 0)
        for (words, share) in [(1, 1), (3, 1), (4, 0.8), (7, 0.2), (8, 0), (400, 0)] as [(Int, Float)] {
            let vector = both.embed(Array(repeating: "nurse", count: words).joined(separator: "  "))
            #expect(abs(vector.suffix(384).reduce(0) { $0 + $1 * $1 } - share) < 1e-4, "\(words) words")
        }
    }

    @Test("documents whose texts are embedded many at once are the same as those embedded one by one")
    func batches() throws {
        struct Letters: Embedder {
            var version = "letters-1"
            var dimensions = 32
            var batch: Int
            func embed(_ text: String) -> [Float] {
                var vector = [Float](repeating: 0, count: 32)
                for byte in text.utf8 { vector[Int(byte & 31)] += 1 }
                let length = vector.reduce(0) { $0 + $1 * $1 }.squareRoot()
                return length > 0 ? vector.map { $0 / length } : vector
            }
        }
        let seed = freshSeed()
        var scores: [[Float]] = []
        for batch in [1, 7, 1000] {
            var random = SeededGenerator(seed: seed)
            let target = folder.url.appending(path: "\(batch)")
            let schema = CollectionSchema(
                name: "notes",
                fields: [.init("title", .text(weight: 2)), .init("text", .text(weight: 1))],
                vectorFields: ["title", "text"]
            )
            let writer = try SnapshotWriter(directory: target, model: .custom(Letters(batch: batch)))
            let notes = try writer.collection(schema)
            for number in 0..<50 {
                func word() -> String {
                    String(
                        (0..<Int.random(in: 0..<5, using: &random)).map { _ in
                            "abcdefg".randomElement(using: &random) ?? "a"
                        }
                    )
                }
                try notes.add(
                    schema.document(
                        id: "\(number)",
                        json: "{}",
                        values: ["title": .text(word()), "text": .text(word())]
                    )
                )
            }
            _ = try writer.finish()
            let found = try Snapshot.open(directory: target, embedders: [Letters(batch: 1)]).collection("notes")
            let hits =
                try found?.search(SearchRequest(query: "abc", limit: 50, mode: .vector, usesFeedback: false)).hits ?? []
            scores.append((0..<50).map { number in hits.first { $0.id == "\(number)" }.map { Float($0.score) } ?? 0 })
        }
        #expect(scores[0] == scores[1] && scores[0] == scores[2], "seed \(seed)")
        #expect(scores[0].contains { $0 > 0 })
    }
}
