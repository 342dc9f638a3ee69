// How many entries a second the audit record takes, how long one waits, and how fast a record is verified.
//
//     cd Benchmarks && swift run -c release audit-bench [--seconds N] [--folder DIR]
//
// 64 callers record entries as the server does, each waiting for its own; the peer is a record by hand, one line written and
// forced to the disk (fdatasync) at a time, in the same folder and the same run. --folder puts both on the disk that matters.
// Prints a JSON line for each case and a last line with the totals; fails when a goal is missed.

import Foundation
import LyceumAudit

@main
enum AuditBench {
    static func main() async throws {
        var seconds = 5.0
        var parent = URL(filePath: NSTemporaryDirectory())
        var arguments = CommandLine.arguments.dropFirst()
        while let argument = arguments.popFirst() {
            switch argument {
            case "--seconds": seconds = arguments.popFirst().flatMap(Double.init) ?? seconds
            case "--folder": parent = arguments.popFirst().map { URL(filePath: $0) } ?? parent
            default:
                print("unknown argument \(argument)")
                exit(64)
            }
        }
        let folder = parent.appending(path: "audit-bench-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let key = try AuditKey(AuditKey.generate())
        var isOK = true
        let byHand = try await byHand(in: folder, seconds: seconds)
        for (callers, goal) in [(1, 0.5), (64, 5.0)] {
            let place = folder.appending(path: "record-\(callers)")
            let run = try await record(in: place, key: key, callers: callers, seconds: seconds)
            let ratio = run.perSecond / byHand
            isOK = isOK && ratio >= goal
            print(
                """
                {"case": "record", "callers": \(callers), "per_second": \(Int(run.perSecond)), "p50_ms": \(run.median), \
                "p99_ms": \(run.nearWorst), "entries_a_write": \(run.entriesPerWrite), "peer": "one fdatasync a line", \
                "peer_per_second": \(Int(byHand)), "ratio": \(ratio), "goal": \(goal), "ok": \(ratio >= goal)}
                """
            )
        }
        let clock = ContinuousClock()
        let start = clock.now
        let found = try AuditVerifier(folder.appending(path: "record-64"), publicKey: key.publicKey).verify()
        let taken = start.duration(to: clock.now) / .seconds(1)
        isOK = isOK && found.ok
        print(
            """
            {"case": "verify", "lines": \(found.lines), "lines_per_second": \(Int(Double(found.lines) / taken)), \
            "ok": \(found.ok)}
            """
        )
        print(#"{"check": "audit", "ok": \#(isOK), "cases": 3}"#)
        if !isOK {
            try? FileManager.default.removeItem(at: folder)
            exit(1)
        }
    }

    private struct Run {
        var perSecond: Double
        var median: Double
        var nearWorst: Double
        var entriesPerWrite: Double
    }

    /// An entry as a search of ten students leaves it.
    private static func entry(_ number: Int) -> AuditEntry {
        AuditEntry(
            request: "request-\(number)",
            actor: "key:3f9a1c",
            role: "adviser",
            action: .search,
            resource: "/v1/students/search",
            collection: "students",
            subjects: (0..<10).map { "S\((number &* 7919 &+ $0) % 100_000)" },
            fields: [
                "personal_info.first_name", "personal_info.last_name", "academic_info.program", "academic_info.gpa",
            ],
            query: "data analysis",
            purpose: "advising",
            basis: "34 CFR 99.31(a)(1)"
        )
    }

    private static func record(in folder: URL, key: AuditKey, callers: Int, seconds: Double) async throws -> Run {
        let log = try await AuditLog.open(folder, key: key)
        let clock = ContinuousClock()
        let start = clock.now
        let end = start + .seconds(seconds)
        let waits = try await withThrowingTaskGroup(of: [Double].self) { group in
            for caller in 0..<callers {
                group.addTask {
                    var waits: [Double] = []
                    var number = caller
                    while clock.now < end {
                        let began = clock.now
                        try await log.record(entry(number))
                        waits.append(began.duration(to: clock.now) / .milliseconds(1))
                        number += callers
                    }
                    return waits
                }
            }
            return try await group.reduce(into: []) { $0 += $1 }
        }
        .sorted()
        let taken = start.duration(to: clock.now) / .seconds(1)
        let counts = log.counts
        await log.close()
        return Run(
            perSecond: Double(waits.count) / taken,
            median: waits[waits.count / 2],
            nearWorst: waits[waits.count * 99 / 100],
            entriesPerWrite: Double(counts.recorded) / Double(max(1, counts.batches))
        )
    }

    /// Lines of the same length, each written and forced to the disk before the next; a second count.
    private static func byHand(in folder: URL, seconds: Double) async throws -> Double {
        let url = folder.appending(path: "by-hand")
        let descriptor = open(url.path, O_WRONLY | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            print("cannot write to \(folder.path)")
            exit(1)
        }
        defer { close(descriptor) }
        let line = [UInt8](repeating: 0x61, count: 900)
        let clock = ContinuousClock()
        let start = clock.now
        var count = 0
        while start.duration(to: clock.now) < .seconds(seconds) {
            let written = line.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
            guard written == line.count, fdatasync(descriptor) == 0 else {
                print("cannot write to \(url.path)")
                exit(1)
            }
            count += 1
        }
        return Double(count) / (start.duration(to: clock.now) / .seconds(1))
    }
}
