// The two locks of a lake, wherever its ledger stands.

import Foundation
import LyceumCore

/// A lock that is held until it is released, or until its process ends, however it ends.
protocol HeldLock: Sendable {
    /// Frees the lock; doing so again is harmless.
    func release()

    /// Throws ``LakeError`` with code `lock_lost` inside a transaction of the ledger if the lock is no longer held.
    ///
    /// A server frees the locks of a connection that broke; what it let in meanwhile must not be overwritten.
    func requireHeld(_ db: Database) throws
}

/// Whether others of the same kind may hold a lock at the same time.
enum LockKind: Sendable {
    case shared
    case exclusive
}

/// The run lock (one run at a time, and everyone can see whose) and the publish lock (readers, or the one who moves files).
///
/// In files for a ledger in a file, on the server for a ledger on a server. A holder of the publish lock must not ask for
/// it again: a publisher waiting in between would wait for it for ever.
protocol LakeLocks: Sendable {
    /// Where the run lock is, for messages.
    var place: String { get }

    /// Takes the run lock and notes who holds it; nil when the time is up.
    func acquireRun(_ holder: RunHolder, wait: Duration) async throws -> (any HeldLock)?

    /// Who holds the run lock, or held it last.
    func lastRunHolder() async throws -> RunHolder?

    /// Whether someone holds the run lock now.
    func isRunLockHeld() async throws -> Bool

    /// Takes the publish lock; nil when the time is up. A publisher that waits keeps new readers out.
    func acquirePublish(_ kind: LockKind, wait: Duration) async throws -> (any HeldLock)?
}

extension LakeLocks {
    /// Holds the publish lock shared: until it is released no file moves.
    ///
    /// - Throws: ``LakeError`` with code `locked`.
    func shared(wait: Duration) async throws -> any HeldLock {
        if let lock = try await acquirePublish(.shared, wait: wait) { return lock }
        throw LakeError(
            .locked,
            "Files of the lake are being published; gave up after \(wait). Try again.",
            location: place
        )
    }

    /// Holds the publish lock alone: files may move.
    ///
    /// - Throws: ``LakeError`` with code `locked`.
    func exclusive(wait: Duration) async throws -> any HeldLock {
        if let lock = try await acquirePublish(.exclusive, wait: wait) { return lock }
        throw LakeError(
            .locked,
            "Readers kept files of the lake open for \(wait), so nothing was published. End long queries and run again.",
            location: place
        )
    }
}
