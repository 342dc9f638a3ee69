// One column of a COPY while it is being decoded: PostgreSQL's binary values in, an Arrow array out.

import Arrow
import CArrow

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// A column's memory, of one batch at a time.
///
/// Plain pointers, so that a row costs no allocation and no reference count. Whoever holds it frees what was not taken.
struct CopyColumn {
    /// How a value is written by PostgreSQL and kept by Arrow; the formats are those of its types' `send` functions.
    enum Form: Equatable {
        case bool
        /// Integers and floating point, turned into this machine's order of bytes.
        case two, four, eight
        /// Bytes as they are.
        case sixteen
        /// Text or bytes.
        case variable
        /// Text after one byte that tells its version, which is 1.
        case versioned
        /// Days since 2000.
        case date
        /// Microseconds since 2000.
        case timestamp
        /// A decimal with this many digits after the point, in 4 or 8 bytes.
        case decimal(scale: Int, width: Int)

        /// How many bytes a value takes, 0 for those of any length. A `bool` is packed when the batch is done.
        var width: Int {
            switch self {
            case .bool: 1
            case .two: 2
            case .four, .date: 4
            case .eight, .timestamp: 8
            case .sixteen: 16
            case .decimal(_, let width): width
            case .variable, .versioned: 0
            }
        }

        /// The form of a field; nil if it has none here.
        init?(_ field: Field) {
            switch field.type {
            case .bool: self = .bool
            case .int16: self = .two
            case .int32, .float32: self = .four
            case .int64, .float64, .time64(.microsecond): self = .eight
            case .date32: self = .date
            case .timestamp(.microsecond, _): self = .timestamp
            case .utf8: self = field.metadata["POSTGRESQL:type"] == "jsonb" ? .versioned : .variable
            case .binary: self = .variable
            case .fixedSizeBinary(16): self = .sixteen
            case .decimal32(let precision, let scale) where 1...9 ~= precision && 0...precision ~= scale:
                self = .decimal(scale: scale, width: 4)
            case .decimal64(let precision, let scale) where 1...18 ~= precision && 0...precision ~= scale:
                self = .decimal(scale: scale, width: 8)
            default: return nil
            }
        }
    }

    let form: Form
    private let capacity: Int
    private var values: UnsafeMutableRawPointer
    private var room: Int
    /// Bytes of text so far.
    private(set) var used = 0
    private var ends: UnsafeMutablePointer<Int32>?
    private var validity: UnsafeMutablePointer<UInt8>?
    private var nulls = 0

    /// - Parameter capacity: how many rows a batch has at most; a multiple of 64.
    init(_ form: Form, capacity: Int) {
        self.form = form
        self.capacity = capacity
        room = (form.width > 0 ? form.width : 16) * capacity
        (values, ends) = Self.memory(form, room, capacity)
    }

    private static func memory(
        _ form: Form,
        _ room: Int,
        _ capacity: Int
    ) -> (UnsafeMutableRawPointer, UnsafeMutablePointer<Int32>?) {
        guard form.width == 0 else { return (allocate(room), nil) }
        let ends = allocate((capacity + 1) * 4).assumingMemoryBound(to: Int32.self)
        ends[0] = 0
        return (allocate(room), ends)
    }

    /// Memory of a size that is bounded by this program; without it there is no way to go on, as for Swift's own objects.
    private static func allocate(_ bytes: Int) -> UnsafeMutableRawPointer {
        guard let memory = malloc(max(64, bytes)) else { fatalError("out of memory for \(bytes) bytes") }
        return memory
    }

    func deallocate() {
        free(values)
        free(ends)
        free(validity)
    }

    var isDecimal: Bool {
        if case .decimal = form { true } else { false }
    }

    // MARK: Appending

    /// Appends NULL as the value of a row.
    @inline(__always)
    mutating func appendNull(at row: Int) {
        if validity == nil { startValidity() }
        validity.unsafelyUnwrapped[row >> 3] &= ~(1 << UInt8(truncatingIfNeeded: row & 7))
        nulls += 1
        if let ends {
            ends[row + 1] = Int32(truncatingIfNeeded: used)
        } else {
            memset(values + row * form.width, 0, form.width)
        }
    }

    private mutating func startValidity() {
        let bytes = capacity / 8
        let bitmap = Self.allocate(bytes).assumingMemoryBound(to: UInt8.self)
        memset(bitmap, 0xFF, bytes)
        validity = bitmap
    }

