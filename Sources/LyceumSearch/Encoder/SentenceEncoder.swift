// A small transformer as the embedding model: thousands of times slower than the table, and better on whole paragraphs.

import Foundation

/// A sentence encoder of BERT's kind (Devlin, Chang, Lee and Toutanova, NAACL 2019; Reimers and Gurevych, "Sentence-BERT",
/// EMNLP 2019): a text's vector is the mean of its pieces' vectors, or the first, with length 1.
///
/// Reads a folder as sentence-transformers writes it (`config.json`, `model.safetensors`, `vocab.txt`): all-MiniLM-L6-v2, which
/// `scripts/setup --encoder` fetches, or another uncased one in 32-bit floats. Products of matrices are left to OpenBLAS.
///
/// Texts are read together, one after the other in the same matrices and without padding, and cost what their pieces cost.
public final class SentenceEncoder: Embedder {
    /// `encoder-` and the first digits of a checksum of weights and vocabulary.
    public let version: String
    /// The length of a vector.
    public var dimensions: Int { shape.size }
    /// Texts worth giving at once: as many as all cores have work with.
    public var batch: Int { 64 * ProcessInfo.processInfo.activeProcessorCount }

    private let shape: EncoderShape
    private let pieces: WordPieces
    private let library: MatrixLibrary
    private let words: [Float]
    /// Where a piece stands, and that all are of the first kind.
    private let places: [Float]
    private let first: NormalisingLayer
    private let layers: [EncoderLayer]

    /// Pieces that go through the network together: enough that the weights are read seldom, few enough for the caches.
    private static let together = 1024

    /// Opens an encoder's folder. Reads all of it: a second for 100 MB.
    ///
    /// - Parameter library: a BLAS library; nil for `libscipy_openblas.so` in the folder, or the system's OpenBLAS.
    /// - Throws: ``SearchError`` with code `damaged_model` for files that are missing or not of such an encoder, and `io` when
    ///   there is no BLAS library or a file cannot be opened.
    public init(folder: URL, library: String? = nil) throws(SearchError) {
        func damaged(_ what: String) -> SearchError {
            SearchError(
                .damagedModel,
                "the sentence encoder in \(folder.path) cannot be used: \(what); fetch it with scripts/setup --encoder, or name "
                    + "the folder of another one",
                location: folder.path
            )
        }
        do throws(SafeTensors.Damage) {
            shape = try EncoderShape(folder: folder)
            let (vocabulary, weights) = try Self.files(in: folder)
            guard let pieces = WordPieces(vocabulary: String(decoding: vocabulary.bytes, as: UTF8.self)),
                pieces.count <= shape.vocabulary
            else { throw SafeTensors.Damage(what: "vocab.txt is not its vocabulary") }
            self.pieces = pieces
            let tensors = try SafeTensors(weights)
            words = try tensors.values("embeddings.word_embeddings.weight", shape.vocabulary, shape.size)
            var places = try tensors.values("embeddings.position_embeddings.weight", shape.places, shape.size)
            let kinds = try tensors.values("embeddings.token_type_embeddings.weight", shape.kinds, shape.size)
            for index in places.indices { places[index] += kinds[index % shape.size] }
            self.places = places
            first = try NormalisingLayer("embeddings.LayerNorm", of: tensors, size: shape.size, epsilon: shape.epsilon)
            var layers: [EncoderLayer] = []
            for number in 0..<shape.layers { layers.append(try EncoderLayer(number, of: tensors, shape)) }
            self.layers = layers
            let sums = [XXHash64.hash(weights.bytes), XXHash64.hash(vocabulary.bytes)]
            version = "encoder-" + XXHash64.hex(sums[0] ^ (sums[1] &* 0x9E37_79B9_7F4A_7C15)).prefix(8)
        } catch {
            throw damaged(error.what)
        }
        let own = folder.appending(path: "libscipy_openblas.so").path
        do throws(MatrixLibrary.Missing) {
            self.library = try MatrixLibrary(library.map { [$0] } ?? [own, "libopenblas.so.0"])
        } catch {
            throw SearchError(
                .io,
                "a sentence encoder needs OpenBLAS, and there is none (\(error.reason)): run scripts/setup --encoder, or install "
                    + "the system's package, libopenblas0 on Debian",
                location: own
            )
        }
    }

    private static func files(in folder: URL) throws(SafeTensors.Damage) -> (
        vocabulary: MappedFile, weights: MappedFile
    ) {
        func open(_ name: String) throws(SafeTensors.Damage) -> MappedFile {
            do {
                return try MappedFile(folder.appending(path: name))
            } catch {
                throw SafeTensors.Damage(what: "\(name) cannot be opened")
            }
        }
        return (try open("vocab.txt"), try open("model.safetensors"))
    }

    /// The vector of a text.
    public func embed(_ text: String) -> [Float] { embed([text])[0] }

