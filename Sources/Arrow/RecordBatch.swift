// Record batches: rows of one schema, column by column, in memory that another library may have allocated.

import CArrow

/// A table of rows held as columns, shared without copying.
///
/// A batch owns the C structure it came in and releases it exactly once, when the batch and all columns and views
/// taken from it are gone. Batches are immutable and may be read from any thread.
public final class RecordBatch: Sendable {
    /// The names and types of the columns.
    public let schema: Schema
    /// How many rows there are.
    public let count: Int
    private let owner: ArrayOwner
    private let offset: Int

    /// Takes over an array from the C data interface; `array` is marked as released.
    ///
    /// - Throws: ``ArrowError/Code/malformed`` if the structure does not fit the schema. The array is released.
    public convenience init(importing array: UnsafeMutablePointer<ArrowArray>, schema: Schema) throws(ArrowError) {
        try self.init(importing: array, schema: schema, retaining: nil)
    }

    init(
        importing array: UnsafeMutablePointer<ArrowArray>,
        schema: Schema,
        retaining retained: AnyObject?
    ) throws(ArrowError) {
        let owner = ArrayOwner(moving: array, retaining: retained)
        try Self.check(owner.array, type: .structure(schema.fields), name: "record batch")
        self.owner = owner
        self.schema = schema
        count = Int(owner.array.pointee.length)
        offset = Int(owner.array.pointee.offset)
    }

    private init(slice batch: RecordBatch, offset: Int, count: Int) {
        owner = batch.owner
        schema = batch.schema
        self.offset = offset
        self.count = count
    }

    /// The column at position `index`; O(1), nothing is copied.
    public func column(_ index: Int) -> Column {
        precondition(schema.fields.indices.contains(index), "column \(index) of \(schema.fields.count)")
        // The import checked that every child is there.
        guard let child = owner.array.pointee.children?[index] else { preconditionFailure("a checked child is gone") }
        return Column(
            owner: owner,
            array: UnsafePointer(child),
            field: schema.fields[index],
            offset: Int(child.pointee.offset) + offset,
            count: count
        )
    }

    /// The first column with this name; O(1), nothing is copied.
    ///
    /// - Throws: ``ArrowError/Code/columnNotFound``, naming the columns there are.
    public func column(named name: String) throws(ArrowError) -> Column {
        guard let index = schema.index(of: name) else {
            let names = schema.fields.map(\.name).joined(separator: ", ")
            throw ArrowError(.columnNotFound, "there is no column \"\(name)\" among \(names)")
        }
        return column(index)
    }

    /// All columns, in order.
    public var columns: [Column] { schema.fields.indices.map { column($0) } }

    /// The rows `start ..< start + count` as a batch over the same memory; O(1).
    public func slice(from start: Int, count: Int) -> RecordBatch {
        precondition(start >= 0 && count >= 0 && start + count <= self.count, "rows outside the batch")
        return RecordBatch(slice: self, offset: offset + start, count: count)
    }

    /// Hands the batch to another library without copying; whoever receives it calls its release callback once.
    ///
    /// The batch itself stays usable.
    public func export(to pointer: UnsafeMutablePointer<ArrowArray>) {
        var parts = ArrayParts(borrowing: owner.array, owner: owner)
        if offset != 0 || count != parts.length {
            // Some consumers (DuckDB) overlook an offset of the batch itself, none one of its columns.
            for index in parts.children.indices {
                parts.children[index].offset += offset
                parts.children[index].length = count
                if parts.children[index].nullCount != 0 { parts.children[index].nullCount = -1 }
            }
        }
        parts.offset = 0
        parts.length = count
        parts.nullCount = 0
        parts.export(to: pointer)
    }

    /// Refuses trees that do not have the buffers and children their type asks for, so that reading never meets a
    /// missing pointer.
    private static func check(
        _ pointer: UnsafePointer<ArrowArray>,
        type: DataType,
        name: String
    ) throws(ArrowError) {
        let array = pointer.pointee
        guard array.length >= 0, array.offset >= 0, array.n_buffers >= 0, array.n_children >= 0 else {
            throw ArrowError(.malformed, "the array has a negative length or count", location: name)
        }
        if let expected = type.bufferCount, array.n_buffers != expected {
            throw ArrowError(
                .malformed,
                "a \(type) array has \(array.n_buffers) buffers where it wants \(expected)",
                location: name
            )
        }
        if array.n_buffers > 0, array.buffers == nil {
            throw ArrowError(.malformed, "the array has no buffer table", location: name)
        }
        if array.length > 0, type.needsValues, array.n_buffers < 2 || array.buffers[1] == nil {
            throw ArrowError(.malformed, "a \(type) array has no values", location: name)
        }
        if case .dictionary(_, let value) = type {
            guard let dictionary = array.dictionary else {
                throw ArrowError(.malformed, "a dictionary column has no dictionary", location: name)
            }
            try check(UnsafePointer(dictionary), type: value, name: name)
        }
        let children = type.children
        if case .other = type { return }
        guard array.n_children == children.count else {
            throw ArrowError(
                .malformed,
                "a \(type) array has \(array.n_children) children where it wants \(children.count)",
                location: name
            )
        }
        for (index, field) in children.enumerated() {
            guard let child = array.children?[index] else {
                throw ArrowError(.malformed, "child \(index) is missing", location: name)
            }
            if case .structure = type, child.pointee.length < array.length + array.offset {
                throw ArrowError(.malformed, "the column is shorter than its batch", location: field.name)
            }
            try check(UnsafePointer(child), type: field.type, name: field.name)
        }
    }
}

extension RecordBatch: CustomStringConvertible {
    /// The size and the columns, for logs; never values.
    public var description: String {
        "RecordBatch(\(count) rows: \(schema.fields.map { "\($0.name) \($0.type)" }.joined(separator: ", ")))"
    }
}

extension DataType {
    /// Whether a non-empty array must have its second buffer.
    fileprivate var needsValues: Bool {
        switch self {
        case .null, .structure, .fixedSizeList, .union, .other: false
        case .fixedSizeBinary(let width): width > 0
        default: true
        }
    }
}
