// Restoring: a backup becomes a lake again.

import Foundation
import LyceumCore

/// What a restore came to.
public struct RestoreReceipt: Sendable, Hashable {
    /// The backup.
    public var backup: RunID
    /// When the backup's state was taken.
    public var createdAt: Date?
    /// Data files in the lake now.
    public var files: Int
    /// Their size in bytes.
    public var bytes: Int64
    /// Files that were there already, from an earlier attempt.
    public var reused: Int
    /// Tables in the catalog.
    public var tables: Int
    /// Rows of the current snapshots.
    public var rows: Int64
    /// Whether there is something to build a search snapshot from.
    public var hasCuratedTables: Bool
    /// What a comparison of folder and catalog found.
    public var audit: LakeAudit
    /// How long it took.
    public var seconds: Double
}

extension BackupVault {
    /// Restores a backup into a lake's folder and a ledger, and compares them at the end.
    ///
    /// Every object is checked against its hash on the way. A restore that is cut off leaves a mark by which opening the
    /// lake is refused; the same restore, started again, goes on where it stopped.
    ///
    /// - Parameters:
    ///   - backup: which one; the newest if nil.
    ///   - force: whether to replace a lake that is there. What the backup does not hold is removed.
    /// - Throws: ``LakeError`` with code `not_empty`, `unknown_backup`, `damaged_backup`, `unfinished_restore` (another
    ///   backup's), `migration_newer`, `locked`, `no_space` and others.
    public func restore(
        _ backup: RunID? = nil,
        to settings: LakeSettings,
        force: Bool = false,
        now: @escaping @Sendable () -> Date = { Date() }
    ) async throws -> RestoreReceipt {
        try await restore(backup, to: settings, force: force, now: now, wrapping: { $0 })
    }

    /// The same for tests, which may put a store of their own around the lake's.
    package func restore(
        _ backup: RunID? = nil,
        to settings: LakeSettings,
        force: Bool = false,
        now: @escaping @Sendable () -> Date = { Date() },
        wrapping wrap: (any ObjectStore) -> any ObjectStore
    ) async throws -> RestoreReceipt {
        let clock = ContinuousClock()
        let start = clock.now
        let manifest = try await chosen(backup)
        // The newest backup knows best who has been erased since.
        if let last = try await newestManifest()?.header.lastErasure, manifest.header.createdAt <= last {
            throw LakeError(
                .conflict,
                "Backup \(manifest.header.id) was taken before a person was erased (\(last)): restoring it would bring them "
                    + "back. Restore a later one. 'lyceum backup apply-erasures' removes those that should be gone.",
                location: location
            )
        }
        let (layout, store) = try Lake.place(of: settings)
        let restoration = Restoration(
            vault: self,
            manifest: manifest,
            layout: layout,
            store: wrap(store),
            ledger: settings.ledger,
            now: now
        )
        let reused = try await restoration.run(force: force)
        let lake = try await Lake.open(settings, now: now)
        let tables = try await lake.ledger.tables()
        return RestoreReceipt(
            backup: manifest.header.id,
            createdAt: Timestamp.parse(manifest.header.createdAt),
            files: manifest.files.count,
            bytes: manifest.bytes,
            reused: reused,
            tables: tables.count,
            rows: tables.reduce(0) { $0 + $1.rows },
            hasCuratedTables: tables.contains { $0.id.zone == .curated },
            audit: try await lake.audit(),
            seconds: start.duration(to: clock.now) / .seconds(1)
        )
    }

    private func chosen(_ backup: RunID?) async throws -> BackupManifest {
        try await requireBackups()
        if let backup { return try await manifest(of: backup) }
        guard let newest = try await ids().last else {
            throw LakeError(.unknownBackup, "\(location) holds no complete backup.", location: location)
        }
        return try await manifest(of: newest)
    }
}

/// One restore, from the first look at the target to the lake that can be opened.
private struct Restoration: Sendable {
    let vault: BackupVault
    let manifest: BackupManifest
    let layout: LakeLayout
    let store: any ObjectStore
    let ledger: LedgerLocation
    let now: @Sendable () -> Date

