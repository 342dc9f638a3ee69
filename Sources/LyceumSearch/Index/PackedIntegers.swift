// Many integers of one bit width, read at random.

/// Values below 2^32 packed one after the other, read in place.
struct PackedIntegers: @unchecked Sendable {
    private let bytes: UnsafeRawPointer?
    private let width: Int
    let count: Int

    /// - Throws: `damaged_snapshot` when the section has another length than `count` values below `limit` need.
    init(_ segment: SegmentReader, _ name: String, count: Int, limit: Int) throws {
        width = Self.width(limit: limit)
        self.count = count
        let section = try segment.values(name, as: UInt8.self, count: (count * width + 7) / 8)
        bytes = section.baseAddress.map { UnsafeRawPointer($0) }
    }

    static func width(limit: Int) -> Int { PostingBlock.width(of: UInt32(clamping: max(0, limit - 1))) }

    static func packed(_ values: [UInt32], limit: Int) -> [UInt8] {
        var bytes: [UInt8] = []
        let width = width(limit: limit)
        bytes.reserveCapacity((values.count * width + 7) / 8 + 8)
        values.withUnsafeBufferPointer { buffer in
            guard let start = buffer.baseAddress else { return }
            PostingBlock.packInSequence(start, count: buffer.count, width: width, into: &bytes)
        }
        return bytes
    }

    /// The value at an index below ``count``.
    @inline(__always)
    subscript(index: Int) -> UInt32 {
        guard let bytes else { return 0 }
        return PostingBlock.value(bytes, at: index, width: width)
    }
}
