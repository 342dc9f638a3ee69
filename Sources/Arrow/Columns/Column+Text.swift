// Any value as text: exact decimals, ISO 8601 dates and times, JSON for what is nested.

extension Column {
    /// The value at `row` as text, whatever its type; nil where it is null.
    ///
    /// Text as it is, numbers in plain notation (decimals exactly), dates and times in ISO 8601, bytes in hexadecimal,
    /// lists and structs as JSON.
    public func text(at row: Int) -> String? {
        if isNull(row) { return nil }
        switch field.type {
        case .utf8, .largeUtf8, .utf8View: return UTF8View(self)[row]
        case .dictionary: return decoded(row) { $0.text(at: $1) }
        case .bool: return bool(at: row).map { $0 ? "true" : "false" }
        case .uint64: return String(FixedWidthView<UInt64>(self)[row])
        case .int8, .int16, .int32, .int64, .uint8, .uint16, .uint32: return integer(at: row).map { String($0) }
        case .float32: return FixedWidthView<Float>(self)[row].description
        case .float16, .float64: return double(at: row)?.description
        case .decimal32, .decimal64, .decimal128: return DecimalView(self)?[row]?.description
        case .decimal256(_, let scale):
            guard let base = buffer(1) else { return nil }
            let number = Decimal256(base + (offset + row) * 32)
            return Decimal128.format(digits: number.digits, number.isNegative, scale)
        case .date32, .date64: return DateView(self)?[row]?.description
        case .timestamp: return TimestampView(self)?[row]?.description
        case .time32(let unit): return Column.time(Int64(FixedWidthView<Int32>(self)[row]), unit)
        case .time64(let unit): return Column.time(FixedWidthView<Int64>(self)[row], unit)
        case .duration(let unit): return Column.duration(FixedWidthView<Int64>(self)[row], unit)
        case .interval(let unit): return interval(row, unit)
        case .binary, .largeBinary, .binaryView, .fixedSizeBinary: return hexadecimal(row)
        case .list, .largeList, .fixedSizeList, .structure, .map: return json(at: row)
        case .union(let isDense, let codes, let fields):
            let member = unionMember(row, isDense: isDense, codes: codes, fields: fields)
            return member.flatMap { $0.column.text(at: $0.row) }
        case .null, .other: return nil
        }
    }

    /// The value at `row` as JSON: `null`, numbers bare (decimals and 64-bit integers exactly), all else quoted.
    ///
    /// Numbers that JSON does not know (infinities, NaN) become `null`; maps with text keys become objects.
    public func json(at row: Int) -> String {
        var text = ""
        writeJSON(row, to: &text)
        return text
    }

    private func writeJSON(_ row: Int, to text: inout String) {
        if isNull(row) {
            text += "null"
            return
        }
        switch field.type {
        case .bool, .decimal32, .decimal64, .decimal128, .decimal256: text += self.text(at: row) ?? "null"
        case .float16, .float32, .float64:
            text += double(at: row).flatMap { $0.isFinite ? self.text(at: row) : nil } ?? "null"
        case let type where type.isInteger: text += self.text(at: row) ?? "null"
        case .dictionary:
            guard let values = dictionaryValues, let index = DictionaryIndices(self)[row] else {
                text += "null"
                return
            }
            values.writeJSON(index, to: &text)
        case .structure(let fields):
            text += "{"
            for (index, field) in fields.enumerated() {
                if index > 0 { text += "," }
                Column.writeQuoted(field.name, to: &text)
                text += ":"
                child(index, field: field, start: offset, count: count).writeJSON(row, to: &text)
            }
            text += "}"
        case .map: writeMap(row, to: &text)
        case .list, .largeList, .fixedSizeList:
            guard let lists = ListView(self) else { return }
            text += "["
            for (position, element) in lists.range(at: row).enumerated() {
                if position > 0 { text += "," }
                lists.values.writeJSON(element, to: &text)
            }
            text += "]"
        case .union(let isDense, let codes, let fields):
            guard let member = unionMember(row, isDense: isDense, codes: codes, fields: fields) else {
                text += "null"
                return
            }
            member.column.writeJSON(member.row, to: &text)
        default:
            guard let plain = self.text(at: row) else {
                text += "null"
                return
            }
            Column.writeQuoted(plain, to: &text)
        }
    }

