// The logical types of Arrow columns.

/// How finely a time, timestamp or duration counts.
public enum TimeUnit: Sendable, Hashable {
    /// Whole seconds.
    case second
    /// Thousandths of a second.
    case millisecond
    /// Millionths of a second.
    case microsecond
    /// Billionths of a second.
    case nanosecond

    /// How many of this unit make a second.
    public var perSecond: Int64 {
        switch self {
        case .second: 1
        case .millisecond: 1_000
        case .microsecond: 1_000_000
        case .nanosecond: 1_000_000_000
        }
    }
}

/// What an interval column counts.
public enum IntervalUnit: Sendable, Hashable {
    /// Whole months, 32 bits.
    case months
    /// Days and milliseconds, 32 bits each.
    case dayTime
    /// Months and days (32 bits each) and nanoseconds (64 bits).
    case monthDayNano
}

/// The type of an Arrow column.
///
/// An extension type (such as a driver's opaque `numeric`) shows as its storage type; its name is in the
/// field's metadata, see ``Field/extensionName``.
public indirect enum DataType: Sendable, Hashable {
    /// A column of nulls, with no storage.
    case null
    /// One bit a value.
    case bool
    /// Signed 8-bit integers.
    case int8
    /// Signed 16-bit integers.
    case int16
    /// Signed 32-bit integers.
    case int32
    /// Signed 64-bit integers.
    case int64
    /// Unsigned 8-bit integers.
    case uint8
    /// Unsigned 16-bit integers.
    case uint16
    /// Unsigned 32-bit integers.
    case uint32
    /// Unsigned 64-bit integers.
    case uint64
    /// IEEE 754 half precision.
    case float16
    /// IEEE 754 single precision.
    case float32
    /// IEEE 754 double precision.
    case float64
    /// A decimal stored in 32 bits.
    case decimal32(precision: Int, scale: Int)
    /// A decimal stored in 64 bits.
    case decimal64(precision: Int, scale: Int)
    /// A decimal stored in 128 bits, up to 38 digits.
    case decimal128(precision: Int, scale: Int)
    /// A decimal stored in 256 bits, up to 76 digits.
    case decimal256(precision: Int, scale: Int)
    /// Text with 32-bit offsets.
    case utf8
    /// Text with 64-bit offsets.
    case largeUtf8
    /// Text in 16-byte views, short strings inline.
    case utf8View
    /// Bytes with 32-bit offsets.
    case binary
    /// Bytes with 64-bit offsets.
    case largeBinary
    /// Bytes in 16-byte views, short values inline.
    case binaryView
    /// Bytes of one length.
    case fixedSizeBinary(Int)
    /// Days since 1970-01-01, 32 bits.
    case date32
    /// Milliseconds since 1970-01-01, 64 bits.
    case date64
    /// Time of day in seconds or milliseconds, 32 bits.
    case time32(TimeUnit)
    /// Time of day in microseconds or nanoseconds, 64 bits.
    case time64(TimeUnit)
    /// Time since 1970-01-01T00:00:00, 64 bits: an instant in UTC if a zone is named, otherwise a wall-clock time.
    case timestamp(TimeUnit, timezone: String?)
    /// Elapsed time, 64 bits.
    case duration(TimeUnit)
    /// A calendar interval.
    case interval(IntervalUnit)
    /// Lists with 32-bit offsets.
    case list(Field)
    /// Lists with 64-bit offsets.
    case largeList(Field)
    /// Lists of one length.
    case fixedSizeList(Field, Int)
    /// Named fields side by side.
    case structure([Field])
    /// Lists of key and value pairs; the field is the struct of both.
    case map(Field, keysSorted: Bool)
    /// Small integers that point into a column of distinct values.
    case dictionary(index: DataType, value: DataType)
    /// One of several types a row; `typeCodes` name the fields in order.
    case union(isDense: Bool, typeCodes: [Int], fields: [Field])
    /// A type this module does not read, by its format string.
    case other(format: String)
}

extension DataType {
    /// Whether values are text, dictionaries of text included.
    public var isString: Bool {
        switch self {
        case .utf8, .largeUtf8, .utf8View: true
        case .dictionary(_, let value): value.isString
        default: false
        }
    }

