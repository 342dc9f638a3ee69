// The pages of the run history.

import Foundation

/// The fields of the templates of runs.
enum RunPages {
    static func list(_ runs: [StoredDocument]) -> PageFields {
        var fields = PageFields()
        fields.set(
            "runs",
            runs.map { run in
                let id = run.text("run_id") ?? ""
                var row = summary(run)
                row.set("href", "/runs/\(PageTarget.encoded(id))")
                return row
            }
        )
        return fields
    }

    static func one(_ run: StoredDocument) -> PageFields {
        var fields = summary(run)
        fields.set("error", run.text("error"))
        fields.set(
            "tables",
            run.objects("tables").map { table in
                var row = PageFields([
                    "table": table.text("table"), "zone": table.text("zone"), "status": table.text("status"),
                    "seconds": table.number("seconds").map { PageText.number($0, decimals: 2) },
                    "message": table.text("message"),
                ])
                for name in ["in", "out", "quarantined", "deduplicated"] {
                    row.set("rows_\(name)", table.whole(name).map { PageText.number($0) })
                }
                row.set("kind", kind(table.text("status")))
                return row
            }
        )
        fields.set(
            "tests",
            run.objects("tests").map { test in
                var row = PageFields([
                    "table": test.text("table"), "test": test.text("name"), "severity": test.text("severity"),
                    "status": test.text("status"), "failures": test.whole("failures").map { PageText.number($0) },
                    "message": test.text("message"),
                ])
                row.set("kind", kind(test.text("status")))
                return row
            }
        )
        return fields
    }

    private static func summary(_ run: StoredDocument) -> PageFields {
        PageFields([
            "run_id": run.text("run_id"), "run_status": run.text("status"), "run_kind": kind(run.text("status")),
            "started": PageText.moment(run.text("started_at")), "finished": PageText.moment(run.text("finished_at")),
            "run_seconds": run.number("seconds").map { "\(PageText.number($0, decimals: 1)) s" },
            "records": run.whole("records").map { PageText.number($0) },
        ])
    }

    /// The class by which a status is coloured; the word itself always stands beside it.
    private static func kind(_ status: String?) -> String {
        switch status {
        case "failed", "fail", "error": "lack"
        case "succeeded", "success", "passed", "pass", "built", "published": "have"
        default: "plain"
        }
    }
}
