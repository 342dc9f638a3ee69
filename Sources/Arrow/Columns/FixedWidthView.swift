// Views of columns whose values have one width: integers, floating point, dates, times.

/// A Swift type that a fixed-width column can be read as without conversion.
public protocol FixedWidthValue: BitwiseCopyable, Sendable {
    /// Whether columns of `type` hold values of this layout.
    static func reads(_ type: DataType) -> Bool
}

extension Int8: FixedWidthValue {
    /// `int8`.
    public static func reads(_ type: DataType) -> Bool { type == .int8 }
}
extension Int16: FixedWidthValue {
    /// `int16`.
    public static func reads(_ type: DataType) -> Bool { type == .int16 }
}
extension Int32: FixedWidthValue {
    /// `int32`, days of `date32`, `time32`, months and `decimal32`.
    public static func reads(_ type: DataType) -> Bool {
        switch type {
        case .int32, .date32, .time32, .interval(.months), .decimal32: true
        default: false
        }
    }
}
extension Int64: FixedWidthValue {
    /// `int64`, `date64`, `time64`, timestamps, durations and `decimal64`.
    public static func reads(_ type: DataType) -> Bool {
        switch type {
        case .int64, .date64, .time64, .timestamp, .duration, .decimal64: true
        default: false
        }
    }
}
extension Int128: FixedWidthValue {
    /// The digits of `decimal128`, without its point.
    public static func reads(_ type: DataType) -> Bool {
        if case .decimal128 = type { true } else { false }
    }
}
extension UInt8: FixedWidthValue {
    /// `uint8`.
    public static func reads(_ type: DataType) -> Bool { type == .uint8 }
}
extension UInt16: FixedWidthValue {
    /// `uint16`, and the bits of `float16`.
    public static func reads(_ type: DataType) -> Bool { type == .uint16 || type == .float16 }
}
extension UInt32: FixedWidthValue {
    /// `uint32`.
    public static func reads(_ type: DataType) -> Bool { type == .uint32 }
}
extension UInt64: FixedWidthValue {
    /// `uint64`.
    public static func reads(_ type: DataType) -> Bool { type == .uint64 }
}
extension Float: FixedWidthValue {
    /// `float32`.
    public static func reads(_ type: DataType) -> Bool { type == .float32 }
}
extension Double: FixedWidthValue {
    /// `float64`.
    public static func reads(_ type: DataType) -> Bool { type == .float64 }
}

/// A zero-copy view of a fixed-width column.
///
/// Null rows have a value too, of no meaning; ask ``isNull(_:)``.
///
/// `@unchecked Sendable`: reads memory that its owner keeps alive unchanged.
public struct FixedWidthView<Value: FixedWidthValue>: @unchecked Sendable {
    /// How many rows there are.
    public let count: Int
    let base: UnsafePointer<Value>
    let validity: Validity
    private let owner: AnyObject

    init(_ column: Column) {
        count = column.count
        validity = Validity(column)
        let width = MemoryLayout<Value>.stride
        guard column.count > 0, let start = column.buffer(1) else {
            base = UnsafePointer(AlignedCopy.empty.bytes.assumingMemoryBound(to: Value.self))
            owner = column.owner
            return
        }
        let first = start + column.offset * width
        if UInt(bitPattern: first) % UInt(MemoryLayout<Value>.alignment) == 0 {
            base = first.assumingMemoryBound(to: Value.self)
            owner = column.owner
        } else {
            // Producers should align buffers but need not; Swift must.
            let copy = AlignedCopy(first, bytes: column.count * width)
            base = UnsafePointer(copy.bytes.assumingMemoryBound(to: Value.self))
            owner = copy
        }
    }

    /// Whether the value at `row` is null; O(1).
    @inline(__always)
    public func isNull(_ row: Int) -> Bool { validity.isNull(row) }

    /// The value at `row`, also where it is null; O(1).
    @inline(__always)
    public subscript(_ row: Int) -> Value {
        precondition(row >= 0 && row < count, "row outside the column")
        return withExtendedLifetime(owner) { base[row] }
    }

    /// The value at `row`, or nil; O(1).
    @inline(__always)
    public func value(at row: Int) -> Value? {
        precondition(row >= 0 && row < count, "row outside the column")
        return withExtendedLifetime(owner) { validity.isNull(row) ? nil : base[row] }
    }

    /// Calls `body` with all values, nulls included; the buffer is valid only during the call.
    public func withUnsafeBuffer<Result>(
        _ body: (UnsafeBufferPointer<Value>) throws -> Result
    ) rethrows -> Result {
        try withExtendedLifetime(owner) { try body(UnsafeBufferPointer(start: count == 0 ? nil : base, count: count)) }
    }
}

/// Bytes copied to an aligned place.
///
/// `@unchecked Sendable`: written once, by init.
private final class AlignedCopy: @unchecked Sendable {
    /// Stands for the values of an empty column.
    static let empty = AlignedCopy(nil, bytes: 0)
    let bytes: UnsafeMutableRawPointer

    init(_ source: UnsafeRawPointer?, bytes count: Int) {
        bytes = .allocate(byteCount: max(count, 16), alignment: 16)
        if let source, count > 0 { bytes.copyMemory(from: source, byteCount: count) }
    }

    deinit { bytes.deallocate() }
}

extension Column {
    /// A view of the column's values as they lie in memory.
    ///
    /// - Throws: ``ArrowError/Code/typeMismatch`` if the column does not hold values of this layout.
    public func values<Value: FixedWidthValue>(as type: Value.Type) throws(ArrowError) -> FixedWidthView<Value> {
        guard Value.reads(field.type) else { throw mismatch("readable as \(Value.self)") }
        return FixedWidthView(self)
    }

    /// A view of a column of booleans.
    ///
    /// - Throws: ``ArrowError/Code/typeMismatch`` if the column is not `bool`.
    public func bools() throws(ArrowError) -> BoolView {
        guard field.type == .bool else { throw mismatch("bool") }
        return BoolView(self)
    }
}

/// A zero-copy view of a column of booleans.
///
/// `@unchecked Sendable`: reads memory that its owner keeps alive unchanged.
public struct BoolView: @unchecked Sendable {
    /// How many rows there are.
    public let count: Int
    private let bitmap: UnsafeRawPointer?
    private let offset: Int
    private let validity: Validity
    private let owner: ArrayOwner

    init(_ column: Column) {
        count = column.count
        bitmap = column.buffer(1)
        offset = column.offset
        validity = Validity(column)
        owner = column.owner
    }

    /// The value at `row`, or nil; O(1).
    public subscript(_ row: Int) -> Bool? {
        precondition(row >= 0 && row < count, "row outside the column")
        guard let bitmap, !validity.isNull(row) else { return nil }
        return bit(bitmap, offset + row)
    }
}
