// The SQL that builds one model: candidates with their failed tests, quarantine, de-duplication, published rows.

import LyceumCore

/// Builds the statements for one model on one set of candidate rows.
///
/// Candidates carry `_failed`, a bit mask with bit *i* set when the model's *i*-th row test is broken.
struct ModelBuildSQL {
    let model: ModelDefinition
    /// The candidate table.
    let candidates: EngineTable
    /// Columns of the model's SELECT, in order.
    let columns: [ColumnDescription]

    /// More tests than bits in the mask would lose failures.
    static let maximumRowTests = 63

    var published: [String] { columns.map(\.name).filter { !$0.hasPrefix("_") } }

    private var hasOperation: Bool { columns.contains { $0.name == "_op" } }
    private var hasSource: Bool { columns.contains { $0.name == "_source" } }

    private var errorMask: Int64 {
        model.rowTests.enumerated().reduce(0) { $1.element.severity == .error ? $0 | (1 << Int64($1.offset)) : $0 }
    }

    /// The model's SELECT with its failed tests.
    func candidateRows(select: String, referenced: (String) -> String) -> String {
        let bits = model.rowTests.enumerated().map { index, test in
            "CASE WHEN \(broken(test.rule, referenced)) THEN \(1 << Int64(index)) ELSE 0 END"
        }
        var mask = bits.isEmpty ? "0" : bits.joined(separator: " + ")
        if hasOperation, !bits.isEmpty { mask = "CASE WHEN c._op = 'D' THEN 0 ELSE \(mask) END" }
        return "SELECT c.*, CAST(\(mask) AS BIGINT) AS _failed FROM (\(select)) c"
    }

    private func broken(_ rule: RowTest.Rule, _ referenced: (String) -> String) -> String {
        func column(_ name: String) -> String { "c." + SQLText.identifier(name) }
        switch rule {
        case .notNull(let name):
            return "\(column(name)) IS NULL"
        case .acceptedValues(let name, let values):
            let list = values.map(SQLText.literal).joined(separator: ", ")
            return "(\(column(name)) IS NOT NULL AND CAST(\(column(name)) AS VARCHAR) NOT IN (\(list)))"
        case .range(let name, let minimum, let maximum):
            let bounds = [minimum.map { "\(column(name)) < \($0.sql)" }, maximum.map { "\(column(name)) > \($0.sql)" }]
            return "coalesce(\(bounds.compactMap(\.self).joined(separator: " OR ")), false)"
        case .matches(let name, let pattern):
            return "coalesce(NOT regexp_matches(\(column(name)), \(SQLText.literal(pattern))), false)"
        case .relationship(let name, let target, let targetColumn):
            return """
                (\(column(name)) IS NOT NULL AND NOT EXISTS (SELECT 1 FROM \(referenced(target)) r \
                WHERE r.\(SQLText.identifier(targetColumn)) = \(column(name))))
                """
        case .expression(let condition):
            return "NOT coalesce((\(condition)), true)"
        }
    }

    /// One row: candidates, quarantined, then the failures of each row test in order.
    var countCandidates: String {
        let tests = model.rowTests.indices.map { "count(*) FILTER (WHERE _failed & \(1 << Int64($0)) <> 0)" }
        return """
            SELECT \((["count(*)", "count(*) FILTER (WHERE _failed & \(errorMask) <> 0)"] + tests).joined(separator: ", "))
            FROM \(candidates.sql)
            """
    }

