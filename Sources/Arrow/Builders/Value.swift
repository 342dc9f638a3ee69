// Values of any type, for appending to columns whose type is known only at run time.

/// A value of any type.
public enum Value: Sendable, Hashable {
    /// No value.
    case null
    /// A truth value.
    case bool(Bool)
    /// An integer.
    case integer(Int64)
    /// A floating-point number.
    case double(Double)
    /// An exact decimal.
    case decimal(Decimal128)
    /// A text.
    case text(String)
    /// Bytes.
    case bytes([UInt8])
    /// A day.
    case date(CalendarDate)
    /// A point in time.
    case timestamp(Timestamp)
    /// A list.
    case list([Value])
    /// The fields of a struct, in the order of its type.
    case structure([Value])
}
