// Scalar accessors for callers that do not care how a column is stored.

extension Column {
    /// The text at `row` of a text column, plain or dictionary-encoded; nil where null or for other types.
    public func string(at row: Int) -> String? {
        field.type.isString ? UTF8View(self)[row] : nil
    }

    /// The integer at `row`, or nil where it is null, does not fit or is no integer.
    ///
    /// Reads integers of any width, booleans as 0 and 1, decimals and floating point without a fraction, and
    /// dictionaries of these.
    public func integer(at row: Int) -> Int64? {
        if isNull(row) { return nil }
        switch field.type {
        case .int8: return Int64(FixedWidthView<Int8>(self)[row])
        case .int16: return Int64(FixedWidthView<Int16>(self)[row])
        case .int32: return Int64(FixedWidthView<Int32>(self)[row])
        case .int64: return FixedWidthView<Int64>(self)[row]
        case .uint8: return Int64(FixedWidthView<UInt8>(self)[row])
        case .uint16: return Int64(FixedWidthView<UInt16>(self)[row])
        case .uint32: return Int64(FixedWidthView<UInt32>(self)[row])
        case .uint64: return Int64(exactly: FixedWidthView<UInt64>(self)[row])
        case .bool: return BoolView(self)[row].map { $0 ? 1 : 0 }
        case .decimal32, .decimal64, .decimal128:
            return DecimalView(self)?[row].flatMap { $0.rescaled(to: 0) }.flatMap { Int64(exactly: $0.unscaled) }
        case .float16, .float32, .float64: return double(at: row).flatMap { Int64(exactly: $0) }
        case .dictionary: return decoded(row) { $0.integer(at: $1) }
        default: return nil
        }
    }

    /// The number at `row` as a double, or nil where it is null or no number.
    public func double(at row: Int) -> Double? {
        if isNull(row) { return nil }
        switch field.type {
        case .float64: return FixedWidthView<Double>(self)[row]
        case .float32: return Double(FixedWidthView<Float>(self)[row])
        case .float16: return Column.double(half: FixedWidthView<UInt16>(self)[row])
        case .uint64: return Double(FixedWidthView<UInt64>(self)[row])
        case .decimal32, .decimal64, .decimal128: return DecimalView(self)?[row]?.doubleValue
        case .decimal256: return text(at: row).flatMap(Double.init)
        case .dictionary: return decoded(row) { $0.double(at: $1) }
        default: return integer(at: row).map(Double.init)
        }
    }

    /// The boolean at `row`, or nil where it is null or the column holds none.
    public func bool(at row: Int) -> Bool? {
        switch field.type {
        case .bool: BoolView(self)[row]
        case .dictionary: decoded(row) { $0.bool(at: $1) }
        default: nil
        }
    }

    /// The list of texts at `row`, without its nulls; nil where the list is null or the column holds no such lists.
    public func strings(at row: Int) -> [String]? {
        guard let lists = ListView(self), lists.values.type.isString, !lists.isNull(row) else { return nil }
        let view = UTF8View(lists.values)
        return lists.range(at: row).compactMap { view[$0] }
    }

    /// The bytes at `row` of a binary or text column, or nil.
    public func bytes(at row: Int) -> [UInt8]? {
        field.type.hasBytes ? BinaryView(self)[row] : nil
    }

    /// The decimal at `row`, or nil where it is null; integers read as decimals too.
    public func decimal(at row: Int) -> Decimal128? {
        if let view = DecimalView(self) { return view[row] }
        if case .uint64 = field.type {
            return isNull(row) ? nil : Decimal128(unscaled: Int128(FixedWidthView<UInt64>(self)[row]), scale: 0)
        }
        if case .dictionary = field.type { return decoded(row) { $0.decimal(at: $1) } }
        return field.type.isInteger ? integer(at: row).map { Decimal128(unscaled: Int128($0), scale: 0) } : nil
    }

    /// The date at `row` of a date or timestamp column, or nil.
    public func date(at row: Int) -> CalendarDate? {
        if let view = DateView(self) { return view[row] }
        return TimestampView(self)?[row]?.date
    }

    /// The timestamp at `row` of a timestamp or date column, or nil; a date is its midnight.
    public func timestamp(at row: Int) -> Timestamp? {
        if let view = TimestampView(self) { return view[row] }
        return DateView(self)?[row].map { Timestamp(seconds: Int64($0.daysSinceEpoch) * 86_400, isInstant: false) }
    }

    func decoded<Value>(_ row: Int, _ read: (Column, Int) -> Value?) -> Value? {
        guard let values = dictionaryValues, let index = DictionaryIndices(self)[row] else { return nil }
        return read(values, index)
    }

    /// IEEE 754 half precision to double.
    static func double(half bits: UInt16) -> Double {
        let exponent = Int(bits >> 10) & 0x1F
        let fraction = Double(bits & 0x3FF)
        let sign = bits >> 15 == 1 ? -1.0 : 1.0
        switch exponent {
        case 0: return sign * fraction / 16_777_216  // 2^-24
        case 31: return fraction == 0 ? sign * .infinity : .nan
        default: return Double(sign: .plus, exponent: exponent - 15, significand: 1 + fraction / 1_024) * sign
        }
    }
}
