// Read-only SQL over the published lake: `lyceum sql` and the quarantine's listing.

import ADBC
import Arrow
import Foundation
import LyceumCore
import LyceumLake

/// A query session over one consistent state of the lake.
///
/// Every published table is a view: `zone.table`, and plainly `table` where the name is unique. While the session is
/// open no file it may read is moved. Files, settings and extensions are out of a query's reach.
public final class LakeQuery: Sendable {
    /// One row of quarantine, as `lyceum quarantine show` prints it.
    public struct QuarantineRow: Sendable, Codable {
        /// The table whose build refused the row.
        public var table: String
        /// The configured source.
        public var source: String
        /// `error` (taken out) or `warn` (kept).
        public var severity: String
        /// The broken rules.
        public var rules: [String]
        /// What is wrong, rule by rule.
        public var reasons: [String]
        /// The business key, if the row has one.
        public var key: String?
        /// The row as JSON text.
        public var row: String?
        /// File and line, when the row could not be read.
        public var location: String?
        /// The run that refused it.
        public var run: String

        enum CodingKeys: String, CodingKey {
            case table, source, severity, rules, reasons, key, row, location
            case run = "run_id"
        }
    }

    /// How many rows a rule has set aside.
    public struct QuarantineCount: Sendable, Codable {
        /// The table.
        public var table: String
        /// The source.
        public var source: String
        /// `error` or `warn`.
        public var severity: String
        /// The rule.
        public var rule: String
        /// The reason shown to the source's owner.
        public var reason: String
        /// Rows.
        public var rows: Int64
    }

    private let engine: DuckDBEngine
    private let lease: ReadLease
    /// The tables whose rows are about people, in order.
    let personal: [TableID]

    /// Opens a session over the lake as it is, or as it was at a moment of its history.
    ///
    /// - Throws: `LakeError` with code `unknown_run`, `unknown_snapshot` or `expired_snapshot` for a moment that cannot be read.
    public init(_ pipeline: Pipeline, at moment: Moment = .now) async throws {
        let lake = try await pipeline.openLake()
        lease = try await lake.lease(at: moment)
        engine = try await DuckDBEngine(
            limits: pipeline.configuration.engine,
            spill: URL(filePath: NSTemporaryDirectory()).appending(
                path: "lyceum-query-\(ProcessInfo.processInfo.processIdentifier)"
            ),
            prelude: pipeline.project.prelude,
            store: lake.store,
            encryption: await lake.keys?.keys
        )
        let tables = lease.catalog.tables.keys.sorted { ($0.zone, $0.name) < ($1.zone, $1.name) }
        personal = tables.filter { [catalog = lease.catalog] table in
            catalog.tables[table].flatMap { SubjectTable($0.summary, in: pipeline.project) } != nil
        }
        for zone in Zone.allCases { try await engine.execute("CREATE SCHEMA IF NOT EXISTS \(zone.rawValue)") }
        for table in tables {
            let files = try lease.catalog.dataFiles(of: table)
            guard !files.isEmpty else { continue }
            let view = EngineTable(schema: table.zone.rawValue, name: table.name)
            let formerly = pipeline.project.formerNames(of: table, pipeline.configuration)
            let scan = try await engine.tableScan(files, formerly: formerly)
            try await engine.execute("CREATE VIEW \(view.sql) AS SELECT * FROM \(scan)")
            if tables.filter({ $0.name == table.name && $0.zone != .quarantine }).count == 1, table.zone != .quarantine
            {
                try await engine.execute("CREATE VIEW \(SQLText.identifier(table.name)) AS SELECT * FROM \(view.sql)")
            }
        }
        let folder = SQLText.literal(lake.store.location(of: "") + "/")
        try await engine.execute("SET allowed_directories = [\(folder)]")
        try await engine.execute("SET enable_external_access = false")
        try await engine.execute("SET lock_configuration = true")
    }

    /// Runs one SELECT.
    ///
    /// - Throws: ``PipelineError`` with code `badQuery` for anything else than one reading statement, or when the engine
    ///   refuses it.
    public func run(_ sql: String) async throws -> RecordBatchStream {
        let text = Self.trimmed(sql)
        let kinds = try await statementKinds(text)
        guard kinds == ["SELECT"] || kinds == ["EXPLAIN"] else {
            throw PipelineError(
                .badQuery,
                kinds.count > 1
                    ? "give one statement at a time"
                    : "only reading is allowed here, and this is a statement of type \(kinds.first ?? "none"); tables change by `lyceum run`"
            )
        }
        do {
            return try await engine.query(text, [])
        } catch {
            throw PipelineError(.badQuery, "the query failed: \(error)")
        }
    }

