// The SQL that turns what a source delivered into new rows of a raw table.

import LyceumCore

/// How freshly extracted rows compare with what the lake already holds.
enum LandingRule: Sendable, Hashable {
    /// The raw table has no rows of this source yet: everything is new.
    case first
    /// Part of the source was read (a watermark with lag): a row is new unless that version of that key was landed before.
    case partial
    /// The whole source was read: a key is new when its set of rows differs from the key's latest landed set, and keys
    /// that are gone become rows with `_op = 'D'`.
    case complete
}

/// Builds landing statements for one raw table of one source.
///
/// Comparison is by key and by `_hash`, never by time, so that re-read boundary rows and whole snapshots add only what
/// changed, and a value that changes back is seen.
struct LandingSQL {
    let landed: EngineTable
    let columns: [ColumnDescription]
    let key: [String]
    let source: String
    let runID: RunID
    /// ISO 8601 in UTC.
    let extractedAt: String
    /// A table expression of the source's earlier raw rows; nil when there are none.
    let existing: String?
    let rule: LandingRule
    /// Rows of this extraction that went to quarantine: their keys are not gone from the source.
    var heldBack: EngineTable?
    /// Whether key columns have changed their type since they landed, so that they compare as text.
    var comparesKeysAsText = false

    /// Rows to append to the raw table.
    var newRows: String {
        switch rule {
        case .first:
            return "SELECT \(fresh) FROM \(landed.sql) l"
        case .partial:
            return """
                SELECT * FROM (SELECT \(fresh) FROM \(landed.sql) l) f
                WHERE NOT EXISTS (
                    SELECT 1 FROM \(existing ?? "") e
                    WHERE e._op = 'U' AND e._hash = f._hash AND \(sameKey("e", "f"))
                )
                """
        case .complete:
            return """
                WITH f AS (SELECT \(fresh) FROM \(landed.sql) l),
                fresh_keys AS (SELECT \(keyList), bit_xor(_hash) AS x, count(*) AS n
                    FROM (SELECT DISTINCT \(keyList), _hash FROM f) GROUP BY ALL),
                latest AS (SELECT \(keyList), _hash, _op FROM \(existing ?? "")
                    QUALIFY _run_id = max(_run_id) OVER (PARTITION BY \(keyList))),
                known_keys AS (SELECT \(keyList), bit_xor(_hash) AS x, count(*) AS n, max(_op) AS _op
                    FROM (SELECT DISTINCT \(keyList), _hash, _op FROM latest) GROUP BY \(keyList)),
                changed AS (SELECT \(keyList) FROM fresh_keys f WHERE NOT EXISTS (
                    SELECT 1 FROM known_keys k WHERE k.x = f.x AND k.n = f.n AND k._op = 'U' AND \(sameKey("k", "f"))))
                SELECT f.* FROM f WHERE EXISTS (SELECT 1 FROM changed c WHERE \(sameKey("c", "f")))
                UNION ALL BY NAME
                SELECT \(keyList), \(stamp), CAST(0 AS UBIGINT) AS _hash, 'D' AS _op FROM known_keys k
                WHERE k._op = 'U' AND \(key.map { "k.\(SQLText.identifier($0)) IS NOT NULL" }.joined(separator: " AND "))
                AND NOT EXISTS (SELECT 1 FROM fresh_keys f WHERE \(sameKey("k", "f")))
                \(heldBack.map { "AND NOT EXISTS (SELECT 1 FROM \($0.sql) h WHERE \(sameKey("k", "h", asText: true)))" } ?? "")
                """
        }
    }

    private var keyList: String { key.map(SQLText.identifier).joined(separator: ", ") }

    private func sameKey(_ left: String, _ right: String, asText: Bool = false) -> String {
        key.map { column in
            let (one, other) = ("\(left).\(SQLText.identifier(column))", "\(right).\(SQLText.identifier(column))")
            guard asText || comparesKeysAsText else { return "\(one) IS NOT DISTINCT FROM \(other)" }
            return "CAST(\(one) AS VARCHAR) IS NOT DISTINCT FROM CAST(\(other) AS VARCHAR)"
        }.joined(separator: " AND ")
    }

    private var stamp: String {
        """
        \(SQLText.literal(source)) AS _source, \(SQLText.literal(runID.text)) AS _run_id, \
        TIMESTAMP \(SQLText.literal(extractedAt)) AS _extracted_at
        """
    }

    private var fresh: String {
        let names = columns.map { "l." + SQLText.identifier($0.name) }.joined(separator: ", ")
        return "\(names), \(stamp), \(hash) AS _hash, 'U' AS _op"
    }

    /// Half of the MD5 of the source's columns in order of name; NULL and empty text differ.
    private var hash: String {
        let parts = columns.map(\.name).sorted().map {
            "coalesce(CAST(l.\(SQLText.identifier($0)) AS VARCHAR), chr(30))"
        }
        return "md5_number_lower(concat_ws(chr(31), \(parts.joined(separator: ", "))))"
    }
}
