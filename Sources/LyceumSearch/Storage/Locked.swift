// A value behind a lock that race checkers see.

import Foundation

/// A value that one thread at a time may use.
///
/// It is `Synchronization.Mutex` on a `pthread_mutex_t`: ThreadSanitizer knows what that orders, and does not know it of the futex
/// that `Mutex` uses on Linux.
///
/// `@unchecked Sendable`: the value is touched only with the lock held.
final class Locked<Value>: @unchecked Sendable {
    private var value: Value
    private let mutex: UnsafeMutablePointer<pthread_mutex_t>

    init(_ value: sending Value) {
        self.value = value
        mutex = .allocate(capacity: 1)
        mutex.initialize(to: pthread_mutex_t())
        pthread_mutex_init(mutex, nil)
    }

    deinit {
        pthread_mutex_destroy(mutex)
        mutex.deinitialize(count: 1)
        mutex.deallocate()
    }

    @inline(__always)
    func withLock<Result>(_ body: (inout Value) throws -> Result) rethrows -> Result {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        return try body(&value)
    }
}
