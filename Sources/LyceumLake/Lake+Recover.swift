// What a crash has left, mended by whoever comes next.

import Foundation
import LyceumCore

/// What a recovery found and mended.
public struct Recovery: Sendable, Hashable {
    /// Publications that were committed, and whose files it has now put in place.
    public var settled = 0
    /// Runs whose process had gone.
    public var abandoned: [RunID] = []
    /// Staging folders of dead runs that it removed.
    public var removedStaging = 0
    /// Files that were published and exist nowhere any more.
    public var missing: [String] = []
}

extension Lake {
    /// Rolls committed publications forward, marks dead runs as abandoned and removes what they had staged.
    ///
    /// Done by every opening and at the start of every run; harmless at any time, beside other processes too.
    /// - Throws: ``LakeError`` if a folder or the ledger cannot be written.
    @discardableResult
    public func recover() async throws -> Recovery {
        var recovery = try await settleAfterCrash()
        guard try await hasTraces() else { return recovery }
        // Whoever gets the run lock knows that no run is alive: its holder's death has freed it.
        guard let lock = try await RunLock.attemptCleanUp(locks, now: now) else { return recovery }
        defer { lock.release() }
        try await cleanUp(keeping: nil, &recovery)
        return recovery
    }

    /// The same for a run that holds the lock already.
    @discardableResult
    func recover(holding lock: RunLock) async throws -> Recovery {
        var recovery = try await settleAfterCrash()
        try await cleanUp(keeping: lock.holder.run, &recovery)
        return recovery
    }

    private func settleAfterCrash() async throws -> Recovery {
        var recovery = Recovery()
        if try await ledger.unsettledPublications().isEmpty { return recovery }
        let lock = try await locks.exclusive(wait: .seconds(60))
        defer { lock.release() }
        (recovery.settled, recovery.missing) = try await settleUnsettled()
        return recovery
    }

    private func hasTraces() async throws -> Bool {
        if try await ledger.lastRun(.running) != nil { return true }
        return try await !store.names(in: LakeLayout.stagingFolder).isEmpty
    }

    private func cleanUp(keeping run: RunID?, _ recovery: inout Recovery) async throws {
        recovery.abandoned = try await ledger.abandonRuns(except: run)
        // A publication may have been committed since `settleAfterCrash` looked, by a run that then died: its staged
        // files are needed still.
        let settled = try await settleAfterCrash()
        recovery.settled += settled.settled
        recovery.missing += settled.missing
        let names = try await store.names(in: LakeLayout.stagingFolder).filter { $0 != run?.text }
        for name in names { try await store.removeAll(below: "\(LakeLayout.stagingFolder)/\(name)") }
        recovery.removedStaging = names.count
    }
}
