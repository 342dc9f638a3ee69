// Builds the inverted index of one segment in memory and writes it.

import Dispatch
import Synchronization

/// Gathers the terms of documents in order and writes terms, postings, positions, field lengths and titles.
///
/// Documents are analysed in chunks on all cores; the result does not depend on how many there are. The index numbers
/// documents by *place*, not in the order they came: those in which one occurrence weighs most, the shortest, come first.
/// Then every posting list begins with its best documents, block bounds fall along it, and a search for the best few can
/// stop early. Documents of equal weight keep their order.
///
/// A posting says in which fields a term occurs and how often. Those combinations are few in practice, so each distinct
/// one is a numbered pattern, the most frequent first, and a posting stores the number: mostly nought to three bits.
final class TermIndexWriter {
    private let weights: [Double]
    private let titleField: Int?
    private let givenAverageLengths: [Double]?
    private var batch: [[[String]]] = []
    private let analysis: TextAnalysis
    private let chunks = ChunkList()
    private let group = DispatchGroup()
    /// Bounds the texts held in memory: so many chunks are in work at once.
    private let slots = DispatchSemaphore(value: max(1, ProcessorCount.active))
    private static let batchSize = 4096

    /// - Parameters:
    ///   - weights: the text weight of each searchable field.
    ///   - titleField: the position among them of the title.
    ///   - averageLengths: the mean field lengths to score with, nil for those of the documents added.
    ///   - analysis: how texts are analysed.
    init(
        weights: [Double],
        titleField: Int?,
        averageLengths: [Double]? = nil,
        analysis: TextAnalysis = TextAnalysis()
    ) {
        self.analysis = analysis
        self.weights = weights
        self.titleField = titleField
        givenAverageLengths = averageLengths
    }

    /// Adds the next document: the texts of each searchable field, in the order of the weights.
    func add(_ texts: [[String]]) {
        batch.append(texts)
        guard batch.count == Self.batchSize else { return }
        let work = batch
        batch = []
        batch.reserveCapacity(Self.batchSize)
        slots.wait()
        let number = chunks.reserve()
        DispatchQueue.global().async(group: group) { [chunks, slots, weights, titleField, analysis] in
            chunks.set(number, Self.chunk(work, weights.count, titleField, analysis))
            slots.signal()
        }
    }

    private static func chunk(
        _ documents: [[[String]]],
        _ fieldCount: Int,
        _ titleField: Int?,
        _ analysis: TextAnalysis
    ) -> TermChunk {
        var analyzers = IndexAnalyzers(terms: analysis.analyzer())
        var chunk = TermChunk(fieldCount: fieldCount, titleField: titleField)
        for texts in documents { chunk.add(texts, with: &analyzers) }
        return chunk
    }

    /// What the manifest records of the index.
    struct Summary {
        var terms: Int
        var postings: Int
        var patterns: Int
        var averageLengths: [Double]
    }

    /// Adds all sections to the segment. O(postings + terms log terms).
    func write(to segment: inout SegmentWriter) throws -> Summary {
        if !batch.isEmpty {
            chunks.set(chunks.reserve(), Self.chunk(batch, weights.count, titleField, analysis))
            batch = []
        }
        group.wait()
        return try TermIndexMerge(chunks.take(), weights: weights, averageLengths: givenAverageLengths)
            .write(to: &segment)
    }
}

/// Chunks in the order of their documents, filled by several threads.
private final class ChunkList: Sendable {
    private let chunks = Mutex<[TermChunk?]>([])

    func reserve() -> Int {
        chunks.withLock {
            $0.append(nil)
            return $0.count - 1
        }
    }

    func set(_ number: Int, _ chunk: TermChunk) { chunks.withLock { $0[number] = chunk } }

    func take() -> [TermChunk] {
        chunks.withLock { list in
            defer { list = [] }
            return list.compactMap(\.self)
        }
    }
}
