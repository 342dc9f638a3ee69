// The end of a run, for people.

import LyceumCore
import LyceumPipeline

extension RunReport {
    /// The balance of the tables that were built, zone by zone; `lyceum status RUN` shows each table.
    var table: TextTable {
        let built = Dictionary(grouping: tables.filter { $0.status == .built }, by: \.zone)
        return TextTable(
            columns: [
                .text("zone"), .number("tables"), .number("rows in"), .number("out"), .number("quarantined"),
                .number("de-duplicated"),
            ],
            rows: built.keys.sorted().map { zone in
                let outcomes = built[zone] ?? []
                func sum(_ count: KeyPath<RowCounts, Int64>) -> String {
                    HumanNumbers.count(outcomes.reduce(0) { $0 + $1.counts[keyPath: count] })
                }
                return [
                    zone.rawValue, "\(outcomes.count)", sum(\.rowsIn), sum(\.rowsOut), sum(\.quarantined),
                    sum(\.deduplicated),
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
