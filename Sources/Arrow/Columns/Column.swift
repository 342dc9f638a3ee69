// Columns: one field of a batch, with its nulls and its place in memory.

import CArrow

/// One column of a record batch.
///
/// A column keeps its batch's memory alive. For hot loops take a typed view once (``values(as:)``, ``utf8()``) and
/// read from it; the scalar accessors (``string(at:)``, ``integer(at:)``) look at the type on each call.
public struct Column: Sendable {
    /// The column's name and type.
    public let field: Field
    /// How many rows there are.
    public let count: Int
    let owner: ArrayOwner
    let nodes: ArrayNode
    /// Where row 0 is in the buffers.
    let offset: Int

    init(owner: ArrayOwner, array: UnsafePointer<ArrowArray>, field: Field, offset: Int, count: Int) {
        self.owner = owner
        self.field = field
        self.offset = offset
        self.count = count
        nodes = ArrayNode(array: array)
    }

    /// The column's type.
    public var type: DataType { field.type }

    /// Whether the value at `row` is null; O(1).
    @inline(__always)
    public func isNull(_ row: Int) -> Bool {
        precondition(row >= 0 && row < count, "row outside the column")
        guard let validity = nodes.validity(field.type) else { return field.type == .null }
        return !bit(validity, offset + row)
    }

    /// How many values are null; O(rows) if the producer did not count.
    public var nullCount: Int {
        if field.type == .null { return count }
        guard let validity = nodes.validity(field.type) else { return 0 }
        let array = nodes.array.pointee
        if array.null_count >= 0, count == Int(array.length), offset == Int(array.offset) {
            return Int(array.null_count)
        }
        var nulls = 0
        for row in 0..<count where !bit(validity, offset + row) { nulls += 1 }
        return nulls
    }

    /// The rows `start ..< start + count` of the column; O(1).
    public func slice(from start: Int, count: Int) -> Column {
        precondition(start >= 0 && count >= 0 && start + count <= self.count, "rows outside the column")
        return Column(owner: owner, array: nodes.array, field: field, offset: offset + start, count: count)
    }

    /// The buffer at `index`, or nil if there is none.
    func buffer(_ index: Int) -> UnsafeRawPointer? {
        guard index < Int(nodes.array.pointee.n_buffers) else { return nil }
        return nodes.array.pointee.buffers?[index]
    }

    /// The child array at `index`, from `start` for `count` of its own rows.
    func child(_ index: Int, field: Field, start: Int, count: Int) -> Column {
        // The import checked that every child is there.
        guard let child = nodes.array.pointee.children?[index] else {
            preconditionFailure("a checked child is gone")
        }
        return Column(
            owner: owner,
            array: UnsafePointer(child),
            field: field,
            offset: Int(child.pointee.offset) + start,
            count: count
        )
    }

    /// The distinct values of a dictionary column; nil for other columns.
    public var dictionaryValues: Column? {
        guard case .dictionary(_, let value) = field.type, let array = nodes.array.pointee.dictionary else {
            return nil
        }
        return Column(
            owner: owner,
            array: UnsafePointer(array),
            field: Field(field.name, value),
            offset: Int(array.pointee.offset),
            count: Int(array.pointee.length)
        )
    }

    func mismatch(_ wanted: String) -> ArrowError {
        ArrowError(.typeMismatch, "the column is \(field.type), not \(wanted)", location: field.name)
    }
}

/// A node of the array tree.
///
/// `@unchecked Sendable`: points into memory that ``ArrayOwner``, which every column carries, keeps alive unchanged.
struct ArrayNode: @unchecked Sendable {
    let array: UnsafePointer<ArrowArray>

    @inline(__always)
    func validity(_ type: DataType) -> UnsafeRawPointer? {
        switch type {
        case .null, .union, .other: nil
        default: array.pointee.n_buffers > 0 ? array.pointee.buffers?[0] : nil
        }
    }
}

/// Bit `index` of a bitmap, least significant first.
@inline(__always)
func bit(_ bitmap: UnsafeRawPointer, _ index: Int) -> Bool {
    bitmap.load(fromByteOffset: index >> 3, as: UInt8.self) & (1 << UInt8(truncatingIfNeeded: index & 7)) != 0
}
