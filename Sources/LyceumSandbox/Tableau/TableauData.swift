// The rows behind the Tableau-compatible interface, in an embedded database so that filters and queries are real.

import ADBC
import Foundation
import LyceumCore
import NIOCore
import Synchronization

/// Views' CSV as it was written, and their rows in tables: `view` with everything as text, `view_typed` with types.
final class TableauData: Sendable {
    private let records: URL
    private let catalog: TableauCatalog
    private let written: [String: ByteBuffer]
    private let opening = Mutex<Task<ConnectionPool, any Error>?>(nil)

    /// Reads the views' data; the database is made when it is first needed.
    init(records: URL, catalog: TableauCatalog) throws(SandboxError) {
        var written: [String: ByteBuffer] = [:]
        for view in catalog.views {
            let file = records.appending(path: view.file)
            do {
                written[view.id] = ByteBuffer(bytes: try Data(contentsOf: file))
            } catch {
                throw SandboxError(
                    .files,
                    "cannot read a view's data; make the campus again",
                    cause: error,
                    location: file.path
                )
            }
        }
        self.records = records
        self.catalog = catalog
        self.written = written
    }

    /// A view's data as Tableau sends it.
    func csv(_ view: TableauView, _ filters: [TableauViewFilter]) async throws -> ByteBuffer {
        guard !filters.isEmpty else { return written[view.id] ?? ByteBuffer() }
        let conditions = filters.map { filter in
            "\(SQLText.identifier(filter.field)) IN (\(filter.values.map(SQLText.literal).joined(separator: ", ")))"
        }
        let sql = "SELECT * FROM \(Self.table(view)) WHERE \(conditions.joined(separator: " AND "))"
        var text = ByteBuffer(bytes: [0xEF, 0xBB, 0xBF])
        text.writeString(view.fields.map(\.caption).joined(separator: ",") + "\r\n")
        try await pool().withConnection { connection in
            for batch in try await connection.query(sql).collect() {
                let columns = batch.columns
                for row in 0..<batch.count {
                    text.writeString(
                        columns.map { Self.quoted($0.text(at: row) ?? "") }.joined(separator: ",") + "\r\n"
                    )
                }
            }
        }
        return text
    }

    /// A query's rows, each a JSON object.
    func rows(_ sql: String) async throws -> [String] {
        try await pool().withConnection { connection in
            try await connection.query(sql).collect().flatMap { batch in
                (0..<batch.count).map { batch.column(0).text(at: $0) ?? "null" }
            }
        }
    }

    /// The packaged extract of a data source, if one lies beside the records.
    func extract(_ datasource: TableauDatasource) -> ByteBuffer? {
        (try? Data(contentsOf: records.appending(path: datasource.name + ".tdsx"))).map { ByteBuffer(bytes: $0) }
    }

    static func table(_ view: TableauView) -> String { SQLText.identifier(view.id) }
    static func typedTable(_ view: TableauView) -> String { SQLText.identifier(view.id + "_typed") }

    private static func quoted(_ text: String) -> String {
        text.contains { ",\"\r\n".contains($0) } ? "\"" + text.replacing("\"", with: "\"\"") + "\"" : text
    }

    private func pool() async throws -> ConnectionPool {
        let task = opening.withLock { opening in
            if let opening { return opening }
            let task = Task { try await self.open() }
            opening = task
            return task
        }
        return try await task.value
    }

    private func open() async throws -> ConnectionPool {
        let database = try await Database.open(driver: try Driver.load("duckdb"), options: ["path": ":memory:"])
        let pool = ConnectionPool(database: database, maximum: 4)
        try await pool.withConnection { connection in
            for view in self.catalog.views {
                let file = SQLText.literal(self.records.appending(path: view.file).path)
                try await connection.execute(
                    "CREATE TABLE \(Self.table(view)) AS FROM read_csv(\(file), all_varchar = true, header = true, "
                        + "delim = ',', quote = '\"', escape = '\"')"
                )
                let columns = view.fields.map { field in
                    let name = SQLText.identifier(field.caption)
                    // Counts carry a comma for thousands, scores at times a decimal comma, shares a per cent sign.
                    let number =
                        "CASE WHEN regexp_full_match(\(name), '-?\\d+,\\d{1,2}') THEN replace(\(name), ',', '.') "
                        + "ELSE rtrim(replace(\(name), ',', ''), '%') END"
                    switch field.type {
                    case "INTEGER": return "TRY_CAST(\(number) AS BIGINT) AS \(name)"
                    case "REAL": return "TRY_CAST(\(number) AS DOUBLE) AS \(name)"
                    default: return name
                    }
                }
                try await connection.execute(
                    "CREATE TABLE \(Self.typedTable(view)) AS SELECT \(columns.joined(separator: ", ")) "
                        + "FROM \(Self.table(view))"
                )
            }
        }
        return pool
    }
}
