// Progress: bars on a terminal, lines in a pipe.

import LyceumPipeline
import Testing

@testable import lyceum

@Suite("Progress")
struct ProgressTests {
    @Test(
        "draws a bar of exactly the width asked for",
        arguments: [
            (0.0, "    "), (1.0, "████"), (0.5, "██  "), (0.54, "██▏ "), (7.0, "████"), (-1.0, "    "), (.nan, "    "),
        ] as [(Double, String)]
    )
    func bar(fraction: Double, text: String) {
        #expect(ProgressBar.text(fraction: fraction, columns: 4) == text)
    }

    @Test("shows what is under way with amount and time, and drops it when it ends")
    func life() {
        var board = ProgressBoard()
        #expect(board.apply(.started(name: "students", stage: "raw", total: 200), at: 0, style: .plain).isEmpty)
        _ = board.apply(.advanced(name: "students", done: 100, total: nil), at: 1, style: .plain)
        let bars = board.bars(at: 2, columns: 80, rows: 10, style: .plain)
        #expect(bars == ["⠋ raw students  ███████████████                 100 of 200  2.0 s"])
        let lines = board.apply(.finished(name: "students", detail: "200 rows"), at: 3, style: .plain)
        #expect(lines == ["✓ raw students                                200 rows  3.0 s"])
        #expect(board.bars(at: 3, columns: 80, rows: 10, style: .plain).isEmpty)
    }

    @Test(
        "cuts bars to the terminal: none is wider, and what does not fit is counted",
        arguments: [20, 30, 40, 60, 80, 200]
    )
    func fits(columns: Int) {
        var board = ProgressBoard()
        for index in 0..<9 {
            let name = "a table with a long name 数据库 \(index)"
            _ = board.apply(.started(name: name, stage: "enriched", total: 1_000_000), at: 0, style: .plain)
            _ = board.apply(.advanced(name: name, done: 123_456, total: nil), at: 1, style: .plain)
        }
        let bars = board.bars(at: 4000, columns: columns, rows: 5, style: .plain)
        #expect(bars.count == 5)
        #expect(bars.last == "  … 5 more under way")
        for bar in bars { #expect(DisplayWidth.of(bar) < columns || bar.hasPrefix("  …"), "\(bar)") }
    }

    @Test("in a pipe, speaks up about work that was silent for long, once per wait")
    func overdue() {
        var board = ProgressBoard()
        _ = board.apply(.started(name: "records", stage: "raw", total: nil), at: 0, style: .plain)
        _ = board.apply(.advanced(name: "records", done: 70_000, total: nil), at: 1, style: .plain)
        #expect(board.overdue(at: 9).isEmpty)
        #expect(board.overdue(at: 11) == ["  raw records: 70,000 after 11.0 s"])
        #expect(board.overdue(at: 12).isEmpty)
    }

    @Test("names the part of the work that is under way, where there is nothing to count")
    func parts() {
        var board = ProgressBoard()
        for event in RunProgress.events(for: .building(table: "students", zone: .clean))
            + RunProgress.events(for: .buildStep(table: "students", zone: .clean, step: .rows, tasks: nil))
        {
            #expect(board.apply(event, at: 0, style: .plain).isEmpty)
        }
        #expect(board.overdue(at: 11) == ["  build clean.students: rows and their tests, 11.0 s so far"])
        let bars = board.bars(at: 12, columns: 80, rows: 10, style: .plain)
        #expect(bars.first?.hasSuffix("build clean.students  rows and their tests  12.0 s") == true)
    }

    @Test("says how many tasks of a part are done, once that is known")
    func tasks() {
        func step(_ done: Int, _ total: Int) -> [ProgressEvent] {
            let tasks = TaskCounts(done: done, total: total)
            return RunProgress.events(for: .buildStep(table: "jobs", zone: .clean, step: .files, tasks: tasks))
        }
        #expect(step(12, 1400) == [.entered(name: "clean.jobs", step: "files, 12 of 1,400 tasks")])
        #expect(step(0, 1) == [.entered(name: "clean.jobs", step: "files, 0 of 1 task")])
    }

    @Test("keeps a line for work that was skipped, failed or never announced")
    func endings() {
        var board = ProgressBoard()
        #expect(
            board.apply(.skipped(name: "courses", detail: "unchanged"), at: 0, style: .plain) == [
                "· courses  unchanged"
            ]
        )
        _ = board.apply(.started(name: "jobs", stage: "clean", total: nil), at: 0, style: .plain)
        #expect(board.apply(.failed(name: "jobs"), at: 1, style: .plain).first?.hasPrefix("✗ clean jobs") == true)
        #expect(board.apply(.note("a\nb"), at: 1, style: .plain) == ["a b"])
    }
}
