// The end of a run, for people.

import LyceumPipeline

extension RunReport {
    /// The tables that were built, with their balance.
    var table: TextTable {
        let built = tables.filter { $0.status == .built }
        return TextTable(
            columns: [
                .text("zone"), .text("table"), .number("in"), .number("out"), .number("quarantined"),
                .number("de-duplicated"), .number("time"),
            ],
            rows: built.map { outcome in
                [
                    outcome.zone.rawValue, outcome.source.map { "\(outcome.table) (\($0))" } ?? outcome.table,
                    HumanNumbers.count(outcome.counts.rowsIn), HumanNumbers.count(outcome.counts.rowsOut),
                    HumanNumbers.count(outcome.counts.quarantined), HumanNumbers.count(outcome.counts.deduplicated),
                    HumanNumbers.duration(outcome.seconds),
                ]
            }
        )
    }

    /// What came of it, in a few lines.
    func summary(style: Style) -> [String] {
        let unchanged = tables.count { $0.status == .unchanged }
        let skipped = tables.count { $0.status == .skipped }
        let warned = tables.reduce(0) { $0 + $1.warnings.count }
        var lines: [String] = []
        let rate = records > 0 ? " (\(HumanNumbers.count(Int64(recordsPerSecond))) a second)" : ""
        lines.append(
            "\(style.green("✓")) run \(runID): \(HumanNumbers.count(records)) new or changed records"
                + " in \(HumanNumbers.duration(seconds))\(rate)"
        )
        lines.append(
            published.isEmpty
                ? "  nothing new, nothing published"
                : "  published \(published.count) table\(published.count == 1 ? "" : "s"), \(unchanged) unchanged"
                    + (skipped > 0 ? ", \(skipped) not selected" : "")
        )
        if let index {
            lines.append(
                "  search snapshot \(index.version)\(index.rebuilt ? "" : " (unchanged)"): "
                    + "\(HumanNumbers.count(index.students)) students, \(HumanNumbers.count(index.jobs)) jobs, "
                    + "\(HumanNumbers.count(index.courses)) courses"
            )
        }
        let quarantined = tables.reduce(0) { $0 + $1.counts.quarantined }
        if quarantined > 0 {
            lines.append("  \(HumanNumbers.count(quarantined)) rows in quarantine: `lyceum quarantine list`")
        }
        if warned > 0 { lines.append("  \(warned) tests warn: `lyceum status \(runID)`") }
        return lines
    }
}