    /// Rows set aside, counted by table, source and rule.
    public func quarantineCounts() async throws -> [QuarantineCount] {
        guard let view = try await quarantineView(nil) else { return [] }
        var result: [QuarantineCount] = []
        let query = """
            SELECT table_name, source_name, severity, rule, reason, count(*) AS n FROM (
                SELECT table_name, source_name, severity, unnest(rules) AS rule, unnest(reasons) AS reason FROM (\(view)))
            GROUP BY ALL ORDER BY severity, n DESC, table_name, rule
            """
        for try await batch in try await engine.query(query, []) {
            for row in 0..<batch.count {
                result.append(
                    QuarantineCount(
                        table: batch.column(0).string(at: row) ?? "",
                        source: batch.column(1).string(at: row) ?? "",
                        severity: batch.column(2).string(at: row) ?? "",
                        rule: batch.column(3).string(at: row) ?? "",
                        reason: batch.column(4).string(at: row) ?? "",
                        rows: batch.column(5).integer(at: row) ?? 0
                    )
                )
            }
        }
        return result
    }

    /// Quarantined rows of one table, the newest run first.
    public func quarantineRows(table: String?, rule: String?, limit: Int) async throws -> [QuarantineRow] {
        guard let view = try await quarantineView(table) else { return [] }
        var query = """
            SELECT table_name, source_name, severity, rules, reasons, row_key, row_json, location, run_id FROM (\(view))
            """
        var parameters: [Parameter] = []
        if let rule {
            query += " WHERE list_contains(rules, ?)"
            parameters.append(.text(rule))
        }
        query += " ORDER BY severity, run_id DESC, row_key LIMIT \(limit)"
        var result: [QuarantineRow] = []
        for try await batch in try await engine.query(query, parameters) {
            for row in 0..<batch.count {
                result.append(
                    QuarantineRow(
                        table: batch.column(0).string(at: row) ?? "",
                        source: batch.column(1).string(at: row) ?? "",
                        severity: batch.column(2).string(at: row) ?? "",
                        rules: batch.column(3).strings(at: row) ?? [],
                        reasons: batch.column(4).strings(at: row) ?? [],
                        key: batch.column(5).string(at: row),
                        row: batch.column(6).string(at: row),
                        location: batch.column(7).string(at: row),
                        run: batch.column(8).string(at: row) ?? ""
                    )
                )
            }
        }
        return result
    }

    private func quarantineView(_ table: String?) async throws -> String? {
        let known = lease.catalog.tables.filter { $0.key.zone == .quarantine && !$0.value.files.isEmpty }
            .map(\.key.name).sorted()
        if let table, !known.contains(table) {
            let near = NearestName.of(table, among: known).map { "; did you mean '\($0)'?" } ?? ""
            throw PipelineError(.notFound, "nothing of '\(table)' is in quarantine\(near)")
        }
        let wanted = table.map { [$0] } ?? known
        guard !wanted.isEmpty else { return nil }
        return wanted.map { "SELECT * FROM quarantine.\(SQLText.identifier($0))" }.joined(separator: " UNION ALL ")
    }

    /// The types of a text's statements, as the engine's own parser sees them.
    private func statementKinds(_ text: String) async throws -> [String] {
        guard let parsed = try await parsed(text) else {
            let first = text.prefix { $0.isLetter }.uppercased()
            return [first.isEmpty ? "unknown" : first]
        }
        return Array(repeating: "SELECT", count: parsed.statements)
    }

    /// The syntax tree of a SELECT as JSON; of any other statement an empty one.
    func syntaxTree(of sql: String) async throws -> String { try await parsed(Self.trimmed(sql))?.tree ?? "{}" }

    /// What the engine's parser makes of a text; nil for statements other than SELECT, which it does not turn into JSON.
    private func parsed(_ text: String) async throws -> (tree: String, statements: Int)? {
        var result: (tree: String, statements: Int) = ("{}", 0)
        for try await batch in try await engine.query(
            "SELECT json_extract_string(j, '$.error')::VARCHAR, json_array_length(j, '$.statements')::BIGINT, "
                + "json_extract_string(j, '$.error_message'), j::VARCHAR "
                + "FROM (SELECT json_serialize_sql(\(SQLText.literal(text))) AS j)",
            []
        ) {
            for row in 0..<batch.count {
                if batch.column(0).text(at: row) == "true" {
                    let message = batch.column(2).text(at: row) ?? ""
                    if message.contains("Only SELECT statements") { return nil }
                    throw PipelineError(.badQuery, "this is not valid SQL: \(message)")
                }
                result = (batch.column(3).string(at: row) ?? "{}", Int(batch.column(1).integer(at: row) ?? 0))
            }
        }
        return result
    }

    private static func trimmed(_ sql: String) -> String {
        sql.trimmingCharacters(in: .whitespacesAndNewlines.union(CharacterSet(charactersIn: ";")))
    }
}
