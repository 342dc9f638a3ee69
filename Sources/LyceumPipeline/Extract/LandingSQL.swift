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
    /// Former names of columns: a renamed column keeps its place in the hash, so that no row looks changed by it.
    var formerly: FormerNames = [:]
    /// The keys of all rows that the source has, when it handed them over beside a partial read.
    var keys: EngineTable?
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
            // A version that was landed before the key was deleted is new again when it comes back.
            let rows = """
                WITH gone AS (SELECT \(keyList), max(_run_id) AS _last FROM \(existing ?? "") WHERE _op = 'D' GROUP BY ALL),
                seen AS (SELECT e.* FROM (SELECT \(keyList), _hash, _run_id FROM \(existing ?? "") WHERE _op = 'U') e
                    LEFT JOIN gone g ON \(sameKey("g", "e")) WHERE g._last IS NULL OR e._run_id > g._last),
                f AS (SELECT \(fresh) FROM \(landed.sql) l)
                SELECT f.* FROM f
                WHERE NOT EXISTS (SELECT 1 FROM seen e WHERE e._hash = f._hash AND \(sameKey("e", "f")))
                """
            guard let keys else { return rows }
            return """
                \(rows)
                UNION ALL BY NAME
                SELECT \(keyList), \(stamp), CAST(0 AS UBIGINT) AS _hash, 'D' AS _op FROM \(liveKeys) k
                WHERE \(key.map { "k.\(SQLText.identifier($0)) IS NOT NULL" }.joined(separator: " AND "))
                AND NOT EXISTS (SELECT 1 FROM \(keys.sql) q WHERE \(sameKey("q", "k")))
                AND NOT EXISTS (SELECT 1 FROM \(landed.sql) q WHERE \(sameKey("q", "k")))
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
                \(stillThere("k"))
                """
        }
    }

    private func stillThere(_ alias: String) -> String {
        guard let heldBack else { return "" }
        return "AND NOT EXISTS (SELECT 1 FROM \(heldBack.sql) h WHERE \(sameKey(alias, "h", asText: true)))"
    }

    /// How many keys the lake holds as alive, how many of the source's keys came, and how many of those the lake will
    /// not know after this landing; nil without the source's keys.
    var keyCounts: String? {
        guard let keys, rule == .partial else { return nil }
        return """
            SELECT (SELECT count(*) FROM \(liveKeys) k), (SELECT count(*) FROM \(keys.sql)),
                (SELECT count(*) FROM \(keys.sql) q WHERE NOT EXISTS (SELECT 1 FROM \(liveKeys) k WHERE \(sameKey("k", "q")))
                AND NOT EXISTS (SELECT 1 FROM \(landed.sql) f WHERE \(sameKey("f", "q"))))
            """
    }

    /// The keys that the earlier rows leave alive.
    private var liveKeys: String {
        """
        (SELECT \(keyList) FROM (SELECT \(keyList), _op FROM \(existing ?? "")
            QUALIFY _run_id = max(_run_id) OVER (PARTITION BY \(keyList))) GROUP BY ALL HAVING max(_op) = 'U')
        """
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

    /// Half of the MD5 of the source's columns in order of their first names; NULL and empty text differ.
    private var hash: String {
        let parts = columns.map { (place: formerly[$0.name]?.last ?? $0.name, name: $0.name) }.sorted {
            $0.place < $1.place
        }
        .map { "coalesce(CAST(l.\(SQLText.identifier($0.name)) AS VARCHAR), chr(30))" }
        return "md5_number_lower(concat_ws(chr(31), \(parts.joined(separator: ", "))))"
    }
}
