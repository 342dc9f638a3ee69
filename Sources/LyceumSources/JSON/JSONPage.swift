// One page of a REST collection, read.

/// The records of one page.
struct JSONPage: Sendable {
    /// The total that the page states.
    var total: Int?
    /// The records that have an id.
    var records: [JSONRecord] = []
    /// The records without one: where they stand in the page, and their text.
    var withoutID: [(offset: Int, text: String)] = []
    /// What each column held.
    var kinds: [JSONKinds] = []
    /// Members that no column takes.
    var unmapped: Set<String> = []

    /// Reads a page.
    ///
    /// - Throws: ``SourceError`` with code `malformed`, retryable, that names the byte.
    init(_ body: [UInt8], tree: FieldTree, idColumn: Int, rowsMember: String, location: String) throws {
        do throws(JSONFault) {
            try body.withUnsafeBufferPointer { (bytes) throws(JSONFault) in
                var reader = JSONRecordReader(bytes, tree: tree)
                total = try reader.readPage(rows: rowsMember) { record in
                    if record.values[idColumn]?.isEmpty ?? true {
                        withoutID.append(
                            (record.range.lowerBound, String(decoding: bytes[record.range], as: UTF8.self))
                        )
                    } else {
                        records.append(record)
                    }
                }
                kinds = reader.kinds
                unmapped = reader.unmapped
            }
        } catch {
            throw SourceError(
                .malformed,
                "The answer is not the JSON that was expected: \(error.reason) at byte \(error.offset) of \(body.count).",
                location: location,
                isRetryable: true
            )
        }
    }
}

/// What the members of a collection look like, compared with what is expected and with last time.
struct JSONShape: Sendable {
    private let table: String
    private let tree: FieldTree
    private let jsonColumns: Set<String>
    private var kinds: [JSONKinds]
    private var unmapped: Set<String> = []

    init(table: String, tree: FieldTree, jsonColumns: Set<String>) {
        self.table = table
        self.tree = tree
        self.jsonColumns = jsonColumns
        kinds = Array(repeating: [], count: tree.columns.count)
    }

    mutating func add(kinds more: [JSONKinds], unmapped names: Set<String>) {
        for (index, kind) in more.enumerated() { kinds[index].formUnion(kind) }
        unmapped.formUnion(names)
    }

    /// What is remembered for next time.
    var schema: TableSchema {
        var columns: [String: String] = [:]
        for (index, column) in tree.columns.enumerated() where !kinds[index].names.isEmpty {
            columns[column] = kinds[index].names
        }
        for name in unmapped { columns["_extra." + name] = "member" }
        return TableSchema(columns: columns)
    }

    /// The differences, given what was remembered.
    func drift(from previous: TableSchema?) -> [SchemaDrift] {
        var drift: [SchemaDrift] = []
        for (index, column) in tree.columns.enumerated() {
            let kind = kinds[index]
            if !kind.contains(.present) {
                drift.append(
                    SchemaDrift(table: table, column: column, kind: .missing, detail: "no record has it; read as NULL")
                )
                continue
            }
            let nested = !kind.isDisjoint(with: [.array, .object])
            let scalar = !kind.isDisjoint(with: [.string, .number, .bool])
            let before = previous?.columns[column]
            if jsonColumns.contains(column) ? scalar : nested {
                drift.append(SchemaDrift(table: table, column: column, kind: .retyped, detail: "holds \(kind.names)"))
            } else if let before, !kind.names.isEmpty, before != kind.names {
                drift.append(
                    SchemaDrift(table: table, column: column, kind: .retyped, detail: "\(before) is now \(kind.names)")
                )
            }
        }
        for name in unmapped.sorted() where previous?.columns["_extra." + name] == nil {
            drift.append(SchemaDrift(table: table, column: name, kind: .added, detail: "kept in _extra"))
        }
        return drift
    }
}