    private static let filesAtOnce = 4

    /// - Returns: how many files were there already.
    func run(force: Bool) async throws -> Int {
        try await store.prepare(folders: [])
        // Of a lake in a bucket the locks stand elsewhere.
        try await offload { try LocalStore(root: layout.root).makeFolder("") }
        let locks = try await locks()
        let run = try await RunLock.acquire(
            locks,
            of: store.place,
            run: RunID(startedAt: now()),
            wait: nil,
            now: now
        )
        defer { run.release() }
        let lock = try await locks.exclusive(wait: .seconds(60))
        defer { lock.release() }
        try await begin(force: force)
        let reused = try await placeFiles()
        try await removeOthers()
        try await store.persist(manifest.files.map(\.place), namesOnly: true)
        try await placeLedger()
        try await Lake.setIdentity(manifest.header.lake, in: store)
        try await RestoreMark.remove(store)
        return reused
    }

    private func locks() async throws -> any LakeLocks {
        if case .file = ledger { return FileLocks(layout) }
        return try await openTarget().locks(of: layout)
    }

    /// Checks the target and puts the mark there.
    private func begin(force: Bool) async throws {
        if let mark = try await RestoreMark.read(store), mark.backup == manifest.header.id { return }
        if !force {
            try await RestoreMark.requireNone(store)
            var holdsFiles = false
            for folder in folders where !holdsFiles { holdsFiles = try await !store.list(below: folder).isEmpty }
            let place = holdsFiles ? store.place : "\(ledger)"
            let isFree = try await isLedgerFree()
            guard !holdsFiles, isFree else {
                throw LakeError(
                    .notEmpty,
                    "The \(holdsFiles ? "lake" : "ledger") \(place) is there already. Restore to an empty place, or replace "
                        + "it with --force.",
                    location: place
                )
            }
        }
        try await RestoreMark(backup: manifest.header.id, source: vault.location).write(store)
    }

    private var folders: [String] { Zone.allCases.map(\.rawValue) + [LakeLayout.historyFolder] }

    // MARK: Files

    private func placeFiles() async throws -> Int {
        // On a disk the drafts stand in the lake, so that a file gets its place by its name alone.
        let scratch =
            (store as? LocalStore).map { URL(filePath: $0.absolute(Self.draftsFolder), directoryHint: .isDirectory) }
            ?? FileManager.default.temporaryDirectory.appending(path: "lyceum-restore-\(UUID().uuidString)")
        try await offload { try LocalStore(root: scratch).makeFolder("") }
        defer { try? FileManager.default.removeItem(at: scratch) }
        return try await withThrowingTaskGroup(of: Bool.self) { group in
            var rest = manifest.files[...]
            var reused = 0
            func next() {
                guard let file = rest.popFirst() else { return }
                group.addTask { try await place(file, scratch: scratch) }
            }
            for _ in 0..<Self.filesAtOnce { next() }
            while let wasThere = try await group.next() {
                if wasThere { reused += 1 }
                next()
            }
            return reused
        }
    }

    private static let draftsFolder = LakeLayout.stagingFolder + "/_restore"

    /// Puts one file where the catalog has it; returns whether it was there.
    private func place(_ file: BackupFile, scratch: URL) async throws -> Bool {
        if try await isThere(file) { return true }
        let name = UUID().uuidString.lowercased()
        let draft = scratch.appending(path: name, directoryHint: .notDirectory)
        guard try await vault.store.size(of: file.object.key) == file.object.bytes else {
            throw LakeError(
                .damagedBackup,
                "\(vault.location) has lost the content of \(file.path). Restore another backup; 'lyceum backup verify' "
                    + "tells which are whole.",
                location: file.object.key
            )
        }
        try await vault.store.download(file.object.key, to: draft)
        guard try await offload({ try ContentHash.ofFile(at: draft) }) == file.object.sha256 else {
            throw LakeError(
                .damagedBackup,
                "The content of \(file.path) in \(vault.location) is not what was backed up. Restore another backup; "
                    + "'lyceum backup verify --deep' tells which are whole.",
                location: file.object.key
            )
        }
        if store is LocalStore {
            _ = try await store.move([ObjectMove("\(Self.draftsFolder)/\(name)", to: file.place)]) { _ in }
        } else {
            try await store.upload(draft, to: file.place)
            try await offload { try FileManager.default.removeItem(at: draft) }
        }
        return false
    }

