// Ownership of one imported ArrowArray: released exactly once, when the last reader lets go.

import CArrow

/// Owns an `ArrowArray` moved out of a producer's hands and releases it on deinit.
///
/// `@unchecked Sendable`: the array and all it points to are immutable from the moment of import; only deinit,
/// which runs once and alone, touches it again.
final class ArrayOwner: @unchecked Sendable {
    /// The array; stable for the owner's life.
    let array: UnsafePointer<ArrowArray>
    private let storage: UnsafeMutablePointer<ArrowArray>
    private let retained: AnyObject?

    /// Moves `source` in and marks it as released, as the C data interface asks.
    ///
    /// - Parameter retained: kept alive as long as the array, for arrays that borrow from something else.
    init(moving source: UnsafeMutablePointer<ArrowArray>, retaining retained: AnyObject? = nil) {
        storage = .allocate(capacity: 1)
        storage.initialize(to: source.pointee)
        source.pointee.release = nil
        array = UnsafePointer(storage)
        self.retained = retained
    }

    deinit {
        storage.pointee.release?(storage)
        storage.deallocate()
    }
}
