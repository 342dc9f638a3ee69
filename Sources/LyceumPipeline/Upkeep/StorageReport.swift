// What the lake costs on disk, against what the sources' own formats would.

import Foundation
import LyceumCore
import LyceumLake

/// Bytes by table and zone, and how much smaller they are than the same rows as text.
///
/// The measure is computed by the engine from the current rows, without the pipeline's own columns: as JSON lines with
/// members that have no value left out (what the sources' interfaces deliver), and as CSV with one header a table and a
/// comma for each empty value, without quotes (the shortest CSV there is).
public struct StorageReport: Sendable, Codable {
    /// One table.
    public struct Table: Sendable, Codable {
        /// The table's full name.
        public var table: String
        /// Its zone.
        public var zone: String
        /// Current rows.
        public var rows: Int64
        /// Current files.
        public var files: Int
        /// Bytes of the current files.
        public var bytes: Int64
        /// Bytes of the rows as JSON lines.
        public var jsonBytes: Int64
        /// Bytes of the rows as CSV.
        public var csvBytes: Int64
        /// Bytes of superseded files.
        public var historyBytes: Int64
        /// Superseded files.
        public var historyFiles: Int

        /// The share of the JSON lines' bytes that the lake saves, between 0 and 1; nil without rows.
        public var savedOfJSON: Double? { StorageReport.saved(bytes, of: jsonBytes) }
        /// The share of the CSV's bytes that the lake saves.
        public var savedOfCSV: Double? { StorageReport.saved(bytes, of: csvBytes) }

        enum CodingKeys: String, CodingKey {
            case table, zone, rows, files, bytes
            case jsonBytes = "json_bytes"
            case csvBytes = "csv_bytes"
            case historyBytes = "history_bytes"
            case historyFiles = "history_files"
        }
    }

    /// The tables, in the direction of flow.
    public var tables: [Table]

    /// Sums over the tables of a zone, or over all of them.
    public func total(_ zone: Zone? = nil) -> Table {
        let chosen = tables.filter { zone == nil || $0.zone == zone?.rawValue }
        func sum<Number: AdditiveArithmetic>(_ value: (Table) -> Number) -> Number {
            chosen.reduce(.zero) { $0 + value($1) }
        }
        return Table(
            table: zone?.rawValue ?? "all",
            zone: zone?.rawValue ?? "",
            rows: sum(\.rows),
            files: sum(\.files),
            bytes: sum(\.bytes),
            jsonBytes: sum(\.jsonBytes),
            csvBytes: sum(\.csvBytes),
            historyBytes: sum(\.historyBytes),
            historyFiles: sum(\.historyFiles)
        )
    }

    static func saved(_ bytes: Int64, of text: Int64) -> Double? {
        text > 0 ? 1 - Double(bytes) / Double(text) : nil
    }
}

extension Pipeline {
    /// Measures every table's current rows and files, and its history.
    ///
    /// Reads every row once; no file moves meanwhile.
    public func storageReport() async throws -> StorageReport {
        let lake = try await openLake()
        let history = try await lake.ledger.supersededBytes()
        let engine = try await startEngine(for: lake)
        let own = Set(SourceTable.metadata.map(\.name))
        return try await lake.read { catalog in
            var tables: [StorageReport.Table] = []
            for table in catalog.tables.keys.sorted() {
                let files = try catalog.files(of: table)
                let old = history[table] ?? (0, 0)
                var entry = StorageReport.Table(
                    table: "\(table)",
                    zone: table.zone.rawValue,
                    rows: files.reduce(0) { $0 + $1.rows },
                    files: files.count,
                    bytes: files.reduce(0) { $0 + $1.bytes },
                    jsonBytes: 0,
                    csvBytes: 0,
                    historyBytes: old.bytes,
                    historyFiles: old.files
                )
                if entry.rows > 0 {
                    let formerly = project.formerNames(of: table, configuration)
                    let scan = try await engine.tableScan(files.map(\.data), formerly: formerly)
                    let columns = try await engine.columns(of: "SELECT * FROM \(scan)").map(\.name)
                        .filter { !own.contains($0) }
                    let sizes = try await engine.integers(Self.textSizes(of: columns, in: scan))
                    if sizes.count == 2 { (entry.jsonBytes, entry.csvBytes) = (sizes[0], sizes[1]) }
                }
                tables.append(entry)
            }
            return StorageReport(tables: tables)
        }
    }

    /// Two sums: the bytes of the rows as JSON lines and as CSV.
    private static func textSizes(of columns: [String], in scan: String) -> String {
        // A member is its name in quotes, a colon, its value and a comma, of which the last is the line's end; braces.
        let members = columns.map { name -> String in
            let column = "t.\(SQLText.identifier(name))"
            return
                "CASE WHEN \(column) IS NULL THEN 0 ELSE strlen(CAST(to_json(\(column)) AS VARCHAR)) + \(name.utf8.count + 4) END"
        }
        let values = columns.map { "coalesce(strlen(CAST(t.\(SQLText.identifier($0)) AS VARCHAR)), 0) + 1" }
        let header = columns.reduce(0) { $0 + $1.utf8.count + 1 }
        return """
            SELECT CAST(sum(2 + \(members.joined(separator: " + "))) AS BIGINT),
                CAST(sum(\(values.joined(separator: " + "))) + \(header) AS BIGINT) FROM \(scan) t
            """
    }
}
