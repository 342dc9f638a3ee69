// One writer of live changes to an index folder at a time.

import Foundation

#if canImport(Glibc)
    import Glibc
#endif

/// A held `flock(2)`; the kernel frees it when its holder ends, however it ends.
final class FolderLock: Sendable {
    private let descriptor: Int32

    /// - Throws: ``SearchError`` with code `locked` when another holds it.
    init(_ url: URL) throws {
        descriptor = open(url.path, O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw FileSystem.failure("cannot open the lock", url) }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            // Thrown from here on, deinit runs and closes the file: a second close could hit somebody else's.
            let isHeld = errno == EWOULDBLOCK
            let failure = FileSystem.failure("cannot lock", url)
            throw isHeld
                ? SearchError(
                    .locked,
                    "another process writes live changes to this index; only one can: end it, or send the changes to it",
                    location: url.path
                ) : failure
        }
    }

    deinit { close(descriptor) }
}
