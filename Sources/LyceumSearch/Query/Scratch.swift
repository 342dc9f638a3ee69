// Working memory of a query, reused from one to the next.

/// The accumulators of one query over one collection.
///
/// `@unchecked Sendable`: a scratch belongs to one query at a time; the pool hands it from one to the next under a lock.
final class Scratch: @unchecked Sendable {
    /// One score a document, all zero between queries.
    let scores: UnsafeMutablePointer<Float>
    /// The documents whose score is not zero, in order of first touch.
    let touched: UnsafeMutablePointer<UInt32>
    /// Room to decode a block of postings.
    let buffers: UnsafeMutablePointer<UInt32>
    var touchedCount = 0
    /// The first so many of `touched` are the matches; those after them had a score and did not pass the filter.
    private(set) var matchCount = 0
    /// Matches before ``narrow(_:)``; the first so many of `touched`.
    var wideMatchCount: Int { max(matchCount, widest) }
    private var widest = 0
    let documentCount: Int
    /// What running a compiled query needs.
    var memory = QueryMemory()
    var analyzer = Analyzer()

    init(documentCount: Int) {
        self.documentCount = documentCount
        scores = .allocate(capacity: max(1, documentCount))
        scores.initialize(repeating: 0, count: max(1, documentCount))
        touched = .allocate(capacity: max(1, documentCount))
        touched.initialize(repeating: 0, count: max(1, documentCount))
        buffers = .allocate(capacity: 2 * PostingBlock.size)
        buffers.initialize(repeating: 0, count: 2 * PostingBlock.size)
    }

    deinit {
        scores.deallocate()
        touched.deallocate()
        buffers.deallocate()
        memory.deallocate()
    }

    /// Adds a match of the words with its score.
    @inline(__always)
    func addMatch(_ document: UInt32, score: Float) {
        scores[Int(document)] = score
        touched[touchedCount] = document
        touchedCount &+= 1
        matchCount = touchedCount
    }

    /// Makes the touched documents that pass the filter the matches.
    func keepMatches(_ allowed: Bitmap?) {
        guard let allowed else {
            matchCount = touchedCount
            return
        }
        matchCount = 0
        for index in 0..<touchedCount {
            let document = touched[index]
            guard allowed.contains(Int(document)) else { continue }
            touched[index] = touched[matchCount]
            touched[matchCount] = document
            matchCount += 1
        }
    }

    /// Keeps those matches that are in a set as the matches; ``wideMatchCount`` still counts all.
    func narrow(_ kept: Bitmap?) {
        guard let kept else { return }
        widest = matchCount
        var count = 0
        for index in 0..<matchCount {
            let document = touched[index]
            guard kept.contains(Int(document)) else { continue }
            touched[index] = touched[count]
            touched[count] = document
            count += 1
        }
        matchCount = count
    }

    /// Adds a match that was not touched.
    func appendMatch(_ document: UInt32) {
        touched[touchedCount] = touched[matchCount]
        touched[matchCount] = document
        touchedCount += 1
        matchCount += 1
    }

    func clear() {
        for index in 0..<touchedCount { scores[Int(touched[index])] = 0 }
        touchedCount = 0
        matchCount = 0
        widest = 0
    }
}

/// Lends scratches; keeps at most as many as queries ran at once, up to a limit.
final class ScratchPool: Sendable {
    private let free = Locked<[Scratch]>([])
    private let documentCount: Int
    private static let limit = 16

    init(documentCount: Int) {
        self.documentCount = documentCount
    }

    /// A cleared scratch, to be given back.
    func take() -> Scratch { free.withLock { $0.popLast() } ?? Scratch(documentCount: documentCount) }

    func giveBack(_ scratch: Scratch) {
        scratch.clear()
        free.withLock { if $0.count < Self.limit { $0.append(scratch) } }
    }

    func withScratch<Result>(_ body: (Scratch) throws -> Result) rethrows -> Result {
        let scratch = take()
        defer { giveBack(scratch) }
        return try body(scratch)
    }
}
