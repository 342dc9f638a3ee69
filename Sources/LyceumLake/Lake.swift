// A lake: a folder of Parquet files and the ledger that says which of them count.

import Foundation
import LyceumCore

/// A data lake in a folder or bucket, with its ledger.
///
/// A run writes below `_staging/`, publishes in one transaction of the ledger, and only then do its files move into the
/// zone folders and superseded ones to `_history/`. A crash before the commit leaves nothing visible; a crash after it is
/// rolled forward by the next opening, whoever does it. Readers hold a shared lock while files are open, so that none
/// moves under them.
public final class Lake: Sendable {
    /// Where its locks stand.
    public let layout: LakeLayout
    /// The ledger.
    public let ledger: Ledger
    /// Where the files are kept.
    public let store: any ObjectStore
    /// Its locks.
    let locks: any LakeLocks
    /// The data keys; nil for a lake without encryption.
    public let keys: KeyRing?
    let now: @Sendable () -> Date
    /// Called before each step of a publication, for tests that stop one half-way.
    let beforeStep: @Sendable (PublicationStep) throws -> Void

    init(
        layout: LakeLayout,
        store: any ObjectStore,
        ledger: Ledger,
        keys: KeyRing?,
        now: @escaping @Sendable () -> Date,
        beforeStep: @escaping @Sendable (PublicationStep) throws -> Void
    ) {
        self.layout = layout
        self.keys = keys
        self.ledger = ledger
        self.store = store
        self.locks = ledger.locks(of: layout)
        self.now = now
        self.beforeStep = beforeStep
    }

    /// Opens a lake, creating its folders and ledger as needed, and mends what a crash has left.
    ///
    /// - Parameters:
    ///   - settings: where its files and its ledger are.
    ///   - now: the clock.
    /// - Throws: ``LakeError`` with code `read_only`, `not_a_folder`, `no_space`, `mismatch`, `migration_newer`,
    ///   `corrupt_ledger`, `not_a_ledger`, `locked`, `wrong_key` or `bad_key`; for a ledger on a server also `unavailable` or
    ///   `access_denied`.
    public static func open(
        _ settings: LakeSettings,
        now: @escaping @Sendable () -> Date = { Date() }
    ) async throws -> Lake {
        try await open(settings, now: now, wrapping: { $0 }, beforeStep: { _ in })
    }

    /// The same for tests, which may put a store of their own around the lake's and stop a publication half-way.
    package static func open(
        _ settings: LakeSettings,
        now: @escaping @Sendable () -> Date,
        wrapping wrap: (any ObjectStore) -> any ObjectStore = { $0 },
        beforeStep: @escaping @Sendable (PublicationStep) throws -> Void
    ) async throws -> Lake {
        let (layout, base) = try place(of: settings)
        let store = wrap(base)
        try await offload { try LocalStore(root: layout.root).makeFolder(LakeLayout.stagingFolder) }
        try await RestoreMark.requireNone(store)
        try await store.prepare(
            folders: Zone.allCases.map(\.rawValue) + [
                LakeLayout.stagingFolder, LakeLayout.historyFolder, LakeLayout.logFolder,
            ]
        )
        let ledger = try await Ledger.open(settings.ledger, now: now)
        let id = try await requireOwnLedger(ledger, of: store)
        // A lake that this process cannot read is left as it is, to its traces of a crash.
        let keys = try await KeyRing.open(
            settings.masterKey,
            lake: id,
            vault: KeyVault(store: store, ledger: ledger),
            now: now
        )
        let lake = Lake(layout: layout, store: store, ledger: ledger, keys: keys, now: now, beforeStep: beforeStep)
        try await lake.recover()
        return lake
    }

    /// Where a lake's locks and its files are; touches neither.
    static func place(of settings: LakeSettings) throws -> (layout: LakeLayout, store: any ObjectStore) {
        (LakeLayout(root: settings.local), try settings.store())
    }

    /// Begins a run: takes the run lock, mends what a crash has left, and makes the staging folder.
    ///
    /// Its id and its start come after those of every run before it, even where the clock does not: by them the newest version
    /// of a row is told from older ones.
    ///
    /// - Parameters:
    ///   - id: the run's id, if it must be a certain one.
    ///   - options: what the run was asked to do, as JSON text, for the ledger.
    ///   - wait: how long to wait for another run's end; nil refuses at once.
    /// - Throws: ``LakeError`` with code `locked` that names the holder; `CancellationError` while waiting.
    public func beginRun(
        _ given: RunID? = nil,
        options: String = "{}",
        wait: Duration? = nil
    ) async throws -> LakeRun {
        // Before the lock, which is to name its holder; nearly always the run's id in the end.
        let asked = if let given { given } else { RunID(startedAt: now()).following(try await ledger.latestRun()?.id) }
        let lock = try await RunLock.acquire(locks, of: store.place, run: asked, wait: wait, now: now)
        do {
            try await requireOnlyLedger()
            try await recover(holding: lock)
            // Another run may have begun and ended while this one waited.
            let last = try await ledger.latestRun()
            let id = given ?? asked.following(last?.id)
            let startedAt = max(now(), last.map { $0.startedAt + 0.0015 } ?? .distantPast)
            try await ledger.begin(run: id, at: startedAt, holder: lock.holder, options: options)
            let run = LakeRun(id: id, startedAt: startedAt, lake: self, lock: lock)
            try store.makeFolder(LakeLayout.staging(of: id))
            return run
        } catch {
            lock.release()
            throw error
        }
    }

    /// Who runs in the lake now; nil if nobody does.
    public func runHolder() async throws -> RunHolder? {
        try await locks.isRunLockHeld() ? locks.lastRunHolder() : nil
    }

    /// Bytes still free where the lake is; nil where nobody counts them.
    public func availableBytes() async throws -> Int64? {
        try await store.availableBytes()
    }
}
