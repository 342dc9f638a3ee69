// The inverted index of one collection, read in place from its segment.

/// Terms, postings, field lengths and title keys of one collection.
///
/// Everything that points into another section is checked when the index is opened, so that reading never leaves the
/// mapped file. `@unchecked Sendable`: read-only views of a mapped file that `file` keeps alive.
struct TermIndex: @unchecked Sendable {
    let file: MappedFile
    let documentCount: Int
    let fieldCount: Int
    let averageLengths: [Double]
    let terms: FrozenTermTable
    private let entries: UnsafeBufferPointer<TermEntry>
    private let blocks: UnsafeBufferPointer<BlockEntry>
    private let postings: UnsafeBufferPointer<UInt8>
    private let patternOffsets: UnsafeBufferPointer<UInt32>
    private let patternFields: UnsafeBufferPointer<FieldFrequency>
    private let lengths: UnsafeBufferPointer<UInt8>
    private let titleKeys: UnsafeBufferPointer<UInt64>
    private let titleDocuments: UnsafeBufferPointer<UInt32>
    /// `norms[field * 256 + lengthCode]`: what one occurrence adds to the weighted frequency.
    private let norms: [Float]

    init(_ segment: SegmentReader, documentCount: Int, weights: [Double], averageLengths: [Double]) throws {
        func refuse(_ what: String) -> SearchError { SegmentReader.damaged(segment.file, what) }
        file = segment.file
        self.documentCount = documentCount
        self.averageLengths = averageLengths
        fieldCount = weights.count
        entries = try segment.values("terms", as: TermEntry.self)
        blocks = try segment.values("blocks", as: BlockEntry.self)
        postings = try segment.values("postings", as: UInt8.self)
        patternOffsets = try segment.values("pattern.offsets", as: UInt32.self)
        patternFields = try segment.values("pattern.fields", as: FieldFrequency.self)
        lengths = try segment.values("lengths", as: UInt8.self, count: documentCount * weights.count)
        titleKeys = try segment.values("title.keys", as: UInt64.self)
        titleDocuments = try segment.values("title.documents", as: UInt32.self, count: titleKeys.count)
        terms = try FrozenTermTable(segment, prefix: "terms", count: entries.count)
        norms = zip(weights, averageLengths).flatMap { LengthCode.norms(weight: $0, averageLength: $1) }

        guard patternOffsets.count >= 1, averageLengths.count == weights.count else {
            throw refuse("its section pattern.offsets is empty")
        }
        try segment.checkOffsets("pattern.offsets", patternOffsets, limit: patternFields.count)
        // A frequency of nought would score nothing and be taken for a document not seen yet.
        guard patternFields.allSatisfy({ Int($0.field) < weights.count && $0.frequency > 0 }),
            zip(patternOffsets, patternOffsets.dropFirst()).allSatisfy({ $0 < $1 })
        else { throw refuse("a pattern is empty or names a field that does not exist") }
        try segment.checkBelow("title.documents", titleDocuments, limit: documentCount)
        for entry in entries {
            let end = Int(entry.firstBlock) + entry.blockCount
            guard entry.documentFrequency > 0, Int(entry.documentFrequency) <= documentCount, end <= blocks.count else {
                throw refuse("a term's blocks lie outside its section blocks")
            }
            for number in Int(entry.firstBlock)..<end {
                let block = blocks[number]
                let count = Self.postingCount(entry, block: number - Int(entry.firstBlock))
                let size =
                    PostingBlock.byteCount(count, width: Int(block.gapWidth))
                    + PostingBlock.byteCount(count, width: Int(block.codeWidth))
                guard block.gapWidth <= 32, block.codeWidth <= 32, Int(block.offset) + size <= postings.count,
                    Int(block.lastDocument) < documentCount
                else { throw refuse("a block of postings lies outside its section postings") }
            }
        }
    }

    var patternCount: Int { patternOffsets.count - 1 }

    private static func postingCount(_ entry: TermEntry, block: Int) -> Int {
        min(PostingBlock.size, Int(entry.documentFrequency) - block * PostingBlock.size)
    }

    /// A term of a query, found in the index.
    struct Term: Sendable {
        var number: Int
        var idf: Float
        var documentFrequency: Int
        /// The most the term can add to a score.
        var maximum: Float
    }

    /// Looks a term up; nil when no document has it.
    func term(_ bytes: UnsafeBufferPointer<UInt8>) -> Term? {
        guard let number = terms.number(of: bytes) else { return nil }
        let entry = entries[number]
        let frequency = Int(entry.documentFrequency)
        let idf = BM25F.inverseDocumentFrequency(documents: documentCount, containing: frequency)
        return Term(number: number, idf: idf, documentFrequency: frequency, maximum: idf * entry.maximum)
    }

    // MARK: Scoring

