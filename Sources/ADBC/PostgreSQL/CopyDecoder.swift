// PostgreSQL's binary COPY format: bytes in, batches out, no I/O.

import Arrow
import CArrow

/// Decodes the rows of one COPY, a message of the server at a time: PostgreSQL sends one for each row.
///
/// The format is that of PostgreSQL's manual, "COPY", "Binary Format": a signature, flags and an extension; then rows, each
/// a count of fields and the fields, each a length (-1 is NULL) and that many bytes; then a count of -1. All numbers are
/// big-endian. Costs O(bytes), and no allocation for a row.
///
/// Used by one thread at a time.
public final class CopyDecoder {
    /// The columns.
    public let schema: Schema
    /// How many rows the batch has so far.
    private(set) var rows = 0

    private let columns: UnsafeMutableBufferPointer<CopyColumn>
    private let capacity: Int
    private let watch: (value: GreatestValue, column: Int)?
    private var textBytes = 0
    private var hasBegun = false

    private static let signature: [UInt8] = Array("PGCOPY\n".utf8) + [0xFF, 0x0D, 0x0A, 0x00]
    /// Batches are small enough to stay in the processor's cache until they are read, and for many streams at once.
    private static let mostRows = 16_384
    private static let leastRows = 1_024
    private static let batchBytes = 4 << 20

    /// Whether a field's values can be decoded, given that its type is the one that ADBC's driver has for the column.
    public static func canDecode(_ field: Field) -> Bool { CopyColumn.Form(field) != nil }

    /// - Parameters:
    ///   - schema: the columns in the order of the query, each of a type that ``canDecode(_:)`` accepts.
    ///   - watch: is told the greatest value of its column after each batch.
    /// - Throws: ``ADBCError`` with code `notImplemented` for another type.
    init(_ schema: Schema, watch: GreatestValue? = nil) throws(ADBCError) {
        var forms: [CopyColumn.Form] = []
        for field in schema.fields {
            guard let form = CopyColumn.Form(field) else {
                throw ADBCError(.notImplemented, "values of \(field.type) are not decoded", location: field.name)
            }
            forms.append(form)
        }
        self.schema = schema
        let width = max(1, forms.reduce(0) { $0 + max($1.width, 16) })
        let capacity = min(Self.mostRows, max(Self.leastRows, Self.batchBytes / width / 64 * 64))
        self.capacity = capacity
        columns = .allocate(capacity: forms.count)
        _ = columns.initialize(from: forms.map { CopyColumn($0, capacity: capacity) })
        self.watch = watch.flatMap { value in schema.index(of: value.column).map { (value, $0) } }
    }

    deinit {
        for column in columns { column.deallocate() }
        columns.deallocate()
    }

    /// Whether the batch should be taken before more rows are appended.
    var isFull: Bool { rows == capacity || textBytes >= Self.batchBytes }

    /// Appends what one message of the server holds: a row, the beginning with one, or the end.
    ///
    /// - Throws: ``ADBCError`` with code `invalidData` and the location `copy.<column>` for a value that does not fit its
    ///   column, with the SQLSTATE that the server would give: 22003 for decimals, 22008 for times, 22P03 for a wrong
    ///   length. The decoder is of no more use then.
    func append(_ message: UnsafeRawBufferPointer) throws(ADBCError) {
        guard let start = message.baseAddress else { return }
        let end = start + message.count
        // Copies of what does not change while a row is read: each look at a property of this object costs a check.
        let columns = self.columns
        let rows = self.rows
        var next = start
        if !hasBegun { next += try begin(message) }
        guard next < end else { return }
        guard end - next >= 2 else { throw Self.broken }
        let count = Int16(bitPattern: next.loadUnaligned(as: UInt16.self).byteSwapped)
        next += 2
        if count == -1 { return }
        guard Int(count) == columns.count, rows < capacity else { throw Self.broken }
        for index in 0..<columns.count {
            guard end - next >= 4 else { throw Self.broken }
            let length = Int(Int32(bitPattern: next.loadUnaligned(as: UInt32.self).byteSwapped))
            next += 4
            if length < 0 {
                columns[index].appendNull(at: rows)
                continue
            }
            guard end - next >= length else { throw Self.broken }
            if let fault = columns[index].append(next, length, at: rows) { throw error(fault, in: index) }
            next += length
        }
        guard next == end else { throw Self.broken }
        textBytes = textBytes &+ message.count
        self.rows = rows &+ 1
    }

    /// The bytes before the first row.
    private func begin(_ message: UnsafeRawBufferPointer) throws(ADBCError) -> Int {
        let size = Self.signature.count + 8
        guard message.count >= size, message.starts(with: Self.signature) else { throw Self.broken }
        // No extension is in use; one that is not known is passed over, as the format asks.
        let more = Int(message.loadUnaligned(fromByteOffset: size - 4, as: UInt32.self).byteSwapped)
        guard message.count >= size + more else { throw Self.broken }
        hasBegun = true
        return size + more
    }

    /// Hands over the batch and starts the next.
    func take(into out: UnsafeMutablePointer<ArrowArray>) {
        if let watch, let value = columns[watch.column].greatest(of: rows, upTo: watch.value.limit) {
            watch.value.note(value)
        }
        out.initialize(
            to: ArrowArray(batchOf: columns.count, rows: rows) { columns[$0].take(rows, into: $1) }
        )
        rows = 0
        textBytes = 0
    }

    private static var broken: ADBCError {
        ADBCError(
            .internal,
            "the server's rows are not in the binary format of COPY",
            location: CopyConnection.location
        )
    }

    /// What is wrong, without the value, which may be personal.
    private func error(_ fault: CopyFault, in index: Int) -> ADBCError {
        let field = schema.fields[index]
        let text =
            switch fault {
            case .length: "a value has not the form of \(field.type)"
            case .range: "a value is outside the range of \(field.type)"
            case .memory: "there is no memory for a value"
            case .notANumber: "a value is NaN or infinite, which \(field.type) cannot say"
            }
        if fault == .memory { return ADBCError(.internal, text, location: "copy.\(field.name)") }
        let state = fault == .length ? "22P03" : columns[index].isDecimal ? "22003" : "22008"
        return ADBCError(.invalidData, text, sqlState: state, location: "copy.\(field.name)")
    }
}
