// Collects rows of text into record batches.

import Arrow

/// Builds batches whose columns are all text, of at most `rowsPerBatch` rows and not much more than `bytesPerBatch`.
struct TextBatchBuilder {
    private var builder: RecordBatchBuilder
    private let rowsPerBatch: Int
    private let bytesPerBatch: Int
    private(set) var count = 0
    private var bytes = 0

    init(columns: [String], rowsPerBatch: Int = 8_192, bytesPerBatch: Int = 8 << 20) throws {
        self.bytesPerBatch = bytesPerBatch
        builder = try RecordBatchBuilder(schema: Schema(columns.map { Field($0, .utf8) }))
        self.rowsPerBatch = rowsPerBatch
    }

    /// Appends a row; the missing columns at its end are null.
    ///
    /// - Returns: a batch when one is full.
    mutating func append(_ values: [String?]) throws -> RecordBatch? {
        for index in builder.schema.fields.indices {
            let value = index < values.count ? values[index] : nil
            bytes += value?.utf8.count ?? 0
            builder.append(value, to: index)
        }
        count += 1
        return count >= rowsPerBatch || bytes >= bytesPerBatch ? try finish() : nil
    }

    /// The rows that are left, or nil if there are none.
    mutating func finish() throws -> RecordBatch? {
        guard count > 0 else { return nil }
        (count, bytes) = (0, 0)
        return try builder.finish()
    }
}