    /// Whether values are integers.
    public var isInteger: Bool {
        switch self {
        case .int8, .int16, .int32, .int64, .uint8, .uint16, .uint32, .uint64: true
        default: false
        }
    }

    /// Whether a column of this type has the same bytes as one of `other`, so that it may be read as that.
    ///
    /// Integers of 32 and 64 bits, the decimals, dates, times and timestamps that are kept in them, and nothing else.
    public func hasLayout(of other: DataType) -> Bool {
        if self == other { return true }
        guard let width = integerWidth else { return false }
        return width == other.integerWidth
    }

    private var integerWidth: Int? {
        switch self {
        case .int32, .decimal32, .date32, .time32: 32
        case .int64, .decimal64, .date64, .time64, .timestamp, .duration: 64
        default: nil
        }
    }

    /// Whether values are integers, floating-point numbers or decimals.
    public var isNumeric: Bool {
        switch self {
        case .float16, .float32, .float64, .decimal32, .decimal64, .decimal128, .decimal256: true
        default: isInteger
        }
    }

    /// The fields of nested types, in the order of the array's children.
    var children: [Field] {
        switch self {
        case .list(let field), .largeList(let field), .fixedSizeList(let field, _), .map(let field, _): [field]
        case .structure(let fields), .union(_, _, let fields): fields
        default: []
        }
    }

    /// How many buffers an array of this type has; nil if any number will do.
    var bufferCount: Int? {
        switch self {
        case .null: 0
        case .utf8, .largeUtf8, .binary, .largeBinary: 3
        case .utf8View, .binaryView, .other: nil
        case .fixedSizeList, .structure: 1
        case .union(let isDense, _, _): isDense ? 2 : 1
        default: 2
        }
    }
}

extension DataType: CustomStringConvertible {
    /// The type in short, such as `list<utf8>`.
    public var description: String {
        switch self {
        case .decimal32(let precision, let scale): "decimal32(\(precision), \(scale))"
        case .decimal64(let precision, let scale): "decimal64(\(precision), \(scale))"
        case .decimal128(let precision, let scale): "decimal128(\(precision), \(scale))"
        case .decimal256(let precision, let scale): "decimal256(\(precision), \(scale))"
        case .fixedSizeBinary(let width): "fixedSizeBinary(\(width))"
        case .time32(let unit): "time32(\(unit))"
        case .time64(let unit): "time64(\(unit))"
        case .timestamp(let unit, let timezone): "timestamp(\(unit)\(timezone.map { ", \($0)" } ?? ""))"
        case .duration(let unit): "duration(\(unit))"
        case .interval(let unit): "interval(\(unit))"
        case .list(let field): "list<\(field.type)>"
        case .largeList(let field): "largeList<\(field.type)>"
        case .fixedSizeList(let field, let count): "fixedSizeList<\(field.type), \(count)>"
        case .structure(let fields): "struct<\(fields.map { "\($0.name): \($0.type)" }.joined(separator: ", "))>"
        case .map(let field, _): "map<\(field.type)>"
        case .dictionary(let index, let value): "dictionary<\(index), \(value)>"
        case .union(let isDense, _, let fields):
            "\(isDense ? "dense" : "sparse")Union<\(fields.map { "\($0.name): \($0.type)" }.joined(separator: ", "))>"
        case .other(let format): "other(\(format))"
        case .null: "null"
        case .bool: "bool"
        case .int8: "int8"
        case .int16: "int16"
        case .int32: "int32"
        case .int64: "int64"
        case .uint8: "uint8"
        case .uint16: "uint16"
        case .uint32: "uint32"
        case .uint64: "uint64"
        case .float16: "float16"
        case .float32: "float32"
        case .float64: "float64"
        case .utf8: "utf8"
        case .largeUtf8: "largeUtf8"
        case .utf8View: "utf8View"
        case .binary: "binary"
        case .largeBinary: "largeBinary"
        case .binaryView: "binaryView"
        case .date32: "date32"
        case .date64: "date64"
        }
    }
}
