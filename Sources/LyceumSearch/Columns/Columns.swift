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
    private let starts: UnsafeBufferPointer<UInt32>
    private let values: UnsafeBufferPointer<UInt32>
    private let ownerStarts: UnsafeBufferPointer<UInt32>
    private let owners: UnsafeBufferPointer<UInt32>

    init(_ segment: SegmentReader, field: Int, documentCount: Int) throws {
        file = segment.file
        displayOffsets = try segment.values("\(field).display.at", as: UInt32.self)
        let count = displayOffsets.count - 1
        guard count >= 0 else { throw SegmentReader.damaged(file, "its section \(field).display.at is empty") }
        display = try segment.values("\(field).display", as: UInt8.self)
        folded = try FrozenTermTable(segment, prefix: "\(field).f", count: count)
        starts = try segment.values("\(field).starts", as: UInt32.self, count: documentCount + 1)
        values = try segment.values("\(field).values", as: UInt32.self)
        ownerStarts = try segment.values("\(field).owners.at", as: UInt32.self, count: count + 1)
        owners = try segment.values("\(field).owners", as: UInt32.self, count: values.count)
        try segment.checkOffsets("\(field).display.at", displayOffsets, limit: display.count)
        try segment.checkOffsets("\(field).starts", starts, limit: values.count)
        try segment.checkOffsets("\(field).owners.at", ownerStarts, limit: owners.count)
        try segment.checkBelow("\(field).values", values, limit: count)
        try segment.checkBelow("\(field).owners", owners, limit: documentCount)
    }

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

    /// The value numbers of a document.
    @inline(__always)
    func values(of document: Int) -> UnsafeBufferPointer<UInt32> {
        UnsafeBufferPointer(rebasing: values[Int(starts[document])..<Int(starts[document + 1])])
    }

    /// The documents that have a value, in order.
    func documents(with number: Int) -> UnsafeBufferPointer<UInt32> {
        UnsafeBufferPointer(rebasing: owners[Int(ownerStarts[number])..<Int(ownerStarts[number + 1])])
    }

    /// The first value of a document, nil when it has none.
    func first(_ document: Int) -> UInt32? { values(of: document).first }
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
