// Arrays laid out by hand, as another library would hand them over, that count how often they are released.

import CArrow
import Synchronization

@testable import Arrow

/// How often an array or stream was released.
final class ReleaseCount: Sendable {
    private let counter = Mutex(0)

    var value: Int { counter.withLock { $0 } }
    func increment() { counter.withLock { $0 += 1 } }
}

/// The memory of a handmade array; freed with the count raised.
private final class HandmadeMemory {
    let count: ReleaseCount
    var allocations: [UnsafeMutableRawPointer] = []
    var children: [UnsafeMutablePointer<ArrowArray>] = []

    init(_ count: ReleaseCount) { self.count = count }

    deinit {
        for allocation in allocations { allocation.deallocate() }
        count.increment()
    }
}

/// A description of an array: buffers as bytes, children, dictionary.
struct Handmade {
    var length: Int
    var offset = 0
    var nullCount = -1
    var buffers: [[UInt8]?]
    var children: [Handmade] = []
    var dictionary: [Handmade] = []
    /// Puts every buffer at an address that is 1 modulo 16.
    var isMisaligned = false

    /// The little-endian bytes of values.
    static func bytes<Value: BitwiseCopyable>(_ values: [Value]) -> [UInt8] { values.withUnsafeBytes { Array($0) } }

    /// A bitmap, least significant bit first.
    static func bits(_ values: [Bool]) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: (values.count + 7) / 8)
        for (index, value) in values.enumerated() where value { bytes[index / 8] |= 1 << UInt8(index % 8) }
        return bytes
    }

    /// Lays the array out; every node counts its release.
    func make(_ count: ReleaseCount = ReleaseCount()) -> ArrowArray {
        let memory = HandmadeMemory(count)
        var array = ArrowArray()
        array.length = Int64(length)
        array.offset = Int64(offset)
        array.null_count = Int64(nullCount)
        array.n_buffers = Int64(buffers.count)
        let table = UnsafeMutableRawPointer.allocate(byteCount: max(1, buffers.count) * 8, alignment: 8)
        memory.allocations.append(table)
        let pointers = table.bindMemory(to: UnsafeRawPointer?.self, capacity: max(1, buffers.count))
        for (index, buffer) in buffers.enumerated() {
            guard let buffer else {
                pointers[index] = nil
                continue
            }
            let place = UnsafeMutableRawPointer.allocate(byteCount: buffer.count + 16, alignment: 16)
            memory.allocations.append(place)
            let start = isMisaligned ? place + 1 : place
            buffer.withUnsafeBytes {
                if let base = $0.baseAddress { start.copyMemory(from: base, byteCount: $0.count) }
            }
            pointers[index] = UnsafeRawPointer(start)
        }
        array.buffers = pointers
        array.n_children = Int64(children.count)
        if !children.isEmpty {
            let table = UnsafeMutableRawPointer.allocate(byteCount: children.count * 8, alignment: 8)
            memory.allocations.append(table)
            let slots = table.bindMemory(to: UnsafeMutablePointer<ArrowArray>?.self, capacity: children.count)
            for (index, child) in children.enumerated() {
                let place = UnsafeMutableRawPointer.allocate(byteCount: 80, alignment: 8)
                memory.allocations.append(place)
                slots[index] = place.bindMemory(to: ArrowArray.self, capacity: 1)
                slots[index]?.initialize(to: child.make(count))
            }
            array.children = slots
        }
        if let values = dictionary.first {
            let place = UnsafeMutableRawPointer.allocate(byteCount: 80, alignment: 8)
            memory.allocations.append(place)
            array.dictionary = place.bindMemory(to: ArrowArray.self, capacity: 1)
            array.dictionary.initialize(to: values.make(count))
        }
        array.private_data = Unmanaged.passRetained(memory).toOpaque()
        array.release = { pointer in
            guard let pointer, let owned = pointer.pointee.private_data else { return }
            for index in 0..<Int(pointer.pointee.n_children) {
                if let child = pointer.pointee.children[index] { child.pointee.release?(child) }
            }
            if let dictionary = pointer.pointee.dictionary { dictionary.pointee.release?(dictionary) }
            pointer.pointee.release = nil
            Unmanaged<HandmadeMemory>.fromOpaque(owned).release()
        }
        return array
    }

    /// A batch of one column.
    static func column(_ type: DataType, _ array: Handmade, count: ReleaseCount = ReleaseCount()) throws -> Column {
        var batch = Handmade(length: array.length, buffers: [nil], children: [array]).make(count)
        return try RecordBatch(importing: &batch, schema: Schema([Field("c", type)])).column(0)
    }
}