    private func writeMap(_ row: Int, to text: inout String) {
        guard let lists = ListView(self), let pairs = try? lists.values.fields(), pairs.count == 2 else {
            text += "null"
            return
        }
        text += "{"
        for (position, element) in lists.range(at: row).enumerated() {
            if position > 0 { text += "," }
            Column.writeQuoted(pairs[0].text(at: element) ?? "null", to: &text)
            text += ":"
            pairs[1].writeJSON(element, to: &text)
        }
        text += "}"
    }

    private func unionMember(
        _ row: Int,
        isDense: Bool,
        codes: [Int],
        fields: [Field]
    ) -> (column: Column, row: Int)? {
        guard let types = buffer(0) else { return nil }
        let code = Int(types.load(fromByteOffset: offset + row, as: Int8.self))
        guard let index = codes.firstIndex(of: code), let child = nodes.array.pointee.children?[index] else {
            return nil
        }
        var position = offset + row
        if isDense {
            guard let offsets = buffer(1) else { return nil }
            position = Int(offsets.loadUnaligned(fromByteOffset: position * 4, as: Int32.self))
        }
        let length = Int(child.pointee.length)
        guard position >= 0, position < length else { return nil }
        return (self.child(index, field: fields[index], start: 0, count: length), position)
    }

    /// Writes a JSON string literal.
    static func writeQuoted(_ value: String, to text: inout String) {
        text += "\""
        for scalar in value.unicodeScalars {
            switch scalar {
            case "\"": text += "\\\""
            case "\\": text += "\\\\"
            case "\n": text += "\\n"
            case "\r": text += "\\r"
            case "\t": text += "\\t"
            case let control where control.value < 0x20:
                text += "\\u00" + (control.value < 0x10 ? "0" : "") + String(control.value, radix: 16)
            default: text.unicodeScalars.append(scalar)
            }
        }
        text += "\""
    }

    private static func time(_ count: Int64, _ unit: TimeUnit) -> String {
        timeOfDay(
            seconds: count / unit.perSecond,
            nanoseconds: count % unit.perSecond * (1_000_000_000 / unit.perSecond)
        )
    }

    /// ISO 8601 in seconds, such as `PT1.5S`.
    private static func duration(_ count: Int64, _ unit: TimeUnit) -> String {
        var digits = 0
        var power = unit.perSecond
        while power > 1 {
            power /= 10
            digits += 1
        }
        var text = Decimal128(unscaled: Int128(count), scale: digits).description
        if digits > 0 {
            while text.last == "0" { text.removeLast() }
            if text.last == "." { text.removeLast() }
        }
        return "PT\(text)S"
    }

    /// ISO 8601, such as `P14M3DT0.5S`.
    private func interval(_ row: Int, _ unit: IntervalUnit) -> String? {
        guard let base = buffer(1) else { return nil }
        let position = offset + row
        switch unit {
        case .months:
            return "P\(base.loadUnaligned(fromByteOffset: position * 4, as: Int32.self))M"
        case .dayTime:
            let days = base.loadUnaligned(fromByteOffset: position * 8, as: Int32.self)
            let milliseconds = base.loadUnaligned(fromByteOffset: position * 8 + 4, as: Int32.self)
            return "P\(days)D" + Column.duration(Int64(milliseconds), .millisecond).dropFirst()
        case .monthDayNano:
            let months = base.loadUnaligned(fromByteOffset: position * 16, as: Int32.self)
            let days = base.loadUnaligned(fromByteOffset: position * 16 + 4, as: Int32.self)
            let nanoseconds = base.loadUnaligned(fromByteOffset: position * 16 + 8, as: Int64.self)
            return "P\(months)M\(days)D" + Column.duration(nanoseconds, .nanosecond).dropFirst()
        }
    }

    private func hexadecimal(_ row: Int) -> String? {
        bytes(at: row).map { bytes in
            let digits = Array("0123456789abcdef".utf8)
            var text: [UInt8] = []
            text.reserveCapacity(bytes.count * 2)
            for byte in bytes {
                text.append(digits[Int(byte >> 4)])
                text.append(digits[Int(byte & 15)])
            }
            return String(decoding: text, as: UTF8.self)
        }
    }
}