    /// The vectors of texts, on as many cores as there are. What is beyond the encoder's limit of pieces is not read.
    public func embed(_ texts: [String]) -> [[Float]] {
        let cut = texts.map { pieces.pieces(of: $0, limit: shape.pieces) }
        var parts: [Range<Int>] = []
        var begin = 0
        while begin < cut.count {
            var (end, total) = (begin, 0)
            while end < cut.count, end == begin || total + cut[end].count <= Self.together {
                total += cut[end].count
                end += 1
            }
            parts.append(begin..<end)
            begin = end
        }
        if parts.count < 2 { return parts.flatMap { encode(Array(cut[$0])) } }
        let vectors = Locked([[Float]](repeating: [], count: texts.count))
        DispatchQueue.concurrentPerform(iterations: parts.count) { [parts] number in
            let found = encode(Array(cut[parts[number]]))
            vectors.withLock { $0.replaceSubrange(parts[number], with: found) }
        }
        return vectors.withLock { $0 }
    }

    /// Room for the numbers of some texts at once; freed as it goes.
    private final class Scratch {
        let rows, attention, mixed, hidden, scores: UnsafeMutablePointer<Float>

        init(_ shape: EncoderShape, pieces: Int, longest: Int) {
            func room(_ count: Int) -> UnsafeMutablePointer<Float> {
                let start = UnsafeMutablePointer<Float>.allocate(capacity: count)
                start.initialize(repeating: 0, count: count)
                return start
            }
            rows = room(pieces * shape.size)
            attention = room(pieces * shape.size * 3)
            mixed = room(pieces * shape.size)
            hidden = room(pieces * shape.hidden)
            scores = room(longest * longest)
        }

        deinit { for part in [rows, attention, mixed, hidden, scores] { part.deallocate() } }
    }

    private func encode(_ texts: [[Int32]]) -> [[Float]] {
        let size = shape.size
        let total = texts.reduce(0) { $0 + $1.count }
        let scratch = Scratch(shape, pieces: total, longest: texts.map(\.count).max() ?? 0)
        var row = scratch.rows
        for text in texts {
            for (place, piece) in text.enumerated() {
                for index in 0..<size { row[index] = words[Int(piece) * size + index] + places[place * size + index] }
                row += size
            }
        }
        let rows = MatrixLibrary.View(start: scratch.rows, stride: size)
        let mixed = MatrixLibrary.View(start: scratch.mixed, stride: size)
        let attention = MatrixLibrary.View(start: scratch.attention, stride: 3 * size)
        let hidden = MatrixLibrary.View(start: scratch.hidden, stride: shape.hidden)
        first.apply(rows, rows: total)
        for layer in layers {
            layer.attention.apply(library, rows, into: attention, rows: total)
            var begin = 0
            for text in texts {
                attend(text.count, from: begin, scratch)
                begin += text.count
            }
            layer.output.apply(library, mixed, into: rows, rows: total, adds: true)
            layer.afterAttention.apply(rows, rows: total)
            layer.widen.apply(library, rows, into: hidden, rows: total)
            EncoderLayer.gelu(hidden.start, count: total * shape.hidden)
            layer.narrow.apply(library, hidden, into: rows, rows: total, adds: true)
            layer.afterAll.apply(rows, rows: total)
        }
        var begin = 0
        return texts.map { text in
            defer { begin += text.count }
            // Between start and end there is nothing to go by.
            guard text.count > 2 else { return [Float](repeating: 0, count: size) }
            return pooled(scratch.rows + begin * size, pieces: shape.pooling == .mean ? text.count : 1)
        }
    }

    /// Each piece of a text looks at all others, once a head: `softmax(Q K' / sqrt(d)) V`.
    private func attend(_ count: Int, from begin: Int, _ scratch: Scratch) {
        let size = shape.size
        let width = size / shape.heads
        let scores = MatrixLibrary.View(start: scratch.scores, stride: count)
        for head in 0..<shape.heads {
            func part(_ number: Int) -> MatrixLibrary.View {
                let start = scratch.attention + begin * 3 * size + number * size + head * width
                return MatrixLibrary.View(start: start, stride: 3 * size)
            }
            library.multiply(
                part(0),
                part(1),
                into: scores,
                shape: (count, count, width),
                factor: 1 / Float(width).squareRoot()
            )
            for row in 0..<count { EncoderLayer.softmax(scores.start + row * count, count: count) }
            let mixed = MatrixLibrary.View(start: scratch.mixed + begin * size + head * width, stride: size)
            library.multiply(scores, part(2), into: mixed, shape: (count, width, count), transposed: false)
        }
    }

    private func pooled(_ rows: UnsafeMutablePointer<Float>, pieces: Int) -> [Float] {
        var sum = [Float](repeating: 0, count: shape.size)
        for row in 0..<pieces {
            for index in sum.indices { sum[index] += rows[row * shape.size + index] }
        }
        let length = sum.reduce(0) { $0 + $1 * $1 }.squareRoot()
        guard length > 0, length.isFinite else { return [Float](repeating: 0, count: shape.size) }
        for index in sum.indices { sum[index] /= length }
        return sum
    }
}
