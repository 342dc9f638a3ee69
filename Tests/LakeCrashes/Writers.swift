// Two processes that commit to the same tables, a thousand times each.

import Foundation
import LyceumCore
import LyceumLake

enum Writers {
    struct Outcome: Sendable {
        var lost = 0
        var problems: [String] = []
        var seconds = 0.0
    }

    private static let log = TableID(.raw, "log")
    private static let counter = TableID(.clean, "counter")

    /// Lets two processes commit and looks for every commit of both.
    static func race(commits: Int, in place: Place) async throws -> Outcome {
        let clock = ContinuousClock()
        let start = clock.now
        try FileManager.default.createDirectory(at: place.folder, withIntermediateDirectories: true)
        let children = try (0..<2).map { try Child(["commit", place.path, "\($0)", "\(commits)"]) }
        var outcome = Outcome()
        for child in children where try child.end().steps != commits {
            outcome.problems.append("a writer stopped early")
        }
        let lake = try await Lake.open(place.settings)
        var seen: Set<String> = []
        for file in try await lake.currentFiles(log) {
            let text = try await lake.store.read(Sight.key(of: file, in: lake)) ?? Data()
            if !seen.insert(String(decoding: text, as: UTF8.self)).inserted {
                outcome.problems.append("\(file.path) is there twice")
            }
        }
        for writer in 0..<2 {
            outcome.lost += (0..<commits).count { !seen.contains("\(writer) \($0)\n") }
        }
        if outcome.lost > 0 { outcome.problems.append("\(outcome.lost) commits are lost") }
        // Each commit added one to what it had read: a lost update would show as a lower count.
        let count = try await value(lake)
        if count != 2 * commits { outcome.problems.append("the counter is at \(count), not at \(2 * commits)") }
        let snapshots = try await lake.ledger.history(of: log).count
        if snapshots != 2 * commits { outcome.problems.append("\(snapshots) snapshots for \(2 * commits) commits") }
        let audit = try await lake.audit()
        if !audit.isClean { outcome.problems.append("the audit finds \(audit)") }
        outcome.seconds = (start.duration(to: clock.now) / .seconds(1) * 10).rounded() / 10
        return outcome
    }

    /// One writer: each commit appends a file to one table and replaces another by what it computed from it.
    static func commit(_ count: Int, as writer: Int, in place: Place) async throws {
        let lake = try await Lake.open(place.settings)
        say("begin")
        for number in 0..<count {
            let run = try await lake.beginRun(wait: .seconds(120))
            let snapshot = try await lake.ledger.table(counter)?.snapshot
            let value = try await value(lake) + 1
            let publication = Publication(tables: [
                TablePublication(
                    log,
                    mode: .append,
                    files: [try await Work.stage(["\(writer) \(number)"], of: log, number: 0, in: run, of: lake)]
                ),
                TablePublication(
                    counter,
                    mode: .replace,
                    files: [try await Work.stage(["\(value)"], of: counter, number: 0, in: run, of: lake)],
                    basedOn: snapshot
                ),
            ])
            _ = try await run.publish(publication)
            if number % 50 == 49 { _ = try await lake.expireHistory(keep: 4_000) }
        }
        say("end \(count)")
    }

    private static func value(_ lake: Lake) async throws -> Int {
        guard try await lake.ledger.table(counter) != nil, let file = try await lake.currentFiles(counter).first else {
            return 0
        }
        let text = try await lake.store.read(Sight.key(of: file, in: lake)) ?? Data()
        return Int(String(decoding: text, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)) ?? -1
    }

    private static func say(_ text: String) { FileHandle.standardOutput.write(Data((text + "\n").utf8)) }
}
