// The ledger's runs for the server, in the same shape as `lyceum status --json`.

import LyceumCore
import LyceumLake
import LyceumServer

/// Reads the runs from the ledger on each request.
struct LedgerRunHistory: RunHistory {
    let ledger: Ledger

    func recentRuns(limit: Int) async throws -> [String] {
        try await ledger.runs(limit: limit).map { JSONText.line(RunDocument($0)) }
    }

    func run(_ id: RunID) async throws -> String? {
        do {
            return JSONText.line(RunDetailDocument(try await ledger.run(id)))
        } catch let error as LakeError where error.code == .unknownRun {
            return nil
        }
    }
}
