// The run history on a real ledger.

import Foundation
import LyceumCore
import LyceumLake
import Testing

@testable import LyceumServer

@Suite("Run history")
struct RunHistoryTests {
    @Test("a ledger that is not there yet is no runs, and asking does not make one")
    func missing() async throws {
        let url = URL.temporaryDirectory.appending(path: "lyceum-no-ledger-\(UUID().uuidString).sqlite")
        let history = LedgerRunHistory(ledger: .file(url))
        #expect(try await history.recentRuns(limit: 5).isEmpty)
        #expect(try await history.run(RunID()) == nil)
        #expect(!FileManager.default.fileExists(atPath: url.path))
    }

    @Test("runs are listed newest first, and one run has its tables and tests but nothing of the machine")
    func ledger() async throws {
        let home = URL.temporaryDirectory.appending(path: "lyceum-runs-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: home) }
        let ledger = home.appending(path: "ledger.sqlite")
        let lake = try await Lake.open(LakeSettings(folder: home.appending(path: "lake"), ledger: ledger))
        let table = TableID(.clean, "students")
        let first = try await lake.beginRun(RunID(startedAt: Date(timeIntervalSince1970: 1_700_000_000)))
        try await first.finish(.failed, error: "no \"source\"")
        let second = try await lake.beginRun(RunID())
        var publication = Publication()
        publication.reports = [
            TableReport(
                table,
                status: .built,
                counts: RowCounts(rowsIn: 5, rowsOut: 3, quarantined: 1, deduplicated: 1)
            )
        ]
        publication.tests = [
            TestResult(table: table, name: "not_null:email", severity: .warn, status: .warned, failures: 2)
        ]
        _ = try await second.publish(publication)

        try await withServer(runs: LedgerRunHistory(ledger: .file(ledger))) { client in
            let list = try await client.getWithKey("/v1/runs?limit=2").object()
            let runs = try #require(list["runs"] as? [[String: Any]])
            #expect(runs.compactMap { $0["run_id"] as? String } == [second.id.text, first.id.text])
            #expect(runs.compactMap { $0["status"] as? String } == ["succeeded", "failed"])
            #expect(runs.last?["error"] as? String == "no \"source\"")
            #expect(runs.first?["pid"] == nil)
            let one = try await client.getWithKey("/v1/runs/\(second.id.text)").object()
            let tables = try #require(one["tables"] as? [[String: Any]])
            #expect(tables.first?["in"] as? Int == 5)
            #expect(tables.first?["quarantined"] as? Int == 1)
            #expect((one["tests"] as? [[String: Any]])?.first?["failures"] as? Int == 2)
        }
    }
}
