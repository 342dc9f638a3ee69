// One writer of the key store at a time.

import Foundation

/// A held `flock(2)` beside the key store; the kernel frees it when its holder ends, however it ends.
final class KeyFileLock: Sendable {
    private let file: OpenFile

    /// Waits up to ten seconds for the lock.
    ///
    /// - Throws: ``AccessError`` with code `key_store_locked` or `key_store_unwritable`.
    init(_ url: URL, patience: Duration = .seconds(10)) async throws(AccessError) {
        let descriptor = open(url.path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else {
            throw AccessError(
                .keyStoreUnwritable,
                "the key store's lock cannot be opened; check that its folder is yours",
                location: url.path,
                cause: POSIXError(POSIXErrorCode(rawValue: errno) ?? .EIO)
            )
        }
        file = OpenFile(descriptor)
        let deadline = ContinuousClock.now + patience
        while flock(descriptor, LOCK_EX | LOCK_NB) != 0 {
            guard errno == EWOULDBLOCK || errno == EINTR, ContinuousClock.now < deadline else {
                throw AccessError(
                    .keyStoreLocked,
                    "another process has been changing the key store for too long; find it and try again",
                    location: url.path
                )
            }
            do {
                try await Task.sleep(for: .milliseconds(10))
            } catch {
                throw AccessError(
                    .keyStoreLocked,
                    "waiting for the key store was given up",
                    location: url.path,
                    cause: error
                )
            }
        }
    }
}
