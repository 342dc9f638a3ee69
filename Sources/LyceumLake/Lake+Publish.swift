// Publishing: one transaction, then the files follow.

import Foundation
import LyceumCore

/// The steps of a publication, in order; a crash may come before any of them.
enum PublicationStep: Sendable, Hashable {
    /// Staged files are checked and forced to disk.
    case prepare
    /// The ledger's transaction.
    case commit
    /// The superseded file of this index goes to history.
    case moveOut(Int)
    /// The new file of this index goes to its zone.
    case moveIn(Int)
    /// The bytes of the erased file of this index are deleted, and the file that stands for it goes to its place.
    case replace(Int)
    /// Folders are forced to disk.
    case synchronize
    /// The ledger notes that the files are in place.
    case markSettled
    /// The staging folder is removed.
    case cleanUp
}

extension Lake {
    func publish(_ publication: Publication, staging: Staging, wait: Duration) async throws -> PublicationReceipt {
        let clock = ContinuousClock()
        let start = clock.now
        try beforeStep(.prepare)
        try await ledger.requireRunning(staging.run)
        try await offload { try staging.prepare(publication) }
        // The lock comes before the commit: readers that start later see all of it, and those inside see none.
        // A run that changes no table waits for nobody.
        let lock = publication.tables.isEmpty ? nil : try await PublishLock.exclusive(layout, wait: wait)
        defer { lock?.release() }
        if lock != nil { try await settleUnsettled() }
        try Task.checkCancellation()
        try beforeStep(.commit)
        let committed = try await ledger.publish(publication, run: staging.run)
        var pending: LakeError?
        do {
            if !committed.snapshots.isEmpty {
                let missing = try await settle(committed.id)
                if let path = missing.first {
                    throw LakeError(.missingFile, "\(path) vanished while it was being published.", location: path)
                }
            }
            try beforeStep(.cleanUp)
            try await offload { try staging.remove() }
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
        let missing = try await offload { [self] in try move(settlement) }
        try beforeStep(.markSettled)
        try await ledger.markSettled(publication)
        return missing
    }

    /// Settles every committed publication that a crash left unfinished. Call under the exclusive lock.
    @discardableResult
    func settleUnsettled() async throws -> (count: Int, missing: [String]) {
        var missing: [String] = []
        let publications = try await ledger.unsettledPublications()
        for publication in publications { missing += try await settle(publication) }
        return (publications.count, missing)
    }

    private func move(_ settlement: Settlement) throws -> [String] {
        let staging = "\(LakeLayout.stagingFolder)/\(settlement.run)"
        var touched = TouchedFolders()
        var missing: [String] = []
        for (index, path) in settlement.leaving.enumerated() {
            try beforeStep(.moveOut(index))
            let target = "\(LakeLayout.historyFolder)/\(path)"
            try touched.create("\(LakeLayout.historyFolder)/\(path.folder)", in: store)
            // A superseded file that someone removed by hand is no reason to stop: nobody needs it to go on.
            _ = try store.move(path.description, to: target)
            touched.insert(path.folder)
        }
        for (index, path) in settlement.arriving.enumerated() {
            try beforeStep(.moveIn(index))
            try touched.create(path.folder, in: store)
            guard try store.move("\(staging)/\(path)", to: path.description) == .missing else { continue }
            // A rollback brings files back from history.
            if try store.move("\(LakeLayout.historyFolder)/\(path)", to: path.description) == .missing {
                missing.append(path.description)
            }
        }
        for (index, replacement) in settlement.replacing.enumerated() {
            try beforeStep(.replace(index))
            let history = LakeLayout.historyFolder + "/"
            for place in ["", history] {
                if try store.removeFile(place + replacement.old.description) {
                    touched.insert(place + replacement.old.folder)
                }
            }
            guard let new = replacement.new else { continue }
            let target = (replacement.isSuperseded ? history : "") + new.description
            try touched.create((target as NSString).deletingLastPathComponent, in: store)
            if try store.move("\(staging)/\(new)", to: target) == .missing { missing.append(target) }
        }
        try beforeStep(.synchronize)
        for path in settlement.leaving {
            store.prune(path.folder, below: "\(path.table.zone.rawValue)/\(path.table.name)")
        }
        try store.synchronize(all: touched.folders.filter(store.isFolder).sorted())
        return missing
    }
}

/// Folders in which entries came or went, so that each is created and forced to disk once.
private struct TouchedFolders {
    private(set) var folders: Set<String> = []
    private var created: Set<String> = []

    mutating func create(_ folder: String, in store: LocalStore) throws {
        guard created.insert(folder).inserted else { return }
        try store.makeFolder(folder)
        insert(folder)
    }

    /// Notes a folder and those above it, which may have been created with it.
    mutating func insert(_ folder: String) {
        var folder = folder
        while folders.insert(folder).inserted, !folder.isEmpty {
            folder = (folder as NSString).deletingLastPathComponent
        }
    }
}
