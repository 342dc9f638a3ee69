// Which rows of a table are past their retention, as SQL.

import Foundation
import LyceumCore
import LyceumLake

/// Conditions over the rows `t` of a raw table or of quarantine.
///
/// A raw table is a log of versions. Without a date column a version ages from its extraction, and the one that is a living
/// key's current state never does. With one, the row's own date counts: a version ages from it, and when a key's current
/// version has aged, all its versions go, so that no older state becomes the current one again.
struct RetentionSQL {
    let key: [String]
    /// The column with the date that counts; nil for the extraction.
    let by: String?
    /// What is older goes.
    let cutoff: Date

    /// Whether a value of the date column lies before the cutoff; text is read as a date where it is one.
    static func isPast(_ column: String, cutoff: Date) -> String {
        "TRY_CAST(CAST(\(column) AS VARCHAR) AS TIMESTAMP) < \(literal(cutoff))"
    }

    private static func literal(_ date: Date) -> String {
        "TIMESTAMP \(SQLText.literal(LyceumCore.Timestamp.iso(date).replacing("Z", with: "")))"
    }

    /// Keys of a raw table, with `_source` and `_last`: the run of the current version of each living key, or, with a date
    /// column, the keys whose current version is past.
    func keys(of scan: String) -> String {
        let list = (key.map(SQLText.identifier) + ["_source"]).joined(separator: ", ")
        guard let by else { return "SELECT \(list), max(_run_id) AS _last FROM \(scan) t GROUP BY ALL" }
        return """
            SELECT \(list), any_value(_run_id) AS _last FROM (
                SELECT \(list), _op, _run_id, \(Self.isPast(SQLText.identifier(by), cutoff: cutoff)) AS _past,
                    max(_run_id) FILTER (_op = 'U') OVER (PARTITION BY \(list)) AS _newest FROM \(scan) t)
            WHERE _op = 'U' AND _run_id = _newest
            GROUP BY \(list) HAVING bool_and(coalesce(_past, false))
            """
    }

    /// Whether a raw row goes.
    ///
    /// - Parameter keys: the table made of ``keys(of:)``.
    func isPast(keys: EngineTable) -> String {
        let same = (key + ["_source"]).map(SQLText.identifier).map { "k.\($0) IS NOT DISTINCT FROM t.\($0)" }
        guard let by else {
            let current = (same + ["k._last = t._run_id"]).joined(separator: " AND ")
            return """
                t._extracted_at < \(Self.literal(cutoff)) AND NOT (t._op = 'U' AND EXISTS (
                    SELECT 1 FROM \(keys.sql) k WHERE \(current)))
                """
        }
        let own = "coalesce(\(Self.isPast("t." + SQLText.identifier(by), cutoff: cutoff)), false)"
        if key.isEmpty { return own }
        return "(\(own) OR EXISTS (SELECT 1 FROM \(keys.sql) k WHERE \(same.joined(separator: " AND "))))"
    }

    /// Whether a row of quarantine goes.
    var isPastInQuarantine: String { "t.quarantined_at < \(Self.literal(cutoff))" }
}
