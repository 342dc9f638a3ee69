// Runs and their details, for people.

import Foundation
import LyceumCore
import LyceumLake

extension RunStatus {
    /// The status in its colour.
    func marked(_ style: Style) -> String {
        switch self {
        case .succeeded: style.green(rawValue)
        case .running: style.cyan(rawValue)
        case .cancelled: style.yellow(rawValue)
        case .failed, .abandoned: style.red(rawValue)
        }
    }
}

/// The latest runs.
struct RunListText {
    let runs: [RunRecord]
    let watermarks: [WatermarkRecord]
    /// Of the latest run that has ended.
    let drift: [DriftRecord]
    let now: Date

    func say(on console: Console) {
        guard !runs.isEmpty else {
            console.say("No run yet. `lyceum plan` shows what the first would do, `lyceum run` does it.")
            return
        }
        console.say(
            TextTable(
                columns: [
                    .text("run"), .text("status"), .number("started"), .number("time"), .number("records"),
                    .text("why"),
                ],
                rows: runs.map { run in
                    [
                        run.id.text, run.status.rawValue, HumanNumbers.age(now.timeIntervalSince(run.startedAt)),
                        run.seconds.map { HumanNumbers.duration($0) } ?? "", HumanNumbers.count(run.records),
                        run.error ?? "",
                    ]
                }
            )
        )
        if let table = DriftText.table(drift) {
            console.say()
            console.say("schema drift in the latest run:")
            console.say(table)
        }
        guard !watermarks.isEmpty else { return }
        console.say()
        console.say(
            TextTable(
                columns: [.text("source"), .text("table"), .text("read up to"), .number("last change")],
                rows: watermarks.map { mark in
                    [
                        mark.source, mark.table,
                        mark.column.map { "\($0) \(mark.value ?? "")" } ?? "whole snapshot",
                        mark.updatedAt.map { HumanNumbers.age(now.timeIntervalSince($0)) } ?? "",
                    ]
                }
            )
        )
    }
}

/// One run, table by table.
struct RunDetailText {
    let detail: RunDetail

    func say(on console: Console) {
        let run = detail.run
        let style = console.style
        console.say("\(style.bold("run \(run.id)"))  \(run.status.marked(style))")
        console.say(
            "started \(Timestamp.iso(run.startedAt)) on \(run.host) (process \(run.pid))"
                + (run.seconds.map { ", took \(HumanNumbers.duration($0))" } ?? "")
                + ", \(HumanNumbers.count(run.records)) records"
        )
        if let error = run.error { console.say(style.red(Printable.line(error))) }
        console.say()
        console.say(
            TextTable(
                columns: [
                    .text("zone"), .text("table"), .text("status"), .number("in"), .number("out"),
                    .number("quarantined"), .number("de-duplicated"), .number("time"),
                ],
                rows: detail.tables.map { report in
                    [
                        report.table.zone.rawValue, report.table.name, report.status.rawValue,
                        HumanNumbers.count(report.counts.rowsIn), HumanNumbers.count(report.counts.rowsOut),
                        HumanNumbers.count(report.counts.quarantined), HumanNumbers.count(report.counts.deduplicated),
                        HumanNumbers.duration(report.seconds),
                    ]
                }
            )
        )
        if let table = DriftText.table(detail.drift) {
            console.say()
            console.say("schema drift:")
            console.say(table)
        }
        let notable = detail.tests.filter { $0.status != .passed }
        console.say()
        console.say("\(detail.tests.count) tests, \(detail.tests.count - notable.count) passed")
        guard !notable.isEmpty else { return }
        console.say(
            TextTable(
                columns: [.text("table"), .text("test"), .text("status"), .number("rows"), .text("what")],
                rows: notable.map { test in
                    [
                        "\(test.table)", test.name, test.status.rawValue, HumanNumbers.count(test.failures),
                        test.message ?? "",
                    ]
                }
            )
        )
    }
}
