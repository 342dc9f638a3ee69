// Memory that a builder fills: one allocation a column, grown geometrically, handed over without a copy.

/// A growing run of bytes.
///
/// After ``take()`` the memory belongs to the returned ``OwnedBytes`` and the buffer starts afresh, expecting to need
/// as much again.
struct GrowableBuffer: ~Copyable {
    private(set) var bytes: UnsafeMutableRawPointer
    private(set) var count = 0
    private var capacity: Int

    init(capacity: Int = 1_024) {
        self.capacity = max(64, capacity)
        bytes = .allocate(byteCount: self.capacity, alignment: 64)
    }

    deinit { bytes.deallocate() }

    /// Makes room for `more` bytes.
    @inline(__always)
    mutating func reserve(_ more: Int) {
        if count + more > capacity { grow(count + more) }
    }

    private mutating func grow(_ wanted: Int) {
        let larger = max(wanted, capacity * 2)
        let moved = UnsafeMutableRawPointer.allocate(byteCount: larger, alignment: 64)
        moved.copyMemory(from: bytes, byteCount: count)
        bytes.deallocate()
        bytes = moved
        capacity = larger
    }

    @inline(__always)
    mutating func append<Value: BitwiseCopyable>(_ value: Value) {
        reserve(MemoryLayout<Value>.size)
        bytes.storeBytes(of: value, toByteOffset: count, as: Value.self)
        count += MemoryLayout<Value>.size
    }

    @inline(__always)
    mutating func append(_ source: UnsafeRawBufferPointer) {
        guard let base = source.baseAddress, !source.isEmpty else { return }
        reserve(source.count)
        (bytes + count).copyMemory(from: base, byteCount: source.count)
        count += source.count
    }

    /// Appends `length` zero bytes.
    mutating func appendZeros(_ length: Int) {
        reserve(length)
        (bytes + count).initializeMemory(as: UInt8.self, repeating: 0, count: length)
        count += length
    }

    /// Bit `index` of a bitmap that has been written up to there.
    @inline(__always)
    mutating func appendBit(_ value: Bool, at index: Int) {
        if index & 7 == 0 { append(UInt8(0)) }
        if value {
            let byte = bytes.load(fromByteOffset: index >> 3, as: UInt8.self) | (1 << UInt8(index & 7))
            bytes.storeBytes(of: byte, toByteOffset: index >> 3, as: UInt8.self)
        }
    }

    /// Hands over the memory and starts afresh.
    mutating func take() -> OwnedBytes {
        let owned = OwnedBytes(bytes, count: count)
        bytes = .allocate(byteCount: max(64, count), alignment: 64)
        capacity = max(64, count)
        count = 0
        return owned
    }

    /// A copy of the bytes so far.
    borrowing func copy() -> GrowableBuffer {
        var copy = GrowableBuffer(capacity: capacity)
        copy.append(UnsafeRawBufferPointer(start: bytes, count: count))
        return copy
    }
}

/// Bytes that are freed when nobody refers to them any more.
final class OwnedBytes {
    let bytes: UnsafeMutableRawPointer
    let count: Int

    init(_ bytes: UnsafeMutableRawPointer, count: Int) {
        self.bytes = bytes
        self.count = count
    }

    deinit { bytes.deallocate() }
}
