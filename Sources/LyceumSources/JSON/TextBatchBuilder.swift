// Collects rows of text into record batches.

import Arrow

/// Builds batches whose columns are all text, `rowsPerBatch` rows each.
struct TextBatchBuilder {
    private var builder: RecordBatchBuilder
    private let rowsPerBatch: Int
    private(set) var count = 0

    init(columns: [String], rowsPerBatch: Int = 8_192) throws {
        builder = try RecordBatchBuilder(schema: Schema(columns.map { Field($0, .utf8) }))
        self.rowsPerBatch = rowsPerBatch
    }

    /// Appends a row; the missing columns at its end are null.
    ///
    /// - Returns: a batch when one is full.
    mutating func append(_ values: [String?]) throws -> RecordBatch? {
        for index in builder.schema.fields.indices {
            builder.append(index < values.count ? values[index] : nil, to: index)
        }
        count += 1
        return count >= rowsPerBatch ? try finish() : nil
    }

    /// The rows that are left, or nil if there are none.
    mutating func finish() throws -> RecordBatch? {
        guard count > 0 else { return nil }
        count = 0
        return try builder.finish()
    }
}
