// The locks of a lake whose ledger is a file: the kernel's, on files beside it.

import Foundation
import LyceumCore

/// The run lock and the publish lock as `flock(2)` on files, freed by the kernel even after kill -9.
///
/// A `flock` alone lets a steady stream of readers starve the publisher. Hence the gate: everyone passes it on the way in,
/// and a publisher keeps it closed while the readers inside finish.
struct FileLocks: LakeLocks {
    private let run: String
    private let publish: String
    private let gate: String

    var place: String { run }

    /// The locks of a lake in a folder.
    init(_ layout: LakeLayout) {
        run = layout.runLock.path(percentEncoded: false)
        publish = layout.publishLock.path(percentEncoded: false)
        gate = layout.publishGate.path(percentEncoded: false)
    }

    /// The locks of a lake that has no folder on this machine: beside the ledger's file.
    init(beside ledger: URL) {
        let path = ledger.path(percentEncoded: false)
        run = path + ".run.lock"
        publish = path + ".publish.lock"
        gate = path + ".publish.gate"
    }

    func acquireRun(_ holder: RunHolder, wait: Duration) async throws -> (any HeldLock)? {
        guard let lock = try await FileLock.acquire(run, .exclusive, wait: wait) else { return nil }
        try lock.write(JSONEncoder().encode(holder))
        return lock
    }

    func lastRunHolder() -> RunHolder? {
        guard let data = FileManager.default.contents(atPath: run) else { return nil }
        return try? JSONDecoder().decode(RunHolder.self, from: data)
    }

    func isRunLockHeld() throws -> Bool {
        try access(run, F_OK) == 0 && FileLock.attempt(run, .shared) == nil
    }

    func acquirePublish(_ kind: LockKind, wait: Duration) async throws -> (any HeldLock)? {
        guard let gate = try await FileLock.acquire(gate, kind, wait: wait) else { return nil }
        defer { gate.release() }
        return try await FileLock.acquire(publish, kind, wait: wait)
    }
}
