// One model's build on the real engine: tests, quarantine, de-duplication, balance.

import Foundation
import LyceumCore
import Testing

@testable import LyceumPipeline

private let yaml = """
    table: grades
    unique_key: [id]
    latest_by: [changed]
    columns:
    - name: id
      tests: [not_null]
    - name: gpa
      tests:
      - range: {min: 0, max: 4}
    - name: grade
      tests:
      - accepted_values: {values: [A, B], severity: warn}
    - name: changed
    tests:
    - expression: {name: real_date, that: not _bad_date, reason: the date does not exist}
    """

/// Builds `grades` from VALUES and returns (published, superseded or gone, quarantined with rules).
private func build(_ values: String) async throws -> (out: [String], deduplicated: Int64, quarantine: [String]) {
    let engine = try await DuckDBEngine.forTest()
    let select = """
        SELECT id, CAST(gpa AS DECIMAL(4,2)) AS gpa, grade, changed, _bad_date, _op, 's' AS _source,
            TIMESTAMP '2026-01-01' + to_days(run) AS _extracted_at
        FROM (VALUES \(values)) v(id, gpa, grade, changed, _bad_date, _op, run)
        """
    let model = try ModelDefinition(name: "grades", zone: .clean, sql: select, yaml: yaml, file: "grades.yml")
    let sql = ModelBuildSQL(
        model: model,
        candidates: EngineSchema.build.table("grades"),
        columns: try await engine.columns(of: select)
    )
    try await engine.materialise(sql.candidates, as: sql.candidateRows(select: select) { $0 })
    var superseded: EngineTable?
    if let query = sql.superseded {
        let table = EngineSchema.build.table("superseded")
        try await engine.execute("CREATE TABLE \(table.sql) AS \(query)")
        superseded = table
    }
    let out = try await engine.rows(sql.publishedRows(superseded: superseded, source: "s") + " ORDER BY ALL")
    let deduplicated = try await engine.integers(sql.countDeduplicated(superseded: superseded))[0]
    let quarantine = try await engine.rows(
        """
        SELECT row_key, severity, array_to_string(rules, '+') FROM (
            \(sql.quarantineRows(runID: RunID(), quarantinedAt: "2026-01-01T00:00:00"))) ORDER BY ALL
        """
    )
    let counted = try await engine.integers(sql.countCandidates)
    let counts = RowCounts(
        rowsIn: counted[0],
        rowsOut: Int64(out.count),
        quarantined: counted[1],
        deduplicated: deduplicated
    )
    #expect(counts.isBalanced, "\(counts)")
    return (out, deduplicated, quarantine)
}

@Test("The latest version of a key wins, a broken later version does not")
func latestWins() async throws {
    let built = try await build(
        "(1, 3.0, 'A', 1, false, 'U', 1), (1, 3.5, 'A', 2, false, 'U', 1), (1, 9.9, 'A', 3, false, 'U', 1), (2, 1.0, 'B', 1, false, 'U', 1)"
    )
    #expect(built.out == ["1|3.50|A|2", "2|1.00|B|1"])
    #expect(built.deduplicated == 1)
    #expect(built.quarantine == ["1|error|range_gpa"])
}

@Test("A row that breaks several rules is set aside once, with each rule")
func severalRules() async throws {
    let built = try await build("(NULL, -1, 'A', 1, true, 'U', 1)")
    #expect(built.out.isEmpty)
    #expect(built.quarantine == ["|error|not_null_id+range_gpa+real_date"])
}

@Test("A broken warning is recorded and the row stays")
func warningsStay() async throws {
    let built = try await build("(1, 3.0, 'Z', 1, false, 'U', 1)")
    #expect(built.out == ["1|3.00|Z|1"])
    #expect(built.quarantine == ["1|warn|accepted_values_grade"])
}

@Test("A deletion removes its key, and a later return of the same version brings it back")
func deletions() async throws {
    let gone = try await build("(1, 3.0, 'A', 9, false, 'U', 1), (1, NULL, NULL, NULL, NULL, 'D', 2)")
    #expect(gone.out.isEmpty)
    #expect(gone.deduplicated == 2)
    let back = try await build(
        "(1, 3.0, 'A', 9, false, 'U', 1), (1, NULL, NULL, NULL, NULL, 'D', 2), (1, 2.0, 'A', 5, false, 'U', 3)"
    )
    #expect(back.out == ["1|2.00|A|5"])
    #expect(back.deduplicated == 2)
}

@Test("A late version with an older time of change does not win over a newer one")
func lateVersions() async throws {
    let built = try await build("(1, 3.0, 'A', 9, false, 'U', 1), (1, 2.0, 'A', 5, false, 'U', 2)")
    #expect(built.out == ["1|3.00|A|9"])
}

@Test("Equal versions leave one row whatever their order", arguments: [0, 1])
func tiesAreStable(order: Int) async throws {
    let rows = ["(1, 3.0, 'A', 1, false, 'U', 1)", "(1, 3.5, 'B', 1, false, 'U', 1)"]
    let built = try await build((order == 0 ? rows : rows.reversed()).joined(separator: ", "))
    #expect(built.out == ["1|3.50|B|1"])
}
