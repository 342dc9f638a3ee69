// The indices of a dictionary-encoded column.

/// Where each row of a dictionary column points in its distinct values.
///
/// `@unchecked Sendable`: reads memory that its owner keeps alive unchanged.
public struct DictionaryIndices: @unchecked Sendable {
    /// How many rows there are.
    public let count: Int
    private let base: UnsafeRawPointer?
    private let index: DataType
    private let offset: Int
    private let validity: Validity
    private let valueCount: Int
    private let owner: ArrayOwner

    init(_ column: Column) {
        count = column.count
        base = column.buffer(1)
        if case .dictionary(let index, _) = column.type { self.index = index } else { index = .null }
        offset = column.offset
        validity = Validity(column)
        valueCount = column.dictionaryValues?.count ?? 0
        owner = column.owner
    }

    /// The position of row's value in the dictionary, or nil where the row is null; O(1).
    public subscript(_ row: Int) -> Int? {
        precondition(row >= 0 && row < count, "row outside the column")
        guard let base, !validity.isNull(row) else { return nil }
        let position = offset + row
        let found: Int
        switch index {
        case .int8: found = Int(base.loadUnaligned(fromByteOffset: position, as: Int8.self))
        case .uint8: found = Int(base.loadUnaligned(fromByteOffset: position, as: UInt8.self))
        case .int16: found = Int(base.loadUnaligned(fromByteOffset: position * 2, as: Int16.self))
        case .uint16: found = Int(base.loadUnaligned(fromByteOffset: position * 2, as: UInt16.self))
        case .int32: found = Int(base.loadUnaligned(fromByteOffset: position * 4, as: Int32.self))
        case .uint32: found = Int(base.loadUnaligned(fromByteOffset: position * 4, as: UInt32.self))
        case .int64: found = Int(base.loadUnaligned(fromByteOffset: position * 8, as: Int64.self))
        case .uint64: found = Int(truncatingIfNeeded: base.loadUnaligned(fromByteOffset: position * 8, as: UInt64.self))
        default: return nil
        }
        // An index outside the dictionary comes from a broken producer; reading on would leave the buffer.
        return found >= 0 && found < valueCount ? found : nil
    }
}

extension Column {
    /// The indices of a dictionary column; its values are ``dictionaryValues``.
    ///
    /// - Throws: ``ArrowError/Code/typeMismatch`` if the column is not dictionary-encoded.
    public func dictionaryIndices() throws(ArrowError) -> DictionaryIndices {
        guard case .dictionary = field.type else { throw mismatch("a dictionary") }
        return DictionaryIndices(self)
    }
}
