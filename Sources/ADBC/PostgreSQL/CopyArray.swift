// Arrow arrays whose memory was allocated here, for whoever reads them.

import CArrow

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

extension ArrowArray {
    /// A column of memory from `malloc`, which the array frees when it is released.
    init(exporting buffers: [UnsafeMutableRawPointer?], rows: Int, nulls: Int) {
        self.init()
        let memory = ColumnMemory(buffers)
        length = Int64(rows)
        null_count = Int64(nulls)
        n_buffers = Int64(buffers.count)
        self.buffers = memory.table
        private_data = Unmanaged.passRetained(memory).toOpaque()
        release = { array in
            guard let array, let memory = array.pointee.private_data else { return }
            Unmanaged<ColumnMemory>.fromOpaque(memory).release()
            array.pointee.private_data = nil
            array.pointee.release = nil
        }
    }

    /// A batch of columns, each filled by `fill`.
    init(batchOf count: Int, rows: Int, _ fill: (_ column: Int, UnsafeMutablePointer<ArrowArray>) -> Void) {
        self.init()
        let memory = BatchMemory(count)
        for index in 0..<count {
            if let child = memory.children[index] { fill(index, child) }
        }
        length = Int64(rows)
        n_buffers = 1
        buffers = memory.table
        n_children = Int64(count)
        children = memory.children
        private_data = Unmanaged.passRetained(memory).toOpaque()
        release = { array in
            guard let array, let memory = array.pointee.private_data else { return }
            Unmanaged<BatchMemory>.fromOpaque(memory).release()
            array.pointee.private_data = nil
            array.pointee.release = nil
        }
    }
}

/// The buffers of one column.
private final class ColumnMemory {
    let table: UnsafeMutablePointer<UnsafeRawPointer?>
    private let owned: [UnsafeMutableRawPointer?]

    init(_ buffers: [UnsafeMutableRawPointer?]) {
        owned = buffers
        table = .allocate(capacity: buffers.count)
        table.initialize(from: buffers.map { UnsafeRawPointer($0) }, count: buffers.count)
    }

    deinit {
        for buffer in owned { free(buffer) }
        table.deallocate()
    }
}

/// The columns of one batch; those that a reader moved out are released by it.
private final class BatchMemory {
    let table: UnsafeMutablePointer<UnsafeRawPointer?>
    let children: UnsafeMutablePointer<UnsafeMutablePointer<ArrowArray>?>
    private let count: Int

    init(_ count: Int) {
        self.count = count
        table = .allocate(capacity: 1)
        table.initialize(to: nil)
        children = .allocate(capacity: max(1, count))
        for index in 0..<count {
            let child = UnsafeMutablePointer<ArrowArray>.allocate(capacity: 1)
            child.initialize(to: ArrowArray())
            children.advanced(by: index).initialize(to: child)
        }
    }

    deinit {
        for index in 0..<count {
            guard let child = children[index] else { continue }
            child.pointee.release?(child)
            child.deallocate()
        }
        children.deallocate()
        table.deallocate()
    }
}
