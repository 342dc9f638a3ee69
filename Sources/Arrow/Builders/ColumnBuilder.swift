// The builder of one column, of any type that can be built.

import CArrow

/// Appends values to one column.
///
/// A value that does not fit is recorded as a null and as the builder's first error, which `finish` throws: so appends
/// need not be checked one by one.
final class ColumnBuilder {
    let field: Field
    private(set) var count = 0
    private(set) var firstError: ArrowError?
    private let type: DataType
    private var nulls = 0
    private var validity = GrowableBuffer(capacity: 128)
    private var offsets = GrowableBuffer()
    private var values = GrowableBuffer()
    private var children: [ColumnBuilder]
    /// Dictionary columns: where each distinct value is.
    private var positions: [String: Int32] = [:]

    /// - Throws: ``ArrowError/Code/unsupported`` for types that cannot be built.
    init(_ field: Field) throws(ArrowError) {
        self.field = field
        type = field.type
        switch field.type {
        case .dictionary(.int32, let value) where value == .utf8:
            children = [try ColumnBuilder(Field(field.name, value))]
        case .list(let element):
            children = [try ColumnBuilder(element)]
        case .structure(let fields):
            var builders: [ColumnBuilder] = []
            for child in fields { builders.append(try ColumnBuilder(child)) }
            children = builders
        case .null, .bool, .int8, .int16, .int32, .int64, .uint8, .uint16, .uint32, .uint64, .float32, .float64,
            .decimal128, .utf8, .largeUtf8, .binary, .largeBinary, .date32, .date64, .timestamp, .time32, .time64,
            .duration:
            children = []
        default:
            throw ArrowError(.unsupported, "columns of type \(field.type) cannot be built", location: field.name)
        }
        startOffsets()
    }

    private init(copying other: ColumnBuilder) {
        field = other.field
        type = other.type
        count = other.count
        firstError = other.firstError
        nulls = other.nulls
        validity = other.validity.copy()
        offsets = other.offsets.copy()
        values = other.values.copy()
        children = other.children.map { $0.copy() }
        positions = other.positions
    }

    func copy() -> ColumnBuilder { ColumnBuilder(copying: self) }

    // MARK: Appending

    func appendNull() {
        switch type {
        case .null: break
        case .bool: values.appendBit(false, at: count)
        case .utf8, .binary: offsets.append(Int32(truncatingIfNeeded: values.count))
        case .largeUtf8, .largeBinary: offsets.append(Int64(values.count))
        case .list: offsets.append(Int32(truncatingIfNeeded: children[0].count))
        case .structure: for child in children { child.appendNull() }
        default: values.appendZeros(width)
        }
        validity.appendBit(false, at: count)
        nulls += 1
        count += 1
    }

    @inline(__always)
    private func appended() {
        validity.appendBit(true, at: count)
        count += 1
    }

    func append(_ value: String) {
        switch type {
        case .utf8, .largeUtf8:
            var value = value
            value.withUTF8 { appendBytes(UnsafeRawBufferPointer($0)) }
        case .dictionary:
            let position = positions[value] ?? addDistinct(value)
            values.append(position)
            appended()
        case .binary, .largeBinary:
            var value = value
            value.withUTF8 { appendBytes(UnsafeRawBufferPointer($0)) }
        case .decimal128:
            guard let decimal = Decimal128(value) else { return refuse("text that is no decimal") }
            append(decimal)
        default: refuse("text")
        }
    }

    func appendBytes(_ bytes: UnsafeRawBufferPointer) {
        switch type {
        case .utf8, .binary:
            guard values.count + bytes.count <= Int(Int32.max) else { return refuse("more than 2 GiB in a batch") }
            values.append(bytes)
            offsets.append(Int32(truncatingIfNeeded: values.count))
            appended()
        case .largeUtf8, .largeBinary:
            values.append(bytes)
            offsets.append(Int64(values.count))
            appended()
        default: refuse("bytes")
        }
    }

    private func addDistinct(_ value: String) -> Int32 {
        let position = Int32(truncatingIfNeeded: children[0].count)
        children[0].append(value)
        positions[value] = position
        return position
    }

    func append(_ value: Int64) {
        switch type {
        case .int64, .duration, .time64: store(value)
        case .int32, .time32: narrow(value, to: Int32.self)
        case .int16: narrow(value, to: Int16.self)
        case .int8: narrow(value, to: Int8.self)
        case .uint64: narrow(value, to: UInt64.self)
        case .uint32: narrow(value, to: UInt32.self)
        case .uint16: narrow(value, to: UInt16.self)
        case .uint8: narrow(value, to: UInt8.self)
        case .float64: store(Double(value))
        case .float32: store(Float(value))
        case .decimal128: append(Decimal128(unscaled: Int128(value), scale: 0))
        case .timestamp, .date64: store(value)
        case .date32: narrow(value, to: Int32.self)
        case .bool where value == 0 || value == 1: append(value == 1)
        default: refuse("an integer")
        }
    }

    func append(_ value: Double) {
        switch type {
        case .float64: store(value)
        case .float32: store(Float(value))
        default: refuse("a floating-point number")
        }
    }

    func append(_ value: Bool) {
        guard type == .bool else { return refuse("a boolean") }
        values.appendBit(value, at: count)
        appended()
    }