    /// Whether an earlier attempt has put a file in place. On a disk its content is compared; a bucket keeps checksums.
    private func isThere(_ file: BackupFile) async throws -> Bool {
        guard try await store.size(of: file.place) == file.object.bytes else { return false }
        guard let local = store as? LocalStore else { return true }
        let url = URL(filePath: local.absolute(file.place), directoryHint: .notDirectory)
        return try await offload { try ContentHash.ofFile(at: url) } == file.object.sha256
    }

    /// Removes data files and staged ones of a lake that is replaced, and what its ledger has claimed there.
    private func removeOthers() async throws {
        let wanted = Set(manifest.files.map(\.place))
        for folder in folders {
            try await store.remove(store.list(below: folder).map(\.key).filter { !wanted.contains($0) })
        }
        try await store.removeAll(below: LakeLayout.stagingFolder)
        try await store.removeAll(below: LakeLayout.logFolder)
    }

    // MARK: Ledger

    /// Makes the ledger beside its place and moves it there whole.
    private func placeLedger() async throws {
        var chunks: [BackupObject: Data] = [:]
        for chunk in Set(manifest.header.ledger.flatMap(\.chunks)) {
            guard let data = try await vault.store.read(chunk.key), BackupObject(data) == chunk else {
                throw LakeError(
                    .damagedBackup,
                    "A part of the ledger in \(vault.location) is gone or is not what was backed up. Restore another backup; "
                        + "'lyceum backup verify --deep' tells which are whole.",
                    location: chunk.key
                )
            }
            chunks[chunk] = data
        }
        let parts = chunks
        func fill(_ ledger: Ledger) async throws {
            try await ledger.load(manifest.header.ledger) { chunk in
                try LedgerDump.decode(parts[chunk] ?? Data())
            }
            try await ledger.check()
            try await ledger.close()
        }
        guard case .file(let url) = ledger else { return try await fill(openTarget()) }
        let draft = url.deletingLastPathComponent().appending(path: url.lastPathComponent + ".restoring")
        try await offload { try Self.removeDatabase(draft) }
        try await fill(Ledger.open(.file(draft), now: now, migrator: migrator()))
        // The steps that have come since the backup was made.
        try await Ledger.open(.file(draft), now: now).close()
        try await offload {
            let folder = LocalStore(root: url.deletingLastPathComponent())
            let (from, to) = (draft.lastPathComponent, url.lastPathComponent)
            try folder.synchronize(from)
            for suffix in ["-wal", "-shm"] { try folder.removeFile(to + suffix) }
            guard rename(folder.absolute(from), folder.absolute(to)) == 0 else {
                throw LakeError.system(errno, doing: "move \(from) to", path: folder.absolute(to))
            }
            for suffix in ["-wal", "-shm"] { try folder.removeFile(from + suffix) }
            try folder.synchronize("")
        }
    }

    /// The steps that the backup's ledger had been through.
    private func migrator() throws -> LedgerMigrator {
        try LedgerSchema.migrator.limited(to: manifest.header.migrations)
    }

    /// The ledger on a server, as it was when the backup was made; a new schema is made so.
    private func openTarget() async throws -> Ledger {
        try await Ledger.open(ledger, now: now, migrator: migrator())
    }

    private func isLedgerFree() async throws -> Bool {
        if case .file(let url) = ledger { return access(url.path(percentEncoded: false), F_OK) != 0 }
        let target = try await openTarget()
        let isFree = try await target.isUnused()
        try await target.close()
        return isFree
    }

    private static func removeDatabase(_ url: URL) throws {
        let folder = LocalStore(root: url.deletingLastPathComponent())
        try folder.makeFolder("")
        for suffix in ["", "-wal", "-shm"] { try folder.removeFile(url.lastPathComponent + suffix) }
    }
}
