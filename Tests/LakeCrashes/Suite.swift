// The cases: each does a piece of work on a copy to the end, on the lake itself until it is killed, and compares.

import Foundation
import LyceumCore
import LyceumLake

/// The whole check.
struct Suite: Sendable {
    private let options: Options
    private let home: URL

    init(_ options: Options) throws {
        self.options = options
        home = FileManager.default.temporaryDirectory.appending(path: "lake-crashes-\(UUID().uuidString.prefix(8))")
        try FileManager.default.createDirectory(at: home, withIntermediateDirectories: true)
    }

    /// Runs every case and the two writers; returns whether all is well.
    func run() async throws -> Bool {
        defer { try? FileManager.default.removeItem(at: home) }
        let clock = ContinuousClock()
        let start = clock.now
        var random = SeededGenerator(seed: options.seed)
        var failures = 0
        var outcomes: [String: Int] = [:]
        let live = Place(home.appending(path: "live").path(percentEncoded: false))
        try FileManager.default.createDirectory(at: live.folder, withIntermediateDirectories: true)
        if options.cases > 0 {
            for _ in 0..<4 { _ = try Child(work: .publish, in: live, seed: random.next()).end() }
        }
        for number in 0..<options.cases {
            let kind = Work.Kind.allCases[number % Work.Kind.allCases.count]
            let seed = random.next() >> 1
            let isAtStep = number / Work.Kind.allCases.count % 2 == 0
            let chance = Double.random(in: 0..<1, using: &random)
            var result = Result(kind: kind)
            do { try await crash(live, kind, seed: seed, isAtStep: isAtStep, chance: chance, &result) } catch {
                result.problems.append("\(error)")
            }
            outcomes[result.outcome, default: 0] += 1
            if !result.problems.isEmpty { failures += 1 }
            Output.line([
                "case": number, "work": kind.rawValue, "killed": result.killed, "outcome": result.outcome,
                "ok": result.problems.isEmpty, "problems": result.problems,
            ])
        }
        let writers = try await Writers.race(
            commits: options.commits,
            in: Place(home.appending(path: "writers").path(percentEncoded: false))
        )
        Output.line([
            "case": "two writers", "commits": 2 * options.commits, "lost": writers.lost, "ok": writers.problems.isEmpty,
            "problems": writers.problems, "seconds": writers.seconds,
        ])
        let isOnServer = Place.variable(Place.server) != nil
        let isSound = failures == 0 && writers.problems.isEmpty
        Output.line([
            "check": "lake crashes", "ok": isSound, "seed": options.seed, "cases": options.cases, "failures": failures,
            "before": outcomes["before"] ?? 0, "after": outcomes["after"] ?? 0, "unharmed": outcomes["unharmed"] ?? 0,
            "commits": 2 * options.commits, "lost": writers.lost, "ledger": isOnServer ? "postgresql" : "sqlite",
            "store": Place.variable(Place.bucket) == nil ? "folder" : "s3",
            "seconds": (start.duration(to: clock.now) / .seconds(1) * 10).rounded() / 10,
        ])
        return isSound
    }

    private struct Result {
        var kind: Work.Kind
        var killed = "not reached"
        var outcome = "failed"
        var problems: [String] = []
    }

    /// One case. The lake is left whole, whatever came of it.
    private func crash(
        _ live: Place,
        _ kind: Work.Kind,
        seed: UInt64,
        isAtStep: Bool,
        chance: Double,
        _ result: inout Result
    ) async throws {
        let copy = Place(home.appending(path: "copy").path(percentEncoded: false))
        if kind == .vacuum { try await scatterOrphans(in: live, seed: seed) }
        if kind == .restore { try await live.remove(live.restored) }
        if kind == .restore { _ = try Child(work: .backup, in: live, seed: seed).end() }
        let before = try await see(live.settings)
        try await live.copy(to: copy)
        let whole = try Child(work: kind, in: copy, seed: seed).end()
        let after = try await see(copy.settings)
        if isAtStep {
            let step = Int(chance * Double(whole.steps))
            let child = try Child(work: kind, in: live, seed: seed, dyingAt: step)
            result.killed = "before step \(step) of \(whole.steps)"
            guard try child.waitForDeath() else { throw SuiteError("the process did not die \(result.killed)") }
        } else {
            let child = try Child(work: kind, in: live, seed: seed)
            let delay = chance * whole.seconds * 1.1
            result.killed = "after \((delay * 1_000_000).rounded() / 1_000) of \((whole.seconds * 1000).rounded()) ms"
            try child.kill(after: delay)
        }
        let found = try await see(live.settings)
        // A vacuum's two transactions stand for themselves: what it found expired, and then the orphans.
        if found == after {
            result.outcome = found == before ? "unharmed" : "after"
        } else if found == before {
            result.outcome = "before"
        } else {
            result.problems.append("between: \(found) is neither \(before) nor \(after)")
        }
        switch kind {
        case .backup: try await checkBackups(of: live, &result)
        case .restore: try await checkRestore(of: live, seed: seed, expected: before, &result)
        default: break
        }
        try await checkVacuum(live, expected: found, &result)
    }

