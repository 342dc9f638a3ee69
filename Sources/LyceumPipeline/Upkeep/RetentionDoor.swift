// Rows that a source still delivers and that retention would not keep.

import Foundation
import LyceumCore
import LyceumLake

/// Turns away what retention has removed, or would: a complete read delivers it again and again.
///
/// Only rows of keys that the lake does not hold are turned away. A key that it holds lands as ever and leaves with the
/// next retention, so that no row goes by the way.
struct RetentionDoor: Sendable {
    let settings: RetentionSettings
    let now: Date
    /// Tables under legal hold, of which nothing is turned away.
    let held: Set<TableID>

    func dateColumn(of table: TableID) -> String? { held.contains(table) ? nil : settings.dateColumn(of: table) }

    /// Takes rows that are past out of those that arrived; returns how many.
    ///
    /// - Parameter known: a table expression of the table's rows in the lake; nil when there are none.
    func turnAway(
        _ arrived: EngineTable,
        of table: TableID,
        key: [String],
        known: String?,
        _ engine: any Engine
    ) async throws -> Int64? {
        guard let by = dateColumn(of: table) else { return nil }
        let columns = Set(try await engine.columns(of: "SELECT * FROM \(arrived.sql)").map(\.name))
        guard columns.contains(by) else { return nil }
        let cutoff = settings.period(of: table).cutoff(from: now)
        var condition = "coalesce(\(RetentionSQL.isPast("l." + SQLText.identifier(by), cutoff: cutoff)), false)"
        if let known, !key.isEmpty {
            let same = key.map(SQLText.identifier)
                .map { "CAST(e.\($0) AS VARCHAR) IS NOT DISTINCT FROM CAST(l.\($0) AS VARCHAR)" }
            condition += " AND NOT EXISTS (SELECT 1 FROM \(known) e WHERE \(same.joined(separator: " AND ")))"
        }
        let rows = try await engine.integers("SELECT count(*) FROM \(arrived.sql) l WHERE \(condition)").first ?? 0
        guard rows > 0 else { return 0 }
        let kept = EngineTable(schema: arrived.schema, name: arrived.name + "__kept")
        try await engine.execute(
            "CREATE OR REPLACE TABLE \(kept.sql) AS SELECT * FROM \(arrived.sql) l WHERE NOT (\(condition))"
        )
        try await engine.execute("DROP TABLE \(arrived.sql)")
        try await engine.execute("ALTER TABLE \(kept.sql) RENAME TO \(SQLText.identifier(arrived.name))")
        return rows
    }
}

extension Pipeline {
    /// What the next extraction turns away; nil where no table has a date column to age by.
    ///
    /// While any person is under legal hold nothing is turned away: whose row it is shows only once it has landed.
    func retentionAtTheDoor(_ lake: Lake) async throws -> RetentionDoor? {
        guard !configuration.retention.by.isEmpty else { return nil }
        let holds = try await lake.ledger.holds()
        guard !holds.contains(where: { $0.scope == .subject }) else { return nil }
        let held = holds.compactMap { TableID($0.target) }
        return RetentionDoor(settings: retention, now: now(), held: Set(held))
    }
}