    /// Adds a term's score to the accumulator of every document that has it.
    ///
    /// A document whose accumulator was zero is appended to `touched` at `touchedCount`, which is returned increased.
    /// No allocation. `scores` and `touched` have room for ``documentCount`` values, `buffers` for 256.
    func accumulate(
        _ term: Term,
        into scores: UnsafeMutablePointer<Float>,
        touched: UnsafeMutablePointer<UInt32>,
        touchedCount: Int,
        buffers: UnsafeMutablePointer<UInt32>
    ) -> Int {
        var touchedCount = touchedCount
        let codes = buffers + PostingBlock.size
        norms.withUnsafeBufferPointer { norms in
            forEachBlock(term, buffers) { count in
                for index in 0..<count {
                    let document = Int(buffers[index])
                    let code = Int(codes[index])
                    // A damaged gap could lead past the last document, a damaged code past the last pattern.
                    guard document < documentCount, code < patternCount else { return }
                    let score = term.idf * saturated(document, code: code, norms)
                    let before = scores[document]
                    if before == 0 {
                        touched[touchedCount] = UInt32(truncatingIfNeeded: document)
                        touchedCount &+= 1
                    }
                    scores[document] = before + score
                }
            }
        }
        return touchedCount
    }

    /// tf' / (k1 + tf') of a posting; the code is below ``patternCount``.
    @inline(__always)
    private func saturated(_ document: Int, code: Int, _ norms: UnsafeBufferPointer<Float>) -> Float {
        var frequency: Float = 0
        let row = document &* fieldCount
        var index = Int(patternOffsets[code])
        let end = Int(patternOffsets[code &+ 1])
        while index < end {
            let part = patternFields[index]
            let field = Int(part.field)
            frequency += Float(part.frequency) * norms[field &* 256 &+ Int(lengths[row &+ field])]
            index &+= 1
        }
        return BM25F.saturated(frequency)
    }

    /// Decodes a term's blocks one by one into documents and pattern codes (128 each) and calls `body` with their count.
    @inline(__always)
    private func forEachBlock(_ term: Term, _ buffers: UnsafeMutablePointer<UInt32>, _ body: (Int) -> Void) {
        let entry = entries[term.number]
        var base: UInt32 = 0
        for block in 0..<entry.blockCount {
            let count = Self.postingCount(entry, block: block)
            decode(blocks[Int(entry.firstBlock) + block], count: count, base: base, buffers)
            base = buffers[count - 1] &+ 1
            body(count)
        }
    }

    @inline(__always)
    private func decode(_ block: BlockEntry, count: Int, base: UInt32, _ buffers: UnsafeMutablePointer<UInt32>) {
        guard let start = postings.baseAddress else {
            // All widths are zero: consecutive documents, the commonest pattern.
            for index in 0..<count {
                buffers[index] = base &+ UInt32(index)
                buffers[PostingBlock.size + index] = 0
            }
            return
        }
        let gaps = UnsafeRawPointer(start + Int(block.offset))
        let width = Int(block.gapWidth)
        PostingBlock.unpack(gaps, count: count, width: width, into: buffers)
        PostingBlock.unpack(
            gaps + PostingBlock.byteCount(count, width: width),
            count: count,
            width: Int(block.codeWidth),
            into: buffers + PostingBlock.size
        )
        var next = base
        for index in 0..<count {
            next = next &+ buffers[index]
            buffers[index] = next
            next = next &+ 1
        }
    }

    // MARK: Looking at single documents

    /// How often a term occurs in each field of a document, empty when it does not. O(log blocks).
    func frequencies(_ term: Term, document: Int) -> [FieldFrequency] {
        let entry = entries[term.number]
        let first = Int(entry.firstBlock)
        var low = 0
        var high = entry.blockCount
        while low < high {
            let middle = (low + high) / 2
            if Int(blocks[first + middle].lastDocument) < document { low = middle + 1 } else { high = middle }
        }
        guard low < entry.blockCount else { return [] }
        let count = Self.postingCount(entry, block: low)
        return withUnsafeTemporaryAllocation(of: UInt32.self, capacity: 2 * PostingBlock.size) { buffers in
            guard let buffer = buffers.baseAddress else { return [] }
            let base = low == 0 ? 0 : blocks[first + low - 1].lastDocument &+ 1
            decode(blocks[first + low], count: count, base: base, buffer)
            for index in 0..<count where Int(buffer[index]) == document {
                let code = Int(buffer[PostingBlock.size + index])
                guard code < patternCount else { return [] }
                return Array(patternFields[Int(patternOffsets[code])..<Int(patternOffsets[code + 1])])
            }
            return []
        }
    }

    /// The (quantised) number of words in a field of a document.
    func length(field: Int, document: Int) -> Float {
        LengthCode.lengths[Int(lengths[document * fieldCount + field])]
    }

    /// What one occurrence in a field of a document adds to the weighted frequency.
    func norm(field: Int, document: Int) -> Float {
        norms[field * 256 + Int(lengths[document * fieldCount + field])]
    }

    /// Documents whose whole title has this key, in order. O(log titles + matches).
    func documents(titled key: UInt64) -> [UInt32] {
        var low = 0
        var high = titleKeys.count
        while low < high {
            let middle = (low + high) / 2
            if titleKeys[middle] < key { low = middle + 1 } else { high = middle }
        }
        var found: [UInt32] = []
        while low < titleKeys.count, titleKeys[low] == key {
            found.append(titleDocuments[low])
            low += 1
        }
        return found
    }
}
