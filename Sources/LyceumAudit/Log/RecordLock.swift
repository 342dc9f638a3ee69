// One writer of a record at a time, among all processes.

import Foundation

/// A `flock(2)` that writers hold for one batch; the kernel frees it when its holder ends, however it ends.
///
/// A lone lock would let a busy server starve a command: it would have the lock again before the other is awake. Hence the gate:
/// everyone passes it on the way to the lock, and whoever waits for the lock waits in it. The lock's file says which file of
/// lines is written to, so that a writer sees at once that another has begun a new one.
final class RecordLock {
    private let folder: URL
    private var gate: SystemFile
    private var lock: SystemFile

    init(_ folder: URL) throws(AuditError) {
        self.folder = folder
        gate = try Self.open(".gate", folder)
        lock = try Self.open(".lock", folder)
    }

    private static func open(_ name: String, _ folder: URL) throws(AuditError) -> SystemFile {
        try SystemFile(folder.appending(path: name), O_RDWR | O_CREAT)
    }

    /// Does some work while holding the lock.
    ///
    /// - Throws: ``AuditError`` with code `locked` when others hold it for longer than `wait`, or what the work throws.
    func exclusively<Result>(
        wait: Duration,
        _ work: (RecordLock) throws(AuditError) -> Result
    ) throws(AuditError) -> Result {
        let deadline = ContinuousClock.now + wait
        gate = try acquire(gate, deadline)
        defer { flock(gate.descriptor, LOCK_UN) }
        lock = try acquire(lock, deadline)
        defer { flock(lock.descriptor, LOCK_UN) }
        flock(gate.descriptor, LOCK_UN)
        return try work(self)
    }

    /// Locks a file; gives the file that is locked, which is another one if someone removed it meanwhile.
    private func acquire(_ file: SystemFile, _ deadline: ContinuousClock.Instant) throws(AuditError) -> SystemFile {
        var file = file
        var pause: UInt32 = 50
        while true {
            if flock(file.descriptor, LOCK_EX | LOCK_NB) == 0 {
                if try file.status().isLinked { return file }
                // A lock on a file that was removed excludes nobody.
                file = try SystemFile(file.url, O_RDWR | O_CREAT)
                continue
            }
            guard errno == EWOULDBLOCK || errno == EINTR else {
                throw SystemFile.failure(errno, "cannot lock", file.url)
            }
            guard ContinuousClock.now < deadline else {
                throw AuditError(
                    .locked,
                    "another process holds the audit record and does not let go of it; see whether one is stopped",
                    location: file.url.path
                )
            }
            usleep(pause)
            pause = min(pause * 2, 1000)
        }
    }

    /// The first sequence of the file that is written to, as the last writer noted it.
    func activeFile() throws(AuditError) -> UInt64? {
        UInt64(String(decoding: try lock.load(at: 0, count: 20), as: UTF8.self))
    }

    /// Notes which file is written to.
    func noteActiveFile(beginningAt sequence: UInt64) throws(AuditError) {
        let digits = String(sequence)
        try lock.store(Array((String(repeating: "0", count: max(0, 20 - digits.count)) + digits).utf8), at: 0)
    }
}
