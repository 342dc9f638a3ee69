// Views of text and binary columns: offsets, 16-byte views, fixed widths, and dictionaries of these.

/// Finds the bytes of each row of a text or binary column.
///
/// `@unchecked Sendable`: reads memory that its owner keeps alive unchanged.
struct VariableWidth: @unchecked Sendable {
    /// Where the bytes of a row are said to be.
    private enum Layout {
        case offsets32(UnsafeRawPointer)
        case offsets64(UnsafeRawPointer)
        case views(UnsafeRawPointer)
        case fixed(Int)
        case empty
    }

    private let layout: Layout
    private let data: UnsafeRawPointer?
    private let buffers: UnsafeMutablePointer<UnsafeRawPointer?>?
    private let offset: Int
    private let validity: Validity
    let count: Int

    /// - Precondition: the column's type is text or binary.
    init(_ column: Column) {
        count = column.count
        offset = column.offset
        validity = Validity(column)
        buffers = column.nodes.array.pointee.buffers
        let second = column.buffer(1)
        switch column.type {
        case .utf8, .binary:
            layout = second.map { .offsets32($0) } ?? .empty
            data = column.buffer(2)
        case .largeUtf8, .largeBinary:
            layout = second.map { .offsets64($0) } ?? .empty
            data = column.buffer(2)
        case .utf8View, .binaryView:
            layout = second.map { .views($0) } ?? .empty
            data = nil
        case .fixedSizeBinary(let width):
            layout = .fixed(width)
            data = second
        default:
            layout = .empty
            data = nil
        }
    }

    @inline(__always)
    func isNull(_ row: Int) -> Bool { validity.isNull(row) }

    /// The bytes at `row`, also where it is null.
    @inline(__always)
    func bytes(_ row: Int) -> UnsafeRawBufferPointer {
        precondition(row >= 0 && row < count, "row outside the column")
        let position = offset + row
        switch layout {
        case .offsets32(let offsets):
            let start = Int(offsets.loadUnaligned(fromByteOffset: position * 4, as: Int32.self))
            let end = Int(offsets.loadUnaligned(fromByteOffset: position * 4 + 4, as: Int32.self))
            return slice(data, start, end - start)
        case .offsets64(let offsets):
            let start = Int(offsets.loadUnaligned(fromByteOffset: position * 8, as: Int64.self))
            let end = Int(offsets.loadUnaligned(fromByteOffset: position * 8 + 8, as: Int64.self))
            return slice(data, start, end - start)
        case .views(let views):
            // A length, then 12 bytes inline, or a 4-byte prefix, a buffer's number and an offset into it.
            let view = views + position * 16
            let length = Int(view.loadUnaligned(as: Int32.self))
            if length <= 12 { return slice(view, 4, length) }
            let index = Int(view.loadUnaligned(fromByteOffset: 8, as: Int32.self))
            let start = Int(view.loadUnaligned(fromByteOffset: 12, as: Int32.self))
            return slice(buffers?[2 + index], start, length)
        case .fixed(let width):
            return slice(data, position * width, width)
        case .empty:
            return UnsafeRawBufferPointer(start: nil, count: 0)
        }
    }

    @inline(__always)
    private func slice(_ base: UnsafeRawPointer?, _ start: Int, _ length: Int) -> UnsafeRawBufferPointer {
        guard let base, length > 0 else { return UnsafeRawBufferPointer(start: nil, count: 0) }
        return UnsafeRawBufferPointer(start: base + start, count: length)
    }
}

/// A text or binary column, directly or through a dictionary.
struct EncodedBytes: Sendable {
    private let values: VariableWidth
    private let indices: DictionaryIndices?
    private let owner: ArrayOwner
    let count: Int

    init(_ column: Column) {
        count = column.count
        owner = column.owner
        if let dictionary = column.dictionaryValues {
            values = VariableWidth(dictionary)
            indices = DictionaryIndices(column)
        } else {
            values = VariableWidth(column)
            indices = nil
        }
    }

    @inline(__always)
    func isNull(_ row: Int) -> Bool {
        guard let indices else { return values.isNull(row) }
        guard let index = indices[row] else { return true }
        return values.isNull(index)
    }

    /// The bytes at `row`, or nil.
    @inline(__always)
    func bytes(_ row: Int) -> UnsafeRawBufferPointer? {
        guard let indices else { return values.isNull(row) ? nil : values.bytes(row) }
        guard let index = indices[row], !values.isNull(index) else { return nil }
        return values.bytes(index)
    }
}

/// A zero-copy view of a text column, plain or dictionary-encoded.
public struct UTF8View: Sendable {
    private let bytes: EncodedBytes

    init(_ column: Column) { bytes = EncodedBytes(column) }

    /// How many rows there are.
    public var count: Int { bytes.count }

    /// Whether the value at `row` is null; O(1).
    public func isNull(_ row: Int) -> Bool { bytes.isNull(row) }

    /// The text at `row` as a new string, or nil. Bytes that are not UTF-8 are replaced by U+FFFD.
    public subscript(_ row: Int) -> String? {
        bytes.bytes(row).map { String(decoding: $0, as: UTF8.self) }
    }

    /// Calls `body` with the bytes at `row`, which are valid only during the call; a null has none.
    @inline(__always)
    public func withUTF8<Result>(
        at row: Int,
        _ body: (UnsafeBufferPointer<UInt8>) throws -> Result
    ) rethrows -> Result {
        let found = bytes.bytes(row) ?? UnsafeRawBufferPointer(start: nil, count: 0)
        return try withExtendedLifetime(bytes) { try body(found.bindMemory(to: UInt8.self)) }
    }
}

/// A zero-copy view of a binary column.
public struct BinaryView: Sendable {
    private let bytes: EncodedBytes

    init(_ column: Column) { bytes = EncodedBytes(column) }

    /// How many rows there are.
    public var count: Int { bytes.count }

    /// Whether the value at `row` is null; O(1).
    public func isNull(_ row: Int) -> Bool { bytes.isNull(row) }

    /// The bytes at `row` as a new array, or nil.
    public subscript(_ row: Int) -> [UInt8]? { bytes.bytes(row).map { Array($0) } }

    /// Calls `body` with the bytes at `row`, which are valid only during the call; a null has none.
    @inline(__always)
    public func withBytes<Result>(
        at row: Int,
        _ body: (UnsafeRawBufferPointer) throws -> Result
    ) rethrows -> Result {
        try withExtendedLifetime(bytes) {
            try body(bytes.bytes(row) ?? UnsafeRawBufferPointer(start: nil, count: 0))
        }
    }
}

extension Column {
    /// A view of a text column, dictionaries of text included.
    ///
    /// - Throws: ``ArrowError/Code/typeMismatch`` if the column is not text.
    public func utf8() throws(ArrowError) -> UTF8View {
        guard field.type.isString else { throw mismatch("text") }
        return UTF8View(self)
    }

    /// A view of a binary column; text columns are read as their bytes.
    ///
    /// - Throws: ``ArrowError/Code/typeMismatch`` if the column is neither.
    public func binary() throws(ArrowError) -> BinaryView {
        guard field.type.hasBytes else { throw mismatch("binary") }
        return BinaryView(self)
    }
}

extension DataType {
    var hasBytes: Bool {
        switch self {
        case .utf8, .largeUtf8, .utf8View, .binary, .largeBinary, .binaryView, .fixedSizeBinary: true
        case .dictionary(_, let value): value.hasBytes
        default: false
        }
    }
}
