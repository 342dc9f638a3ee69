// The faults that were planted in the campus, for people.

import LyceumSandbox

extension DirtReport {
    /// One row a kind of fault.
    var table: TextTable {
        TextTable(
            columns: [.text("table"), .text("fault"), .number("rows"), .text("meaning")],
            rows: counts.map { [$0.table, $0.kind, HumanNumbers.count($0.rows), $0.meaning] }
        )
    }
}