    /// Rows for quarantine: those that break a rule of severity `error`, and (not taken out) those that break a warning.
    func quarantineRows(runID: RunID, quarantinedAt: String) -> String {
        func list(_ value: (RowTest) -> String) -> String {
            let items = model.rowTests.enumerated().map { index, test in
                "CASE WHEN _failed & \(1 << Int64(index)) <> 0 THEN \(SQLText.literal(value(test))) END"
            }
            return "list_filter([\(items.joined(separator: ", "))], x -> x IS NOT NULL)"
        }
        let keyTexts = model.uniqueKey.map { "CAST(\(SQLText.identifier($0)) AS VARCHAR)" }
        let key = keyTexts.isEmpty ? "CAST(NULL AS VARCHAR)" : "concat_ws('|', \(keyTexts.joined(separator: ", ")))"
        let members = columns.filter { $0.name != "_op" }.map { column in
            let name = SQLText.identifier(column.name)
            // As text, for engines differ in how they write points in time in JSON.
            return "\(name) := " + (column.type == "TIMESTAMP" ? "CAST(\(name) AS VARCHAR)" : name)
        }
        return """
            SELECT \(SQLText.literal(model.name)) AS table_name,
                \(hasSource ? "_source" : "'lyceum'") AS source_name,
                CASE WHEN _failed & \(errorMask) <> 0 THEN 'error' ELSE 'warn' END AS severity,
                \(list(\.name)) AS rules,
                \(list(\.reason)) AS reasons,
                \(key) AS row_key,
                CAST(to_json(struct_pack(\(members.joined(separator: ", ")))) AS VARCHAR) AS row_json,
                CAST(NULL AS VARCHAR) AS location,
                \(SQLText.literal(runID.text)) AS run_id,
                TIMESTAMP \(SQLText.literal(quarantinedAt)) AS quarantined_at
            FROM \(candidates.sql) WHERE _failed <> 0
            """
    }

    /// Row ids of candidates that a later version of the same key supersedes.
    ///
    /// Only keys that stand more than once are sorted. A deletion supersedes what was extracted before it and nothing that
    /// came back later; among the rest `latest_by` decides. Ties are broken by the row's content, so that the winner does
    /// not depend on the order in which threads delivered rows.
    var superseded: String? {
        guard !model.uniqueKey.isEmpty else { return nil }
        let key = model.uniqueKey.map(SQLText.identifier).joined(separator: ", ")
        var order =
            hasOperation ? ["coalesce(_extracted_at > deleted_at, true) DESC", "_op = 'D' DESC NULLS LAST"] : []
        order += model.latestBy.map { "\(SQLText.identifier($0)) DESC NULLS LAST" }
        order += columns.map { "\(SQLText.identifier($0.name)) DESC NULLS LAST" }.filter { !order.contains($0) }
        let deletion =
            hasOperation
            ? "max(CASE WHEN _op = 'D' THEN _extracted_at END) OVER (PARTITION BY \(key))" : "NULL"
        let good = "_failed & \(errorMask) = 0"
        return """
            SELECT row_id FROM (
                SELECT row_id, row_number() OVER (PARTITION BY \(key) ORDER BY \(order.joined(separator: ", "))) AS n
                FROM (
                    SELECT *, rowid AS row_id, \(deletion) AS deleted_at
                    FROM \(candidates.sql) WHERE \(good) AND (\(key)) IN (
                        SELECT \(key) FROM \(candidates.sql) WHERE \(good) GROUP BY \(key) HAVING count(*) > 1)
                )
            ) WHERE n > 1
            """
    }

    /// The published rows of one source partition (all rows when `source` is nil).
    func publishedRows(superseded: EngineTable?, source: String?) -> String {
        var conditions = ["_failed & \(errorMask) = 0"]
        if let superseded {
            conditions.append("rowid NOT IN (SELECT row_id FROM \(superseded.sql))")
        }
        if hasOperation { conditions.append("_op IS DISTINCT FROM 'D'") }
        if let source { conditions.append("_source = \(SQLText.literal(source))") }
        let names = published.map(SQLText.identifier).joined(separator: ", ")
        let order = model.sortBy.map(SQLText.identifier).joined(separator: ", ")
        return "SELECT \(names) FROM \(candidates.sql) WHERE \(conditions.joined(separator: " AND "))"
            + (order.isEmpty ? "" : " ORDER BY \(order)")
    }

    /// How many candidates are superseded or gone: the other side of the balance, counted on its own.
    func countDeduplicated(superseded: EngineTable?) -> String {
        let good = "_failed & \(errorMask) = 0"
        let late = superseded.map { "rowid IN (SELECT row_id FROM \($0.sql))" }
        let gone = hasOperation ? "_op = 'D'" : nil
        let conditions = [late, gone].compactMap(\.self)
        guard !conditions.isEmpty else { return "SELECT 0" }
        return "SELECT count(*) FROM \(candidates.sql) WHERE \(good) AND (\(conditions.joined(separator: " OR ")))"
    }

    /// The sources whose rows stand among the candidates; nil when the model's rows have no source of their own.
    var distinctSources: String? {
        hasSource ? "SELECT DISTINCT _source FROM \(candidates.sql) WHERE _source IS NOT NULL ORDER BY 1" : nil
    }
}