    func append(_ value: Decimal128) {
        guard case .decimal128(let precision, let scale) = type else {
            if type == .float64 { return store(value.doubleValue) }
            return refuse("a decimal")
        }
        guard let rescaled = value.rescaled(to: scale), String(rescaled.unscaled.magnitude).utf8.count <= precision
        else { return refuse("a decimal that does not fit decimal(\(precision), \(scale))") }
        store(rescaled.unscaled)
    }

    func append(_ value: CalendarDate) {
        switch type {
        case .date32: narrow(Int64(value.daysSinceEpoch), to: Int32.self)
        case .date64: store(Int64(value.daysSinceEpoch) * 86_400_000)
        case .timestamp: append(Timestamp(seconds: Int64(value.daysSinceEpoch) * 86_400))
        default: refuse("a date")
        }
    }

    func append(_ value: Timestamp) {
        guard case .timestamp(let unit, _) = type else { return refuse("a timestamp") }
        guard let count = value.count(of: unit) else { return refuse("a timestamp outside the range of its unit") }
        store(count)
    }

    func append(_ elements: [String]) {
        guard case .list = type else { return refuse("a list") }
        for element in elements { children[0].append(element) }
        endList()
    }

    func append(_ value: Value) {
        switch value {
        case .null: appendNull()
        case .bool(let value): append(value)
        case .integer(let value): append(value)
        case .double(let value): append(value)
        case .decimal(let value): append(value)
        case .text(let value): append(value)
        case .bytes(let value): value.withUnsafeBytes { appendBytes($0) }
        case .date(let value): append(value)
        case .timestamp(let value): append(value)
        case .list(let elements):
            guard case .list = type else { return refuse("a list") }
            for element in elements { children[0].append(element) }
            endList()
        case .structure(let members):
            guard case .structure = type, members.count == children.count else { return refuse("a struct") }
            for (child, member) in zip(children, members) { child.append(member) }
            appended()
        }
    }

    private func endList() {
        guard children[0].count <= Int(Int32.max) else { return refuse("more than 2^31 list elements in a batch") }
        offsets.append(Int32(truncatingIfNeeded: children[0].count))
        appended()
    }

    @inline(__always)
    private func store<Stored: BitwiseCopyable>(_ value: Stored) {
        values.append(value)
        appended()
    }

    @inline(__always)
    private func narrow<Narrow: FixedWidthInteger & BitwiseCopyable>(_ value: Int64, to narrow: Narrow.Type) {
        guard let narrowed = Narrow(exactly: value) else { return refuse("an integer outside its range") }
        store(narrowed)
    }

    /// Records that a value does not fit, and appends a null in its place.
    private func refuse(_ what: String) {
        if firstError == nil {
            firstError = ArrowError(
                .invalidValue,
                "the column of type \(type) cannot take \(what)",
                location: "\(field.name):\(count)"
            )
        }
        appendNull()
    }

    // MARK: Finishing

    /// The parts of the finished array; the builder starts afresh.
    func take() -> ArrayParts {
        defer {
            count = 0
            nulls = 0
            firstError = nil
            startOffsets()
        }
        let bitmap = validity.take()
        let present = nulls == 0 ? nil : UnsafeRawPointer(bitmap.bytes)
        switch type {
        case .null:
            return ArrayParts(length: count, nullCount: count, buffers: [], owner: bitmap)
        case .utf8, .largeUtf8, .binary, .largeBinary:
            let ends = offsets.take()
            let bytes = values.take()
            return parts(
                [present, UnsafeRawPointer(ends.bytes), UnsafeRawPointer(bytes.bytes)],
                [bitmap, ends, bytes]
            )
        case .list:
            let ends = offsets.take()
            var parts = parts([present, UnsafeRawPointer(ends.bytes)], [bitmap, ends])
            parts.children = [children[0].take()]
            return parts
        case .structure:
            var parts = parts([present], [bitmap])
            parts.children = children.map { $0.take() }
            return parts
        case .dictionary:
            let bytes = values.take()
            var parts = parts([present, UnsafeRawPointer(bytes.bytes)], [bitmap, bytes])
            parts.dictionary = [children[0].take()]
            positions.removeAll(keepingCapacity: true)
            return parts
        default:
            let bytes = values.take()
            return parts([present, UnsafeRawPointer(bytes.bytes)], [bitmap, bytes])
        }
    }

    /// The first error of this column or of a column inside it.
    var error: ArrowError? { firstError ?? children.lazy.compactMap(\.error).first }

    private func parts(_ buffers: [UnsafeRawPointer?], _ owners: [OwnedBytes]) -> ArrayParts {
        ArrayParts(length: count, nullCount: nulls, buffers: buffers, owner: BufferOwner(owners))
    }

    private func startOffsets() {
        switch type {
        case .utf8, .binary, .list: offsets.append(Int32(0))
        case .largeUtf8, .largeBinary: offsets.append(Int64(0))
        default: break
        }
    }

    private var width: Int {
        switch type {
        case .int8, .uint8: 1
        case .int16, .uint16: 2
        case .int32, .uint32, .float32, .date32, .time32, .dictionary: 4
        case .decimal128: 16
        default: 8
        }
    }
}

/// Keeps the buffers of one array alive.
private final class BufferOwner {
    private let buffers: [OwnedBytes]

    init(_ buffers: [OwnedBytes]) { self.buffers = buffers }
}
