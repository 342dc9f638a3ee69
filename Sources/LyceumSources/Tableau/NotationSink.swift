// Puts plain numbers and dates in the place of localised ones, on the way to the sink.

import ADBC
import Arrow

/// Rewrites the columns that are written in a locale, and hands the rest on as it is.
struct NotationSink: ExtractSink {
    let sink: any ExtractSink
    let notation: LocaleNotation
    let columns: [String: TableauConfiguration.Notation]

    func write(_ stream: RecordBatchStream) async throws -> Int64 {
        var rows: Int64 = 0
        for try await batch in stream {
            try await write(batch)
            rows += Int64(batch.count)
        }
        return rows
    }

    func write(_ batch: RecordBatch) async throws {
        let fields = batch.schema.fields
        guard fields.contains(where: { columns[$0.name] != nil }) else { return try await sink.write(batch) }
        // Of what is text, which is all of a view's CSV.
        var builder = try RecordBatchBuilder(schema: Schema(fields.map { Field($0.name, .utf8) }))
        for (index, field) in fields.enumerated() {
            let column = batch.column(index)
            let notation = columns[field.name]
            for row in 0..<batch.count {
                guard let text = column.text(at: row) else {
                    builder.append(nil as String?, to: index)
                    continue
                }
                switch notation {
                case .number: builder.append(self.notation.number(text) ?? text, to: index)
                case .date: builder.append(self.notation.date(text) ?? text, to: index)
                case nil: builder.append(text, to: index)
                }
            }
        }
        try await sink.write(try builder.finish())
    }

    func reject(_ row: RejectedRow) async throws {
        try await sink.reject(row)
    }
}