    private func see(_ settings: LakeSettings) async throws -> Sight {
        let lake = try await Lake.open(settings)
        let sight = try await Sight(lake)
        try await lake.ledger.close()
        return sight
    }

    /// After a vacuum the folder holds the live files and no others, and the tables are as they were.
    private func checkVacuum(_ place: Place, expected: Sight, _ result: inout Result) async throws {
        let lake = try await Lake.open(place.settings)
        _ = try await lake.removeOrphans()
        // Files of snapshots that have expired and that a killed vacuum did not come to remove.
        _ = try await lake.expireHistory(keep: 1_000_000)
        let strays = try await lake.strays()
        if !strays.isEmpty {
            result.problems.append("after a vacuum, folder and live files differ: \(strays.prefix(5))")
        }
        let audit = try await lake.audit()
        if !audit.isClean { result.problems.append("the audit finds \(audit)") }
        if try await Sight(lake) != expected { result.problems.append("the vacuum changed a table") }
        try await lake.ledger.check()
        try await lake.ledger.close()
    }

    /// Files that no catalog knows, as a ledger from a copy would leave them.
    private func scatterOrphans(in place: Place, seed: UInt64) async throws {
        let lake = try await Lake.open(place.settings)
        for (number, table) in Place.tables.enumerated() {
            let path = try FilePath(table: table, source: "campus", day: "2026-11-24", run: RunID(), number: number)
            try await lake.store.write(number == 0 ? "_history/\(path)" : "\(path)", Data("\(seed)".utf8))
        }
        try await lake.ledger.close()
    }

    /// Every backup that is listed is whole, and the next one is not hindered.
    private func checkBackups(of place: Place, _ result: inout Result) async throws {
        let vault = try place.vault
        let lake = try await Lake.open(place.settings)
        try await lake.backUp(to: vault)
        let verification = try await vault.verify(isDeep: true)
        if !verification.isSound { result.problems.append("a backup is not whole: \(verification)") }
        let pruning = try await vault.prune(keep: 3)
        let rest = try await vault.verify(isDeep: true)
        if !rest.isSound { result.problems.append("pruning \(pruning.removed) harmed a backup: \(rest)") }
        try await lake.ledger.close()
    }

    /// A lake that was half restored is shut, and the restore goes on to the state of the backup.
    private func checkRestore(of place: Place, seed: UInt64, expected: Sight, _ result: inout Result) async throws {
        let vault = try place.vault
        try await place.remove(place.reference)
        _ = try await vault.restore(to: place.reference)
        let whole = try await see(place.reference)
        try await place.remove(place.reference)
        if try await place.restored.store().read("_restore.json") != nil {
            do {
                _ = try await Lake.open(place.restored)
                result.problems.append("a half restored lake could be opened")
            } catch let error as LakeError where error.code == .unfinishedRestore {}
            _ = try await vault.restore(to: place.restored)
        } else if !FileManager.default.fileExists(atPath: place.restoredLedger) {
            _ = try await vault.restore(to: place.restored)
        }
        let found = try await see(place.restored)
        if found != whole { result.problems.append("restored: \(found), and not \(whole)") }
        let lake = try await Lake.open(place.restored)
        let strays = try await lake.strays()
        if !strays.isEmpty {
            result.problems.append("in the restored lake, folder and live files differ: \(strays.prefix(5))")
        }
        try await lake.ledger.close()
    }
}
