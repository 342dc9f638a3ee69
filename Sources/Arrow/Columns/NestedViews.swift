// Views of list and struct columns.

/// A zero-copy view of a list column: for each row, a range of the rows of one child column.
///
/// `@unchecked Sendable`: reads memory that its owner keeps alive unchanged.
public struct ListView: @unchecked Sendable {
    private enum Layout {
        case offsets32(UnsafeRawPointer)
        case offsets64(UnsafeRawPointer)
        case fixed(Int)
        case empty
    }

    /// How many rows there are.
    public let count: Int
    /// The elements of all lists, one after the other; ``range(at:)`` is in its rows.
    public let values: Column
    private let layout: Layout
    private let offset: Int
    private let validity: Validity

    init?(_ column: Column) {
        guard let element = column.type.children.first else { return nil }
        let buffer = column.buffer(1)
        switch column.type {
        case .list, .map: layout = buffer.map { .offsets32($0) } ?? .empty
        case .largeList: layout = buffer.map { .offsets64($0) } ?? .empty
        case .fixedSizeList(_, let length): layout = .fixed(length)
        default: return nil
        }
        count = column.count
        offset = column.offset
        validity = Validity(column)
        guard let child = column.nodes.array.pointee.children?[0] else { return nil }
        values = column.child(0, field: element, start: 0, count: Int(child.pointee.length))
    }

    /// Whether the list at `row` is null; O(1).
    public func isNull(_ row: Int) -> Bool { validity.isNull(row) }

    /// The rows of ``values`` that make up the list at `row`, empty where it is null; O(1).
    public func range(at row: Int) -> Range<Int> {
        precondition(row >= 0 && row < count, "row outside the column")
        if validity.isNull(row) { return 0..<0 }
        let position = offset + row
        let start: Int
        let end: Int
        switch layout {
        case .offsets32(let offsets):
            start = Int(offsets.loadUnaligned(fromByteOffset: position * 4, as: Int32.self))
            end = Int(offsets.loadUnaligned(fromByteOffset: position * 4 + 4, as: Int32.self))
        case .offsets64(let offsets):
            start = Int(offsets.loadUnaligned(fromByteOffset: position * 8, as: Int64.self))
            end = Int(offsets.loadUnaligned(fromByteOffset: position * 8 + 8, as: Int64.self))
        case .fixed(let length): (start, end) = (position * length, (position + 1) * length)
        case .empty: (start, end) = (0, 0)
        }
        return start <= end ? start..<end : 0..<0
    }

    /// The elements of the list at `row`, or nil where it is null; O(1).
    public subscript(_ row: Int) -> Column? {
        let range = range(at: row)
        return validity.isNull(row) ? nil : values.slice(from: range.lowerBound, count: range.count)
    }
}

extension Column {
    /// A view of a list column, of any kind of list; a map is a list of key and value structs.
    ///
    /// - Throws: ``ArrowError/Code/typeMismatch`` if it is none.
    public func lists() throws(ArrowError) -> ListView {
        guard let view = ListView(self) else { throw mismatch("a list") }
        return view
    }

    /// The columns of a struct column, as long as the column itself; O(fields).
    ///
    /// Where the struct is null its fields have no meaning, whatever their own nulls say.
    ///
    /// - Throws: ``ArrowError/Code/typeMismatch`` if it is none.
    public func fields() throws(ArrowError) -> [Column] {
        guard case .structure(let fields) = field.type else { throw mismatch("a struct") }
        return fields.enumerated().map { child($0.offset, field: $0.element, start: offset, count: count) }
    }

    /// One column of a struct column, by name.
    ///
    /// - Throws: ``ArrowError/Code/typeMismatch`` if it is no struct, ``ArrowError/Code/columnNotFound`` if it has no
    ///   such field.
    public func child(named name: String) throws(ArrowError) -> Column {
        guard case .structure(let fields) = field.type else { throw mismatch("a struct") }
        guard let index = fields.firstIndex(where: { $0.name == name }) else {
            throw ArrowError(.columnNotFound, "the struct has no field \"\(name)\"", location: field.name)
        }
        return child(index, field: fields[index], start: offset, count: count)
    }
}
