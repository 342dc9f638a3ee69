// The inverted index of one segment, read in place.

/// Terms, postings, positions, field lengths and title keys of one segment.
///
/// Postings number documents by *place* (see ``TermIndexWriter``); everything outside the index knows them by *ordinal*,
/// the order in which they were added. ``document(at:)`` and ``place(of:)`` translate.
///
/// Everything that points into another section is checked when the index is opened, so that reading never leaves the
/// mapped file. `@unchecked Sendable`: read-only views of a mapped file that `file` keeps alive.
struct TermIndex: @unchecked Sendable {
    let file: MappedFile
    let documentCount: Int
    let fieldCount: Int
    let averageLengths: [Double]
    let terms: FrozenTermTable
    let entries: UnsafeBufferPointer<TermEntry>
    let blocks: UnsafeBufferPointer<BlockEntry>
    let postings: UnsafeBufferPointer<UInt8>
    let patterns: PatternTable
    /// Length codes, a row a place.
    let lengths: UnsafeBufferPointer<UInt8>
    private let documents: PackedIntegers
    private let places: PackedIntegers
    private let titleKeys: UnsafeBufferPointer<UInt64>
    private let titleDocuments: UnsafeBufferPointer<UInt32>
    let impacts: ImpactTable

    init(_ segment: SegmentReader, documentCount: Int, weights: [Double], averageLengths: [Double]) throws {
        func refuse(_ what: String) -> SearchError { SegmentReader.damaged(segment.file, what) }
        file = segment.file
        self.documentCount = documentCount
        self.averageLengths = averageLengths
        fieldCount = weights.count
        guard averageLengths.count == weights.count else { throw refuse("its fields are not those of the schema") }
        entries = try segment.values("terms", as: TermEntry.self)
        blocks = try segment.values("blocks", as: BlockEntry.self)
        postings = try segment.values("postings", as: UInt8.self)
        patterns = try PatternTable(segment, fieldCount: weights.count)
        lengths = try segment.values("lengths", as: UInt8.self, count: documentCount * weights.count)
        documents = try PackedIntegers(segment, "order.documents", count: documentCount, limit: documentCount)
        places = try PackedIntegers(segment, "order.places", count: documentCount, limit: documentCount)
        titleKeys = try segment.values("title.keys", as: UInt64.self)
        titleDocuments = try segment.values("title.documents", as: UInt32.self, count: titleKeys.count)
        terms = try FrozenTermTable(segment, prefix: "terms", count: entries.count)
        impacts = ImpactTable(patterns, weights: weights, averageLengths: averageLengths)

        // Each place has its document and each document its place; neither then leads out of bounds.
        for place in 0..<documentCount {
            let document = Int(documents[place])
            guard document < documentCount, Int(places[document]) == place else {
                throw refuse("its order of documents is not one")
            }
        }
        try segment.checkBelow("title.documents", titleDocuments, limit: documentCount)
        for entry in entries {
            guard entry.documentFrequency > 0, Int(entry.documentFrequency) <= documentCount else {
                throw refuse("a term has an impossible number of documents")
            }
            let count = entry.blockCount
            if count == 1 {
                try check(Int(entry.start), entry.widths, postings: Int(entry.documentFrequency), refuse)
                continue
            }
            guard Int(entry.start) + count <= blocks.count else {
                throw refuse("a term's blocks lie outside its section blocks")
            }
            for number in 0..<count {
                let block = blocks[Int(entry.start) + number]
                let postings = min(PostingBlock.size, Int(entry.documentFrequency) - number * PostingBlock.size)
                guard Int(block.lastPlace) < documentCount else { throw refuse("a block ends past the last document") }
                try check(Int(block.offset), block.widths, postings: postings, refuse)
            }
        }
    }

    private func check(
        _ offset: Int,
        _ widths: BlockWidths,
        postings count: Int,
        _ refuse: (String) -> SearchError
    ) throws {
        guard widths.isValid, offset + widths.headSize(count) <= postings.count else {
            throw refuse("a block of postings lies outside its section postings")
        }
    }

    // MARK: Places

    /// The ordinal of the document at a place below ``documentCount``.
    @inline(__always)
    func document(at place: Int) -> Int { Int(documents[place]) }

    /// The place of a document whose ordinal is below ``documentCount``.
    @inline(__always)
    func place(of document: Int) -> Int { Int(places[document]) }

    // MARK: Terms

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

    /// tf' / (k1 + tf') of a posting; the code is below the number of patterns, the place below ``documentCount``.
    @inline(__always)
    func saturated(_ place: Int, code: Int) -> Float {
        if fieldCount == 1, code < ImpactTable.knownCodes {
            return impacts.saturated[code &<< 8 | Int(lengths.baseAddress.unsafelyUnwrapped[place])]
        }
        return saturated(place, code: code, fields: .all)
    }

