// The columns of one collection, read in place from their segment.

/// A keyword column: the values of each document and the documents of each value.
///
/// Values are numbered in the order of their folded form, so that number order is alphabetical order.
/// `@unchecked Sendable`: read-only views of a mapped file that `file` keeps alive.
struct KeywordColumn: @unchecked Sendable {
    private let file: MappedFile
    private let folded: FrozenTermTable
    private let display: UnsafeBufferPointer<UInt8>
    private let displayOffsets: UnsafeBufferPointer<UInt32>
    /// The value of each document, where none has several; the number of values where it has none.
    private let codes: PackedIntegers?
    /// Where the values of each document begin, and the values, without ``codes``.
    private let starts: UnsafeBufferPointer<UInt32>
    private let values: UnsafeBufferPointer<UInt32>
    private let ownerStarts: UnsafeBufferPointer<UInt32>
    /// The documents of each value; nil where ``codes`` are scanned for them.
    private let owners: UnsafeBufferPointer<UInt32>?

    init(_ segment: SegmentReader, field: Int, documentCount: Int) throws {
        file = segment.file
        displayOffsets = try segment.values("\(field).display.at", as: UInt32.self)
        let count = displayOffsets.count - 1
        guard count >= 0 else { throw SegmentReader.damaged(file, "its section \(field).display.at is empty") }
        display = try segment.values("\(field).display", as: UInt8.self)
        try segment.checkOffsets("\(field).display.at", displayOffsets, limit: display.count)
        folded = try FrozenTermTable(segment, prefix: "\(field).f", count: count)
        let isMany = segment.has("\(field).starts")
        if isMany {
            codes = nil
            starts = try segment.values("\(field).starts", as: UInt32.self, count: documentCount + 1)
            values = try segment.values("\(field).values", as: UInt32.self)
            try segment.checkOffsets("\(field).starts", starts, limit: values.count)
            try segment.checkBelow("\(field).values", values, limit: count)
        } else {
            let packed = try PackedIntegers(segment, "\(field).codes", count: documentCount, limit: count + 1)
            try segment.checkBelow("\(field).codes", packed, limit: count + 1)
            codes = packed
            starts = UnsafeBufferPointer(start: nil, count: 0)
            values = starts
        }
        ownerStarts = try segment.values("\(field).owners.at", as: UInt32.self, count: count + 1)
        guard Self.hasOwners(isMany: isMany, values: count) else {
            owners = nil
            try segment.checkOffsets("\(field).owners.at", ownerStarts, limit: documentCount)
            return
        }
        let owners = try segment.values("\(field).owners", as: UInt32.self)
        try segment.checkOffsets("\(field).owners.at", ownerStarts, limit: owners.count)
        try segment.checkBelow("\(field).owners", owners, limit: documentCount)
        self.owners = owners
    }

    /// Whether the documents of each value are listed. A column of few values is scanned instead, which takes hardly longer
    /// than its average list, and no room.
    static func hasOwners(isMany: Bool, values: Int) -> Bool { isMany || values > mostScanned }

    /// Their codes, and that of a missing value, fit a set of 64 bits.
    private static let mostScanned = 63

    /// Distinct values.
    var valueCount: Int { displayOffsets.count - 1 }

    /// The number of a value, compared without regard to case; nil when no document has it.
    func number(of text: String) -> Int? { folded.number(of: KeywordFolding.fold(text)) }

    /// The value as it was written first.
    func text(_ number: Int) -> String {
        String(decoding: display[Int(displayOffsets[number])..<Int(displayOffsets[number + 1])], as: UTF8.self)
    }

    /// The value as it is compared.
    func foldedText(_ number: Int) -> String { folded[number] }

    /// The first value whose folded form is not below a text, and whether it is that text. O(log values).
    func lowerBound(_ text: String) -> (number: Int, isSame: Bool) {
        var text = text
        return text.withUTF8 { key in
            var low = 0
            var high = valueCount
            while low < high {
                let middle = (low + high) / 2
                if folded.compare(middle, key) < 0 { low = middle + 1 } else { high = middle }
            }
            return (low, low < valueCount && folded.compare(low, key) == 0)
        }
    }

    /// Calls `body` with the value numbers of a document.
    @inline(__always)
    func forEachValue(of document: Int, _ body: (_ number: Int) -> Void) {
        if let codes {
            let code = Int(codes[document])
            if code < valueCount { body(code) }
        } else {
            for at in Int(starts[document])..<Int(starts[document + 1]) { body(Int(values[at])) }
        }
    }

    /// Calls `body` with the documents that have a value, in order. O(documents that have it); O(documents) in a column of
    /// few values.
    @inline(__always)
    func forEachDocument(with number: Int, _ body: (_ document: UInt32) -> Void) {
        if let owners {
            for at in Int(ownerStarts[number])..<Int(ownerStarts[number + 1]) { body(owners[at]) }
        } else if let codes {
            for document in 0..<codes.count where codes[document] == number { body(UInt32(document)) }
        }
    }

    /// Adds the documents that have one of some values. One scan for all of them in a column of few values.
    func insert(documentsWith numbers: some Sequence<Int>, into result: inout Bitmap) {
        if let owners {
            for number in numbers {
                let range = Int(ownerStarts[number])..<Int(ownerStarts[number + 1])
                result.insert(UnsafeBufferPointer(rebasing: owners[range]))
            }
        } else if let codes {
            let wanted = numbers.reduce(into: 0 as UInt64) { $0 |= 1 << UInt64($1) }
            result.insert { wanted &>> UInt64(codes[$0]) & 1 }
        }
    }

    /// How many documents have a value.
    func frequency(of number: Int) -> Int { Int(ownerStarts[number + 1] - ownerStarts[number]) }

    /// The first value of a document, nil when it has none.
    func first(_ document: Int) -> UInt32? {
        if let codes {
            let code = codes[document]
            return code < valueCount ? code : nil
        }
        return starts[document] < starts[document + 1] ? values[Int(starts[document])] : nil
    }
}

/// A column of fixed-width values, one a document; the type's own marker stands for a missing value.
///
/// `@unchecked Sendable`: a read-only view of a mapped file that `file` keeps alive.
struct FixedColumn<Value: BitwiseCopyable & Sendable>: @unchecked Sendable {
    private let file: MappedFile
    let values: UnsafeBufferPointer<Value>

    init(_ segment: SegmentReader, section: String, documentCount: Int) throws {
        file = segment.file
        values = try segment.values(section, as: Value.self, count: documentCount)
    }
}

/// The column of one field.
enum Column: Sendable {
    /// Text that is searched but kept nowhere as a value.
    case none
    case numbers(FixedColumn<Double>)
    case dates(FixedColumn<Int64>)
    case points(GeoColumn)
    case keywords(KeywordColumn)

    static func open(_ segment: SegmentReader, fields: [FieldDefinition], documentCount: Int) throws -> [Column] {
        try fields.enumerated().map { index, field in
            switch field.kind {
            case .text: .none
            case .number: .numbers(try FixedColumn(segment, section: "\(index).numbers", documentCount: documentCount))
            case .date: .dates(try FixedColumn(segment, section: "\(index).dates", documentCount: documentCount))
            case .geo: .points(try GeoColumn(segment, field: index, documentCount: documentCount))
            case .keyword: .keywords(try KeywordColumn(segment, field: index, documentCount: documentCount))
            }
        }
    }
}
