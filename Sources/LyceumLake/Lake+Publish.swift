// Publishing: one transaction, then the files follow.

import Foundation
import LyceumCore

/// The steps of a publication, in order; a crash may come before any of them.
package enum PublicationStep: Sendable, Hashable {
    /// Staged files are checked and forced to disk.
    case prepare
    /// The lake's next publication is claimed for this ledger.
    case claim
    /// The ledger's transaction.
    case commit
    /// The superseded file of this index goes to history.
    case moveOut(Int)
    /// The new file of this index goes to its zone.
    case moveIn(Int)
    /// The bytes of files that others stand for are deleted.
    case eraseOld
    /// The file of this index that stands for another goes to its place.
    case replace(Int)
    /// Folders are forced to disk.
    case synchronize
    /// The ledger notes that the files are in place.
    case markSettled
    /// The staging folder is removed.
    case cleanUp
}

extension Lake {
    func publish(
        _ publication: Publication,
        staging: Staging,
        holding run: RunLock,
        wait: Duration
    ) async throws -> PublicationReceipt {
        let clock = ContinuousClock()
        let start = clock.now
        try beforeStep(.prepare)
        try await ledger.requireRunning(staging.run)
        try await staging.prepare(publication)
        try await requireEncryption(of: publication)
        // The lock comes before the commit: readers that start later see all of it, and those inside see none.
        // A run that changes no table waits for nobody.
        let lock = publication.tables.isEmpty ? nil : try await locks.exclusive(wait: wait)
        defer { lock?.release() }
        if lock != nil { try await settleUnsettled() }
        try Task.checkCancellation()
        let claim =
            lock == nil ? nil : try await claimPublication(run: staging.run, tables: publication.tables.map(\.table))
        try beforeStep(.commit)
        let held = [run.lock, lock].compactMap(\.self)
        let committed = try await ledger.publish(publication, run: staging.run, claim: claim, holding: held)
        var pending: LakeError?
        do {
            if !committed.snapshots.isEmpty {
                let missing = try await settle(committed.id)
                if let path = missing.first {
                    throw LakeError(.missingFile, "\(path) vanished while it was being published.", location: path)
                }
            }
            try beforeStep(.cleanUp)
            try await staging.remove()
        } catch let error as LakeError {
            pending = error
        }
        return PublicationReceipt(
            run: staging.run,
            snapshots: committed.snapshots,
            seconds: start.duration(to: clock.now) / .seconds(1),
            pending: pending
        )
    }

    /// Moves the files of one publication to where the catalog says they are. Call under the exclusive lock.
    ///
    /// Every move can be done again, so this may follow a crash at any point of itself. Superseded files leave before
    /// new ones come: an engine that globs without the lock finds rows missing rather than counts them twice.
    /// - Returns: new files that are neither staged nor in place.
    func settle(_ publication: Int64) async throws -> [String] {
        let settlement = try await ledger.settlement(of: publication)
        let missing = try await move(settlement)
        try beforeStep(.markSettled)
        try await ledger.markSettled(publication)
        return missing
    }

    /// Settles every committed publication that a crash left unfinished. Call under the exclusive lock.
    @discardableResult
    func settleUnsettled() async throws -> (count: Int, missing: [String]) {
        var missing: [String] = []
        let publications = try await ledger.unsettledPublications()
        // An older copy would bring back what has been superseded since.
        if !publications.isEmpty { try await requireOnlyLedger() }
        for publication in publications { missing += try await settle(publication) }
        return (publications.count, missing)
    }

    private func move(_ settlement: Settlement) async throws -> [String] {
        let beforeStep = beforeStep
        let staging = LakeLayout.staging(of: settlement.run)
        let leaving = settlement.leaving.map { path in
            ObjectMove(path.description, to: LakeLayout.key(of: path, isSuperseded: true))
        }
        // A superseded file that someone removed by hand is no reason to stop: nobody needs it to go on.
        _ = try await store.move(leaving) { try beforeStep(.moveOut($0)) }
        // A rollback brings files back from history.
        let arriving = settlement.arriving.map { path in
            ObjectMove("\(staging)/\(path)", LakeLayout.key(of: path, isSuperseded: true), to: path.description)
        }
        let arrived = try await store.move(arriving) { try beforeStep(.moveIn($0)) }
        let erased = settlement.replacing.flatMap { replacement in
            [false, true].map { LakeLayout.key(of: replacement.old, isSuperseded: $0) }
        }
        if !erased.isEmpty {
            try beforeStep(.eraseOld)
            try await store.remove(erased)
        }
        let replacing = settlement.replacing.compactMap { replacement in
            replacement.new.map {
                ObjectMove("\(staging)/\($0)", to: LakeLayout.key(of: $0, isSuperseded: replacement.isSuperseded))
            }
        }
        let replaced = try await store.move(replacing) { try beforeStep(.replace($0)) }
        try beforeStep(.synchronize)
        let moved = leaving.flatMap { $0.sources + [$0.target] } + arriving.map(\.target) + replacing.map(\.target)
        try await store.persist(moved + erased, namesOnly: true)
        return zip(arriving + replacing, arrived + replaced).filter { $1 == .missing }.map(\.0.target)
    }
}
