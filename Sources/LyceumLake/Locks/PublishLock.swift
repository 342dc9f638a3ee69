// Readers and the publisher of a lake, kept apart for the moment in which files move.

import Foundation

/// The readers-writer lock around moving files.
///
/// A `flock` alone lets a steady stream of readers starve the publisher. Hence a second one, the gate: everyone passes
/// it on the way in, and a publisher keeps it closed while the readers inside finish. A holder must not ask for the
/// lock again: a publisher waiting at the gate would wait for it for ever.
enum PublishLock {
    /// Holds the lock shared: until it is released no file moves.
    static func shared(_ layout: LakeLayout, wait: Duration) async throws -> FileLock {
        let gate = try await pass(layout.publishGate, .shared, wait: wait)
        defer { gate.release() }
        return try await pass(layout.publishLock, .shared, wait: wait)
    }

    /// Holds the lock alone: files may move.
    static func exclusive(_ layout: LakeLayout, wait: Duration) async throws -> FileLock {
        let gate = try await pass(layout.publishGate, .exclusive, wait: wait)
        defer { gate.release() }
        return try await pass(layout.publishLock, .exclusive, wait: wait)
    }

    private static func pass(_ url: URL, _ kind: FileLock.Kind, wait: Duration) async throws -> FileLock {
        let path = url.path(percentEncoded: false)
        if let lock = try await FileLock.acquire(path, kind, wait: wait) { return lock }
        throw LakeError(
            .locked,
            kind == .shared
                ? "Files of the lake are being published; gave up after \(wait). Try again."
                : "Readers kept files of the lake open for \(wait), so nothing was published. End long queries and run again.",
            location: path
        )
    }
}
