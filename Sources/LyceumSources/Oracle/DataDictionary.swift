// Reads a database's dictionary.

import ADBC

/// Asks a database what tables it has and how their columns are declared.
enum DataDictionary {
    /// The tables of a place, with their columns in order.
    static func tables(
        _ place: SQLDialect.Place,
        _ dialect: SQLDialect,
        on connection: Connection
    ) async throws -> [DiscoveredTable] {
        var tables: [DiscoveredTable] = []
        for batch in try await connection.query(dialect.columnsQuery(place)).collect() {
            let cells = batch.columns
            func text(_ column: Int, _ row: Int) -> String? {
                column < cells.count ? cells[column].text(at: row) : nil
            }
            for row in 0..<batch.count {
                guard let name = text(1, row), let column = text(4, row) else { continue }
                let schema = text(0, row)
                if tables.last?.name != name || tables.last?.schema != schema {
                    tables.append(
                        DiscoveredTable(
                            schema: schema,
                            name: name,
                            kind: text(2, row) ?? "table",
                            estimatedRows: text(3, row).flatMap { Int64($0) },
                            columns: []
                        )
                    )
                }
                tables[tables.count - 1].columns.append(
                    DeclaredColumn(
                        name: column,
                        type: text(5, row) ?? "",
                        isNullable: text(6, row) != "N",
                        keyPosition: text(7, row).flatMap { Int($0) }.flatMap { $0 > 0 ? $0 : nil }
                    )
                )
            }
        }
        return tables
    }
}
