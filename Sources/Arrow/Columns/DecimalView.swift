// Views of decimal, date and timestamp columns.

/// A view of a decimal column of up to 128 bits.
public struct DecimalView: Sendable {
    private enum Storage: Sendable {
        case bits32(FixedWidthView<Int32>)
        case bits64(FixedWidthView<Int64>)
        case bits128(FixedWidthView<Int128>)
    }

    /// How many digits follow the point.
    public let scale: Int
    /// How many rows there are.
    public let count: Int
    private let storage: Storage

    init?(_ column: Column) {
        count = column.count
        switch column.type {
        case .decimal32(_, let scale): (self.scale, storage) = (scale, .bits32(FixedWidthView(column)))
        case .decimal64(_, let scale): (self.scale, storage) = (scale, .bits64(FixedWidthView(column)))
        case .decimal128(_, let scale): (self.scale, storage) = (scale, .bits128(FixedWidthView(column)))
        default: return nil
        }
    }

    /// The digits at `row` without the point, or nil; O(1).
    public func unscaled(at row: Int) -> Int128? {
        switch storage {
        case .bits32(let view): view.value(at: row).map { Int128($0) }
        case .bits64(let view): view.value(at: row).map { Int128($0) }
        case .bits128(let view): view.value(at: row)
        }
    }

    /// The number at `row`, or nil; O(1).
    public subscript(_ row: Int) -> Decimal128? { unscaled(at: row).map { Decimal128(unscaled: $0, scale: scale) } }
}

/// A view of a date column.
public struct DateView: Sendable {
    private enum Storage: Sendable {
        case days(FixedWidthView<Int32>)
        case milliseconds(FixedWidthView<Int64>)
    }

    /// How many rows there are.
    public let count: Int
    private let storage: Storage

    init?(_ column: Column) {
        count = column.count
        switch column.type {
        case .date32: storage = .days(FixedWidthView(column))
        case .date64: storage = .milliseconds(FixedWidthView(column))
        default: return nil
        }
    }

    /// The date at `row`, or nil; O(1).
    public subscript(_ row: Int) -> CalendarDate? {
        switch storage {
        case .days(let view): view.value(at: row).map { CalendarDate(daysSinceEpoch: Int($0)) }
        case .milliseconds(let view): view.value(at: row).map { Timestamp($0, unit: .millisecond).date }
        }
    }
}

/// A view of a timestamp column.
public struct TimestampView: Sendable {
    /// How finely the column counts.
    public let unit: TimeUnit
    /// The column's zone; values are in UTC whatever it says, or wall-clock times without one.
    public let timezone: String?
    /// How many rows there are.
    public var count: Int { values.count }
    private let values: FixedWidthView<Int64>

    init?(_ column: Column) {
        guard case .timestamp(let unit, let timezone) = column.type else { return nil }
        self.unit = unit
        self.timezone = timezone
        values = FixedWidthView(column)
    }

    /// The timestamp at `row`, or nil; O(1).
    public subscript(_ row: Int) -> Timestamp? {
        values.value(at: row).map { Timestamp($0, unit: unit, isInstant: timezone != nil) }
    }
}

extension Column {
    /// A view of a decimal column of up to 128 bits.
    ///
    /// - Throws: ``ArrowError/Code/typeMismatch`` if it is none.
    public func decimals() throws(ArrowError) -> DecimalView {
        guard let view = DecimalView(self) else { throw mismatch("a decimal of up to 128 bits") }
        return view
    }

    /// A view of a date column.
    ///
    /// - Throws: ``ArrowError/Code/typeMismatch`` if it is none.
    public func dates() throws(ArrowError) -> DateView {
        guard let view = DateView(self) else { throw mismatch("a date") }
        return view
    }

    /// A view of a timestamp column.
    ///
    /// - Throws: ``ArrowError/Code/typeMismatch`` if it is none.
    public func timestamps() throws(ArrowError) -> TimestampView {
        guard let view = TimestampView(self) else { throw mismatch("a timestamp") }
        return view
    }
}