    /// The same over some of the fields; 0 when the term is in none of them.
    @inline(__always)
    func saturated(_ place: Int, code: Int, fields: FieldMask) -> Float {
        var frequency: Float = 0
        let row = place &* fieldCount
        var index = Int(patterns.offsets[code])
        let end = Int(patterns.offsets[code &+ 1])
        while index < end {
            let part = patterns.fields[index]
            let field = Int(part.field)
            if fields.rawValue &>> UInt64(field) & 1 == 1 {
                let norm = impacts.norms[field &<< 8 | Int(lengths[row &+ field])]
                frequency += Float(part.frequency) * norm
            }
            index &+= 1
        }
        return BM25F.saturated(frequency)
    }

    // MARK: Looking at single documents

    /// The (quantised) number of words in a field of a document.
    func length(field: Int, document: Int) -> Float {
        LengthCode.lengths[Int(lengths[place(of: document) * fieldCount + field])]
    }

    /// What one occurrence in a field of a document adds to the weighted frequency.
    func norm(field: Int, document: Int) -> Float {
        impacts.norms[field * 256 + Int(lengths[place(of: document) * fieldCount + field])]
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

/// The combinations of field and frequency that postings name by number.
struct PatternTable: @unchecked Sendable {
    private let file: MappedFile
    let offsets: UnsafeBufferPointer<UInt32>
    let fields: UnsafeBufferPointer<FieldFrequency>

    init(_ segment: SegmentReader, fieldCount: Int) throws {
        func refuse(_ what: String) -> SearchError { SegmentReader.damaged(segment.file, what) }
        file = segment.file
        offsets = try segment.values("pattern.offsets", as: UInt32.self)
        fields = try segment.values("pattern.fields", as: FieldFrequency.self)
        guard offsets.count >= 1 else { throw refuse("its section pattern.offsets is empty") }
        try segment.checkOffsets("pattern.offsets", offsets, limit: fields.count)
        // A frequency of nought would score nothing.
        guard fields.allSatisfy({ Int($0.field) < fieldCount && $0.frequency > 0 }),
            zip(offsets, offsets.dropFirst()).allSatisfy({ $0 < $1 })
        else { throw refuse("a pattern is empty or names a field that does not exist") }
    }

    var count: Int { offsets.count - 1 }

    /// The parts of the pattern with this number, which is below ``count``.
    @inline(__always)
    func parts(_ code: Int) -> UnsafeBufferPointer<FieldFrequency> {
        UnsafeBufferPointer(rebasing: fields[Int(offsets[code])..<Int(offsets[code + 1])])
    }

    /// Occurrences in all fields together.
    @inline(__always)
    func total(_ code: Int) -> Int {
        var total = 0
        var index = Int(offsets[code])
        while index < Int(offsets[code &+ 1]) {
            total &+= Int(fields[index].frequency)
            index &+= 1
        }
        return total
    }
}

/// What postings score, worked out when the index is opened.
///
/// `@unchecked Sendable`: written once, by the initialiser.
final class ImpactTable: @unchecked Sendable {
    /// With one field, the first so many pattern codes have their scores in a table.
    static let knownCodes = 16
    /// `norms[field * 256 + lengthCode]`: what one occurrence adds to the weighted frequency.
    let norms: UnsafeMutablePointer<Float>
    /// With one field: `saturated[code * 256 + lengthCode]` for codes below ``knownCodes``.
    let saturated: UnsafeMutablePointer<Float>

    init(_ patterns: PatternTable, weights: [Double], averageLengths: [Double]) {
        norms = .allocate(capacity: max(1, weights.count) * 256)
        norms.initialize(repeating: 0, count: max(1, weights.count) * 256)
        saturated = .allocate(capacity: Self.knownCodes * 256)
        saturated.initialize(repeating: 0, count: Self.knownCodes * 256)
        for (field, (weight, average)) in zip(weights, averageLengths).enumerated() {
            for (code, norm) in LengthCode.norms(weight: weight, averageLength: average).enumerated() {
                norms[field * 256 + code] = norm
            }
        }
        guard weights.count == 1 else { return }
        for code in 0..<min(Self.knownCodes, patterns.count) {
            let frequency = Float(patterns.parts(code)[0].frequency)
            for length in 0..<256 { saturated[code * 256 + length] = BM25F.saturated(frequency * norms[length]) }
        }
    }

    deinit {
        norms.deallocate()
        saturated.deallocate()
    }
}
