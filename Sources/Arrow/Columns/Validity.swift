// Which rows of a view are null.

/// The null bitmap of a view; without a bitmap nothing is null.
///
/// `@unchecked Sendable`: points into memory that the view's owner keeps alive unchanged.
struct Validity: @unchecked Sendable {
    let bitmap: UnsafeRawPointer?
    let offset: Int

    init(_ column: Column) {
        bitmap = column.nodes.validity(column.type)
        offset = column.offset
    }

    @inline(__always)
    func isNull(_ row: Int) -> Bool {
        guard let bitmap else { return false }
        return !bit(bitmap, offset + row)
    }
}
