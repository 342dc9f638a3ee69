// `lyceum status`: the runs, and one run in detail.

import ArgumentParser
import Foundation
import LyceumCore
import LyceumLake

/// Runs, counts, freshness and timings.
struct StatusCommand: RoomCommand {
    static let configuration = CommandConfiguration(
        commandName: "status",
        abstract: "Show the runs: rows in, out, quarantined and de-duplicated, freshness, timings.",
        discussion: "Without RUN the latest runs; with a run id (or `last`) that run table by table."
    )

    @Argument(help: ArgumentHelp("A run id as `lyceum status` lists them, or `last`.", valueName: "run"))
    var runID: String?

    @Option(help: ArgumentHelp("How many runs to list.", valueName: "n"))
    var limit: Int = 10

    @OptionGroup var shared: SharedOptions

    func validate() throws {
        guard (1...10_000).contains(limit) else { throw ValidationError("--limit must be from 1 to 10000.") }
    }

    func perform(on console: Console) async throws {
        let lake = try await shared.pipeline(console).openLake()
        if let runID {
            let detail = try await lake.ledger.run(try await named(runID, in: lake))
            if shared.json { return console.result(JSONText.line(RunDetailDocument(detail))) }
            RunDetailText(detail: detail).say(on: console)
        } else {
            let runs = try await lake.ledger.runs(limit: limit)
            let watermarks = try await lake.ledger.watermarks()
            let latest = runs.first { $0.status != .running }
            let drift = if let latest { try await lake.ledger.drift(run: latest.id) } else { [DriftRecord]() }
            if shared.json {
                return console.result(JSONText.line(StatusDocument(runs: runs, watermarks: watermarks, drift: drift)))
            }
            RunListText(runs: runs, watermarks: watermarks, drift: drift, now: Date()).say(on: console)
        }
    }

    private func named(_ text: String, in lake: Lake) async throws -> RunID {
        if text == "last" {
            guard let last = try await lake.ledger.lastRun() else {
                throw Failure(code: "noRun", message: "there was no run yet", remedy: "lyceum run")
            }
            return last.id
        }
        guard let id = RunID(text) else {
            throw Failure(
                .usage,
                code: "usage",
                message: "'\(text)' is not a run id",
                remedy: "lyceum status lists them; `last` names the latest"
            )
        }
        return id
    }
}
