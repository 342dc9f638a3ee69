// Arrays handed to another library: a tree of ArrowArray structs that keeps its memory alive until released.

import CArrow

/// What one exported array holds: its buffer table and whatever owns the memory the table points to.
private final class ExportedNode {
    let buffers: UnsafeMutablePointer<UnsafeRawPointer?>?
    let children: UnsafeMutablePointer<UnsafeMutablePointer<ArrowArray>?>?
    let owner: AnyObject

    init(buffers: [UnsafeRawPointer?], childCount: Int, owner: AnyObject) {
        if buffers.isEmpty {
            self.buffers = nil
        } else {
            let table = UnsafeMutablePointer<UnsafeRawPointer?>.allocate(capacity: buffers.count)
            table.initialize(from: buffers, count: buffers.count)
            self.buffers = table
        }
        if childCount == 0 {
            children = nil
        } else {
            let table = UnsafeMutablePointer<UnsafeMutablePointer<ArrowArray>?>.allocate(capacity: childCount)
            table.initialize(repeating: nil, count: childCount)
            children = table
        }
        self.owner = owner
    }

    deinit {
        buffers?.deallocate()
        children?.deallocate()
    }
}

/// The parts of an array to export. Children and dictionary own their memory on their own.
struct ArrayParts {
    var length: Int
    var nullCount: Int
    var offset = 0
    var buffers: [UnsafeRawPointer?]
    var children: [ArrayParts] = []
    var dictionary: [ArrayParts] = []
    /// Keeps the buffers alive.
    var owner: AnyObject

    /// Fills `pointer`; whoever receives it calls its release callback once.
    func export(to pointer: UnsafeMutablePointer<ArrowArray>) {
        let node = ExportedNode(buffers: buffers, childCount: children.count, owner: owner)
        var array = ArrowArray()
        array.length = Int64(length)
        array.null_count = Int64(nullCount)
        array.offset = Int64(offset)
        array.n_buffers = Int64(buffers.count)
        array.buffers = node.buffers
        array.n_children = Int64(children.count)
        array.children = node.children
        for (index, child) in children.enumerated() {
            let slot = UnsafeMutablePointer<ArrowArray>.allocate(capacity: 1)
            child.export(to: slot)
            node.children?[index] = slot
        }
        if let values = dictionary.first {
            let slot = UnsafeMutablePointer<ArrowArray>.allocate(capacity: 1)
            values.export(to: slot)
            array.dictionary = slot
        }
        array.private_data = Unmanaged.passRetained(node).toOpaque()
        array.release = releaseExportedArray
        pointer.initialize(to: array)
    }

    /// The parts of an imported array, borrowing its buffers from `owner`.
    init(borrowing pointer: UnsafePointer<ArrowArray>, owner: ArrayOwner) {
        let array = pointer.pointee
        length = Int(array.length)
        nullCount = Int(array.null_count)
        offset = Int(array.offset)
        buffers = (0..<Int(array.n_buffers)).map { array.buffers?[$0] }
        children = (0..<Int(array.n_children)).compactMap { index in
            array.children?[index].map { ArrayParts(borrowing: $0, owner: owner) }
        }
        dictionary = array.dictionary.map { [ArrayParts(borrowing: $0, owner: owner)] } ?? []
        self.owner = owner
    }

    init(
        length: Int,
        nullCount: Int,
        buffers: [UnsafeRawPointer?],
        children: [ArrayParts] = [],
        dictionary: [ArrayParts] = [],
        owner: AnyObject
    ) {
        self.length = length
        self.nullCount = nullCount
        self.buffers = buffers
        self.children = children
        self.dictionary = dictionary
        self.owner = owner
    }
}

private func releaseExportedArray(_ pointer: UnsafeMutablePointer<ArrowArray>?) {
    guard let pointer, pointer.pointee.release != nil else { return }
    // A consumer may have moved children out; those have no release callback any more.
    for index in 0..<Int(pointer.pointee.n_children) {
        guard let child = pointer.pointee.children?[index] else { continue }
        child.pointee.release?(child)
        child.deallocate()
    }
    if let dictionary = pointer.pointee.dictionary {
        dictionary.pointee.release?(dictionary)
        dictionary.deallocate()
    }
    if let owned = pointer.pointee.private_data {
        Unmanaged<ExportedNode>.fromOpaque(owned).release()
    }
    pointer.pointee.private_data = nil
    pointer.pointee.release = nil
}
