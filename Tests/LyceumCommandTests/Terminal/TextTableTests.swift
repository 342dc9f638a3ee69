// Tables that fit the terminal.

import Testing

@testable import lyceum

@Suite("Text tables")
struct TextTableTests {
    private let table = TextTable(
        columns: [.text("table"), .number("rows"), .text("description")],
        rows: [
            ["students", "28,785", "One row a student, as the registrar knows them."],
            ["courses", "22", "数据库 and more"],
        ]
    )

    @Test("takes the width its cells need when nothing limits it, numbers leaning right")
    func natural() {
        #expect(
            table.lines(width: nil) == [
                "table       rows  description",
                "────────  ──────  ───────────────────────────────────────────────",
                "students  28,785  One row a student, as the registrar knows them.",
                "courses       22  数据库 and more",
            ]
        )
    }

    @Test("shortens the widest text first and keeps numbers whole")
    func shortened() {
        #expect(
            table.lines(width: 40) == [
                "table       rows  description",
                "────────  ──────  ──────────────────────",
                "students  28,785  One row a student, as…",
                "courses       22  数据库 and more",
            ]
        )
    }

    @Test("leaves out columns on the right when there is no other way, and says which")
    func droppedColumns() {
        let lines = table.lines(width: 20)
        #expect(lines[0] == "table       rows")
        #expect(lines.last == "1 more column: desc…")
    }

    @Test("makes control characters harmless and fills short rows")
    func hostileCells() {
        let table = TextTable(columns: [.text("a"), .text("b")], rows: [["x\u{1B}[2J\n"]])
        #expect(table.lines(width: nil).last == "x\u{FFFD}[2J")
    }

    @Test("fits any width from one column up, whatever the cells")
    func fitsAlways() {
        let seed = UInt64.random(in: 0...UInt64.max)
        var random = Seeded(seed: seed)
        for _ in 0..<300 {
            let columns: [TextTable.Column] = (0..<Int.random(in: 1...8, using: &random)).map { index in
                Bool.random(using: &random) ? .text("column \(index)") : .number("n\(index)")
            }
            let rows = (0..<Int.random(in: 0...4, using: &random)).map { _ in
                columns.map { _ in String(repeating: "数a", count: Int.random(in: 0...30, using: &random)) }
            }
            let width = Int.random(in: 1...120, using: &random)
            for line in TextTable(columns: columns, rows: rows).lines(width: width) {
                #expect(DisplayWidth.of(line) <= width, "seed \(seed), width \(width): \(line)")
            }
        }
    }

    @Test("uses the whole width when it must shorten")
    func usesWholeWidth() {
        let table = TextTable(
            columns: [.text("a"), .text("b"), .text("c")],
            rows: [
                [
                    String(repeating: "x", count: 90), String(repeating: "y", count: 60),
                    String(repeating: "z", count: 10),
                ]
            ]
        )
        #expect(table.lines(width: 81).last.map(DisplayWidth.of) == 81)
    }
}
