// Builds record batches from Swift values, column by column.

import CArrow

/// Builds record batches.
///
/// Append one value to every column for each row, in any order of columns, then ``finish()``; the builder is then empty
/// and ready for the next batch. A value that does not fit its column (text into a number, an integer out of range)
/// does not fail at once: ``finish()`` throws for the first such value.
///
/// A builder is a value: copies are independent.
public struct RecordBatchBuilder: Sendable {
    /// The columns being built.
    public let schema: Schema
    private var storage: Storage

    /// The column builders, shared between copies until one of them changes.
    ///
    /// `@unchecked Sendable`: changed only while one builder alone refers to it.
    private final class Storage: @unchecked Sendable {
        let columns: [ColumnBuilder]

        init(_ columns: [ColumnBuilder]) { self.columns = columns }

        func copy() -> Storage { Storage(columns.map { $0.copy() }) }
    }

    /// Creates a builder.
    ///
    /// - Throws: ``ArrowError/Code/unsupported`` for types that cannot be built: views, large and fixed-size lists,
    ///   maps, unions, intervals, dictionaries of anything but `int32` to `utf8`.
    public init(schema: Schema) throws(ArrowError) {
        self.schema = schema
        var columns: [ColumnBuilder] = []
        for field in schema.fields { columns.append(try ColumnBuilder(field)) }
        storage = Storage(columns)
    }

    /// The number of rows so far: of the shortest column.
    public var count: Int { storage.columns.map(\.count).min() ?? 0 }

    @inline(__always)
    private mutating func column(_ index: Int) -> ColumnBuilder {
        if !isKnownUniquelyReferenced(&storage) { storage = storage.copy() }
        return storage.columns[index]
    }

    /// Appends a null.
    public mutating func appendNull(to index: Int) { column(index).appendNull() }

    /// Appends a text, to columns of text, dictionaries of text, binary or (in plain notation) decimals.
    public mutating func append(_ value: String?, to index: Int) {
        if let value { column(index).append(value) } else { column(index).appendNull() }
    }

    /// Appends an integer, to columns of numbers; to dates, times and timestamps as the count of their unit.
    public mutating func append(_ value: Int64?, to index: Int) {
        if let value { column(index).append(value) } else { column(index).appendNull() }
    }

    /// Appends an integer, to columns of numbers; to dates, times and timestamps as the count of their unit.
    public mutating func append(_ value: Int?, to index: Int) {
        if let value { column(index).append(Int64(value)) } else { column(index).appendNull() }
    }

    /// Appends a floating-point number, to columns of floating-point numbers.
    public mutating func append(_ value: Double?, to index: Int) {
        if let value { column(index).append(value) } else { column(index).appendNull() }
    }

    /// Appends a boolean.
    public mutating func append(_ value: Bool?, to index: Int) {
        if let value { column(index).append(value) } else { column(index).appendNull() }
    }

    /// Appends an exact decimal, to columns of `decimal128` (if no digit is lost) or `float64`.
    public mutating func append(_ value: Decimal128?, to index: Int) {
        if let value { column(index).append(value) } else { column(index).appendNull() }
    }

    /// Appends a list of texts.
    public mutating func append(_ value: [String]?, to index: Int) {
        if let value { column(index).append(value) } else { column(index).appendNull() }
    }

    /// Appends a day, to columns of dates or timestamps.
    public mutating func append(_ value: CalendarDate?, to index: Int) {
        if let value { column(index).append(value) } else { column(index).appendNull() }
    }

    /// Appends a point in time, rounded down to the column's unit.
    public mutating func append(_ value: Timestamp?, to index: Int) {
        if let value { column(index).append(value) } else { column(index).appendNull() }
    }

    /// Appends bytes, to columns of binary or text (which must then be UTF-8).
    public mutating func append(_ value: [UInt8]?, to index: Int) {
        guard let value else { return column(index).appendNull() }
        let builder = column(index)
        value.withUnsafeBytes { builder.appendBytes($0) }
    }

    /// Appends bytes without copying them to an array first, to columns of binary or text (which must then be UTF-8).
    public mutating func append(bytes: UnsafeRawBufferPointer, to index: Int) {
        column(index).appendBytes(bytes)
    }

    /// Appends a value whose type is known only at run time; lists and structs may nest.
    public mutating func append(_ value: Value, to index: Int) { column(index).append(value) }

    /// Turns what was appended into a batch and empties the builder, also when it throws.
    ///
    /// - Throws: ``ArrowError/Code/invalidValue`` for the first value that did not fit its column,
    ///   ``ArrowError/Code/lengthMismatch`` if the columns are not equally long.
    public mutating func finish() throws(ArrowError) -> RecordBatch {
        if !isKnownUniquelyReferenced(&storage) { storage = storage.copy() }
        let columns = storage.columns
        let count = columns.first?.count ?? 0
        let error = columns.lazy.compactMap(\.error).first
        let uneven = columns.first { $0.count != count }
        let unevenCount = uneven?.count ?? count
        let children = columns.map { $0.take() }
        if let error { throw error }
        if let uneven {
            throw ArrowError(
                .lengthMismatch,
                "the column has \(unevenCount) rows, the first column \(count)",
                location: uneven.field.name
            )
        }
        let parts = ArrayParts(length: count, nullCount: 0, buffers: [nil], children: children, owner: storage)
        var array = ArrowArray()
        parts.export(to: &array)
        return try RecordBatch(importing: &array, schema: schema)
    }
}
