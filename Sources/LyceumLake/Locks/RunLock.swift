// One run at a time in a lake.

import Foundation
import LyceumCore

/// Who holds, or last held, a lake's run lock.
public struct RunHolder: Sendable, Hashable, Codable, CustomStringConvertible {
    /// The run, or nil while a process only tidies up after a crash.
    public var run: RunID?
    /// The holder's process id on its host.
    public var pid: Int32
    /// The holder's host name.
    public var host: String
    /// When the lock was taken, ISO 8601 UTC.
    public var since: String

    /// `run … of process … on … since …`.
    public var description: String {
        "\(run.map { "run \($0)" } ?? "clean-up") of process \(pid) on \(host) since \(since)"
    }
}

/// The exclusive right to run in a lake, freed when its process ends, even by kill -9.
final class RunLock: Sendable {
    /// Who holds it: this process.
    let holder: RunHolder
    /// What is held.
    let lock: any HeldLock

    private init(lock: any HeldLock, holder: RunHolder) {
        self.lock = lock
        self.holder = holder
    }

    /// Someone who took the lock a moment ago may only be tidying up; nobody is refused for that.
    private static let patience = Duration.milliseconds(250)
    private static let patienceWithCleanUp = Duration.seconds(30)

    /// Takes the lock.
    ///
    /// - Parameters:
    ///   - lake: where the lake is, for messages.
    ///   - wait: how long to wait for another run's end; nil refuses at once.
    /// - Throws: ``LakeError`` with code `locked` that names the holder; `CancellationError` while waiting.
    static func acquire(
        _ locks: any LakeLocks,
        of lake: String,
        run: RunID,
        wait: Duration? = nil,
        now: @Sendable () -> Date
    ) async throws -> RunLock {
        let clock = ContinuousClock()
        let start = clock.now
        let holder = RunHolder.here(run, now: now)
        while true {
            let elapsed = start.duration(to: clock.now)
            let left = max((wait ?? .zero) - elapsed, patience)
            if let lock = try await locks.acquireRun(holder, wait: left) { return RunLock(lock: lock, holder: holder) }
            let other = try await locks.lastRunHolder()
            let isCleanUp = other.map { $0.run == nil } ?? false
            if isCleanUp, start.duration(to: clock.now) < patienceWithCleanUp { continue }
            throw LakeError(
                .locked,
                "Another run is active in \(lake): \(other.map(\.description) ?? "another process"). "
                    + "Wait for it to end, or stop that process.",
                location: locks.place
            )
        }
    }

    /// Takes the lock for tidying up, if it is free.
    static func attemptCleanUp(_ locks: any LakeLocks, now: @Sendable () -> Date) async throws -> RunLock? {
        let holder = RunHolder.here(nil, now: now)
        return try await locks.acquireRun(holder, wait: .zero).map { RunLock(lock: $0, holder: holder) }
    }

    /// Frees the lock; doing so again is harmless.
    func release() { lock.release() }
}

extension RunHolder {
    /// This process.
    fileprivate static func here(_ run: RunID?, now: @Sendable () -> Date) -> RunHolder {
        RunHolder(
            run: run,
            pid: ProcessInfo.processInfo.processIdentifier,
            host: ProcessInfo.processInfo.hostName,
            since: Timestamp.iso(now())
        )
    }
}
