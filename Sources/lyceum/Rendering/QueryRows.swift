// The rows of a query, as a table or as JSON.

import ADBC
import Arrow

/// The first rows of a result.
struct QueryRows: Sendable {
    /// The columns' names, made unique, and types.
    let columns: [(name: String, type: DataType)]
    private let batches: [RecordBatch]
    /// Rows kept.
    let count: Int
    /// Whether there were more.
    let isTruncated: Bool

    /// Reads a stream up to a number of rows.
    static func read(from stream: RecordBatchStream, limit: Int?) async throws -> QueryRows {
        var batches: [RecordBatch] = []
        var count = 0
        var isTruncated = false
        for try await batch in stream {
            if let limit, count + batch.count > limit {
                batches.append(batch.slice(from: 0, count: limit - count))
                count = limit
                isTruncated = true
                break
            }
            batches.append(batch)
            count += batch.count
        }
        return QueryRows(schema: stream.schema, batches: batches, count: count, isTruncated: isTruncated)
    }

    /// Rows that are there already.
    init(schema: Schema, batches: [RecordBatch], count: Int, isTruncated: Bool) {
        var seen: [String: Int] = [:]
        columns = schema.fields.map { field in
            let times = (seen[field.name] ?? 0) + 1
            seen[field.name] = times
            return (times == 1 ? field.name : "\(field.name)_\(times)", field.type)
        }
        self.batches = batches
        self.count = count
        self.isTruncated = isTruncated
    }

    /// The values of the first of some columns that the result has, each once; none where it has none of them.
    func values(ofFirst names: [String]) -> [String] {
        let own = columns.map { $0.name.lowercased() }
        guard let column = names.lazy.compactMap(own.firstIndex(of:)).first else { return [] }
        var values: Set<String> = []
        for batch in batches {
            let cells = batch.columns[column]
            for row in 0..<batch.count { if let value = cells.text(at: row) { values.insert(value) } }
        }
        return values.sorted()
    }

    /// For people; null is an empty cell.
    var table: TextTable {
        var table = TextTable(columns: columns.map { $0.type.isNumeric ? .number($0.name) : .text($0.name) })
        for batch in batches {
            let cells = batch.columns
            for row in 0..<batch.count { table.rows.append(cells.map { $0.text(at: row) ?? "" }) }
        }
        return table
    }

    /// For scripts: `{"columns":[{"name","type"}],"rows":[{…}],"truncated":false}`, numbers exact, nested values nested.
    var json: String {
        let names = columns.map { JSONText.line($0.name) }
        var text = #"{"columns":["#
        text += zip(names, columns).map { #"{"name":\#($0),"type":\#(JSONText.line($1.type.description))}"# }
            .joined(separator: ",")
        text += #"],"rows":["#
        var isFirst = true
        for batch in batches {
            let cells = batch.columns
            for row in 0..<batch.count {
                if !isFirst { text += "," }
                isFirst = false
                text += "{"
                for (index, cell) in cells.enumerated() {
                    if index > 0 { text += "," }
                    text += names[index] + ":" + cell.json(at: row)
                }
                text += "}"
            }
        }
        return text + #"],"truncated":\#(isTruncated)}"#
    }
}