    /// Appends the value of a row.
    ///
    /// - Returns: what is wrong with it, nil if it was appended.
    @inline(__always)
    mutating func append(_ bytes: UnsafeRawPointer, _ count: Int, at row: Int) -> CopyFault? {
        switch form {
        case .eight:
            guard count == 8 else { return .length }
            store(bytes.loadUnaligned(as: UInt64.self).byteSwapped, row)
        case .four:
            guard count == 4 else { return .length }
            store(bytes.loadUnaligned(as: UInt32.self).byteSwapped, row)
        case .variable:
            return appendText(bytes, count, row)
        case .versioned:
            guard count > 0, bytes.load(as: UInt8.self) == 1 else { return .length }
            return appendText(bytes + 1, count - 1, row)
        case .timestamp:
            guard count == 8 else { return .length }
            let value = Int64(bitPattern: bytes.loadUnaligned(as: UInt64.self).byteSwapped)
            let (sum, isOver) = value.addingReportingOverflow(Self.microsecondsTo2000)
            if isOver || value == .min { return appendInfinite(value, row) }
            store(sum, row)
        case .date:
            guard count == 4 else { return .length }
            let value = Int32(bitPattern: bytes.loadUnaligned(as: UInt32.self).byteSwapped)
            // DuckDB, and Parquet files that it writes, have infinite dates too: the greatest number and its negative.
            if value == .max || value == .min {
                store(value == .max ? Int32.max : -Int32.max, row)
            } else {
                let (sum, isOver) = value.addingReportingOverflow(Self.daysTo2000)
                if isOver { return .range }
                store(sum, row)
            }
        case .decimal(let scale, let width):
            switch NumericValue.unscaled(UnsafeRawBufferPointer(start: bytes, count: count), scale: scale) {
            case .success(let value):
                if width == 8 {
                    store(value, row)
                } else {
                    guard let value = Int32(exactly: value) else { return .range }
                    store(value, row)
                }
            case .failure(let fault): return fault
            }
        case .two:
            guard count == 2 else { return .length }
            store(bytes.loadUnaligned(as: UInt16.self).byteSwapped, row)
        case .bool:
            guard count == 1 else { return .length }
            store(bytes.load(as: UInt8.self) == 0 ? UInt8(0) : 1, row)
        case .sixteen:
            guard count == 16 else { return .length }
            memcpy(values + row * 16, bytes, 16)
        }
        return nil
    }

    private static let microsecondsTo2000: Int64 = 946_684_800_000_000
    private static let daysTo2000: Int32 = 10_957

    @inline(__always)
    private func store<Value: BitwiseCopyable>(_ value: Value, _ row: Int) {
        values.storeBytes(of: value, toByteOffset: row &* MemoryLayout<Value>.stride, as: Value.self)
    }

    /// Infinite timestamps as DuckDB has them; times after the year 294246, which Arrow cannot count, are out of range.
    private func appendInfinite(_ value: Int64, _ row: Int) -> CopyFault? {
        guard value == .max || value == .min else { return .range }
        store(value == .max ? Int64.max : -Int64.max, row)
        return nil
    }

    @inline(__always)
    private mutating func appendText(_ bytes: UnsafeRawPointer, _ count: Int, _ row: Int) -> CopyFault? {
        if used &+ count > room {
            // A value has at most 1 GiB, and a batch is taken after a row that fills it.
            guard used + count <= Int(Int32.max) else { return .length }
            guard grow(to: used + count) else { return .memory }
        }
        memcpy(values + used, bytes, count)
        used &+= count
        ends.unsafelyUnwrapped[row &+ 1] = Int32(truncatingIfNeeded: used)
        return nil
    }

    /// Makes room for a value of the server's choosing, which may be more than there is memory for.
    private mutating func grow(to wanted: Int) -> Bool {
        let wanted = max(wanted, room * 2)
        guard let larger = realloc(values, wanted) else { return false }
        (values, room) = (larger, wanted)
        return true
    }

    // MARK: Taking

    /// The greatest of the values that are not NULL, not infinite and at most `limit`; nil without any.
    func greatest(of rows: Int, upTo limit: Int64) -> Int64? {
        var greatest = -Int64.max
        for row in 0..<rows {
            if let validity, validity[row >> 3] & (1 << UInt8(truncatingIfNeeded: row & 7)) == 0 { continue }
            let value: Int64
            switch form {
            case .two: value = Int64(values.load(fromByteOffset: row * 2, as: Int16.self))
            case .four: value = Int64(values.load(fromByteOffset: row * 4, as: Int32.self))
            case .date:
                let days = values.load(fromByteOffset: row * 4, as: Int32.self)
                if days == .max || days == -Int32.max { continue }
                value = Int64(days)
            case .eight, .timestamp: value = values.load(fromByteOffset: row * 8, as: Int64.self)
            default: return nil
            }
            if value <= limit, value > greatest { greatest = value }
        }
        return greatest == -Int64.max ? nil : greatest
    }

    /// Hands the array over, and starts the next batch.
    mutating func take(_ rows: Int, into out: UnsafeMutablePointer<ArrowArray>) {
        if form == .bool { packBools(rows) }
        var buffers: [UnsafeMutableRawPointer?] = [nulls > 0 ? validity.map { UnsafeMutableRawPointer($0) } : nil]
        if let ends { buffers.append(ends) }
        buffers.append(values)
        out.initialize(to: ArrowArray(exporting: buffers, rows: rows, nulls: nulls))
        // The next batch will need about as much.
        if form.width == 0 { room = max(64, used + used / 8) }
        (values, ends) = Self.memory(form, room, capacity)
        (validity, nulls, used) = (nil, 0, 0)
    }

    /// Arrow's bits out of the bytes in which they were gathered, in place: a bit's byte is never before its own.
    private func packBools(_ rows: Int) {
        let bytes = values.assumingMemoryBound(to: UInt8.self)
        for start in stride(from: 0, to: rows, by: 8) {
            var packed: UInt8 = 0
            for bit in 0..<min(8, rows - start) { packed |= bytes[start + bit] << UInt8(bit) }
            bytes[start / 8] = packed
        }
    }
}

/// What can be wrong with a value.
enum CopyFault: Error {
    /// It has not as many bytes as its type wants.
    case length
    /// Its type cannot say it.
    case range
    /// It is no number: NaN or infinite, in a decimal.
    case notANumber
    /// There is no memory for it.
    case memory
}
