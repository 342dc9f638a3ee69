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

/// The exclusive right to run in a lake: a `flock` on `_run.lock`, freed by the kernel even after kill -9.
public final class RunLock: Sendable {
    /// Who holds it: this process.
    public let holder: RunHolder
    private let lock: FileLock

    private init(lock: FileLock, holder: RunHolder) {
        self.lock = lock
        self.holder = holder
    }

    /// Someone who took the lock a moment ago may only be tidying up; nobody is refused for that.
    private static let patience = Duration.milliseconds(250)
    private static let patienceWithCleanUp = Duration.seconds(30)

    /// Takes the lock.
    ///
    /// - Parameters:
    ///   - wait: how long to wait for another run's end; nil refuses at once.
    /// - Throws: ``LakeError`` with code `locked` that names the holder; `CancellationError` while waiting.
    public static func acquire(
        _ layout: LakeLayout,
        run: RunID,
        wait: Duration? = nil,
        now: @Sendable () -> Date = { Date() }
    ) async throws -> RunLock {
        let path = layout.runLock.path(percentEncoded: false)
        let clock = ContinuousClock()
        let start = clock.now
        while true {
            let elapsed = start.duration(to: clock.now)
            let left = max((wait ?? .zero) - elapsed, patience)
            if let lock = try await FileLock.acquire(path, .exclusive, wait: left) {
                return try taken(lock, run: run, now: now)
            }
            let holder = readHolder(layout)
            let isCleanUp = holder.map { $0.run == nil } ?? false
            if isCleanUp, start.duration(to: clock.now) < patienceWithCleanUp { continue }
            let who = holder.map(\.description) ?? "another process"
            throw LakeError(
                .locked,
                "Another run is active in \(layout.root.path(percentEncoded: false)): \(who). "
                    + "Wait for it to end, or stop that process.",
                location: path
            )
        }
    }

    /// Takes the lock for tidying up, if it is free.
    static func attemptCleanUp(_ layout: LakeLayout, now: @Sendable () -> Date) throws -> RunLock? {
        let path = layout.runLock.path(percentEncoded: false)
        return try FileLock.attempt(path, .exclusive).map { try taken($0, run: nil, now: now) }
    }

    private static func taken(_ lock: FileLock, run: RunID?, now: () -> Date) throws -> RunLock {
        let holder = RunHolder(
            run: run,
            pid: ProcessInfo.processInfo.processIdentifier,
            host: ProcessInfo.processInfo.hostName,
            since: Timestamp.iso(now())
        )
        try lock.write(JSONEncoder().encode(holder))
        return RunLock(lock: lock, holder: holder)
    }

    /// Who holds the lock now; nil if it is free.
    public static func currentHolder(_ layout: LakeLayout) throws -> RunHolder? {
        let path = layout.runLock.path(percentEncoded: false)
        guard access(path, F_OK) == 0, try FileLock.attempt(path, .shared) == nil else { return nil }
        return readHolder(layout)
    }

    private static func readHolder(_ layout: LakeLayout) -> RunHolder? {
        guard let data = try? Data(contentsOf: layout.runLock) else { return nil }
        return try? JSONDecoder().decode(RunHolder.self, from: data)
    }

    /// Frees the lock; doing so again is harmless.
    public func release() { lock.release() }
}
