// Values bound to the placeholders of a statement.

import Arrow

/// A value for a placeholder: `?` or `$1` in DuckDB and PostgreSQL, `:1` in Oracle.
public enum Parameter: Sendable, Hashable {
    /// No value.
    case null
    /// A text.
    case text(String)
    /// An integer.
    case integer(Int64)
    /// A floating-point number.
    case double(Double)
    /// A truth value.
    case bool(Bool)
    /// Bytes.
    case binary([UInt8])
    /// A point in time, to the microsecond; with a zone if it is an instant.
    case timestamp(Timestamp)
    /// A day.
    case date(CalendarDate)

    private var type: DataType {
        switch self {
        case .null, .text: .utf8
        case .integer: .int64
        case .double: .float64
        case .bool: .bool
        case .binary: .binary
        case .timestamp(let value): .timestamp(.microsecond, timezone: value.isInstant ? "UTC" : nil)
        case .date: .date32
        }
    }

    /// A batch of one row that binds `parameters` by position.
    static func batch(_ parameters: [Parameter]) throws -> RecordBatch {
        let fields = parameters.enumerated().map { Field(String($0.offset), $0.element.type) }
        var builder = try RecordBatchBuilder(schema: Schema(fields))
        for (index, parameter) in parameters.enumerated() {
            switch parameter {
            case .null: builder.appendNull(to: index)
            case .text(let value): builder.append(value, to: index)
            case .integer(let value): builder.append(value, to: index)
            case .double(let value): builder.append(value, to: index)
            case .bool(let value): builder.append(value, to: index)
            case .binary(let value): builder.append(value, to: index)
            case .timestamp(let value): builder.append(value, to: index)
            case .date(let value): builder.append(value, to: index)
            }
        }
        return try builder.finish()
    }
}

extension Parameter: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByFloatLiteral,
    ExpressibleByBooleanLiteral, ExpressibleByNilLiteral
{
    /// A text.
    public init(stringLiteral value: String) { self = .text(value) }
    /// An integer.
    public init(integerLiteral value: Int64) { self = .integer(value) }
    /// A floating-point number.
    public init(floatLiteral value: Double) { self = .double(value) }
    /// A truth value.
    public init(booleanLiteral value: Bool) { self = .bool(value) }
    /// No value.
    public init(nilLiteral: ()) { self = .null }
}
