// A lock on a file that the kernel frees when its holder ends, however it ends.

import Foundation
import Synchronization

/// A held `flock(2)` on a file.
///
/// The lock belongs to the open file, so two handles in one process exclude each other as two processes do.
final class FileLock: HeldLock {
    let path: String
    private let descriptor: Mutex<Int32>

    private init(path: String, descriptor: Int32) {
        self.path = path
        self.descriptor = Mutex(descriptor)
    }

    deinit { release() }

    /// Takes the lock if it is free; nil if someone else holds it.
    static func attempt(_ path: String, _ kind: LockKind) throws -> FileLock? {
        while true {
            var descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
            if descriptor < 0, kind == .shared, errno == EROFS || errno == EACCES {
                descriptor = open(path, O_RDONLY | O_CLOEXEC)
            }
            guard descriptor >= 0 else { throw LakeError.system(errno, doing: "open the lock", path: path) }
            let operation = (kind == .shared ? LOCK_SH : LOCK_EX) | LOCK_NB
            var result = flock(descriptor, operation)
            while result != 0, errno == EINTR { result = flock(descriptor, operation) }
            if result != 0 {
                let number = errno
                close(descriptor)
                if number == EWOULDBLOCK { return nil }
                throw LakeError.system(number, doing: "lock", path: path)
            }
            // Someone may have removed the file between opening and locking: then this lock excludes nobody.
            var held = stat()
            var named = stat()
            if fstat(descriptor, &held) == 0, stat(path, &named) == 0, held.st_ino == named.st_ino,
                held.st_dev == named.st_dev
            {
                return FileLock(path: path, descriptor: descriptor)
            }
            close(descriptor)
        }
    }

    /// Takes the lock, waiting for it as long as asked; nil when the time is up.
    static func acquire(_ path: String, _ kind: LockKind, wait: Duration) async throws -> FileLock? {
        let clock = ContinuousClock()
        let deadline = clock.now + wait
        var pause = Duration.milliseconds(1)
        while true {
            if let lock = try attempt(path, kind) { return lock }
            let left = clock.now.duration(to: deadline)
            guard left > .zero else { return nil }
            try await Task.sleep(for: min(pause, left))
            pause = min(pause * 2, .milliseconds(40))
        }
    }

    /// Replaces the file's content, for others to read who holds the lock.
    func write(_ data: Data) throws {
        try descriptor.withLock { descriptor in
            guard ftruncate(descriptor, 0) == 0 else {
                throw LakeError.system(errno, doing: "write the lock", path: path)
            }
            let written = data.withUnsafeBytes { pwrite(descriptor, $0.baseAddress, $0.count, 0) }
            guard written == data.count else {
                throw LakeError.system(written < 0 ? errno : ENOSPC, doing: "write the lock", path: path)
            }
        }
    }

    /// The kernel takes no lock away from a process that lives.
    func requireHeld(_ db: Database) {}

    func release() {
        descriptor.withLock { descriptor in
            if descriptor >= 0 {
                // Closing alone would leave the lock to a child process that was forked meanwhile, until it executes.
                flock(descriptor, LOCK_UN)
                close(descriptor)
            }
            descriptor = -1
        }
    }
}
