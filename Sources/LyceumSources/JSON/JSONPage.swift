// One page of a REST collection, read.

/// The records of one page.
struct JSONPage: Sendable {
    /// The total that the page states.
    var total: Int?
    /// What leads to the next page, if the page has it.
    var next: String?
    /// The records that have an id.
    var records: [JSONRecord] = []
    /// The records without one: where they stand in the page, and their text.
    var withoutID: [(offset: Int, text: String)] = []
    /// One fingerprint for each record, with an id or without, in the page's order.
    var fingerprints: [Int] = []
    /// What each column held.
    var kinds: [JSONKinds] = []
    /// Members that no column takes.
    var unmapped: Set<String> = []

    /// Reads a page.
    ///
    /// - Parameters:
    ///   - rows: the dotted path of the records.
    ///   - next: the dotted path of what leads to the next page, if any.
    /// - Throws: ``SourceError`` with code `malformed`, retryable, that names the byte.
    init(
        _ body: [UInt8],
        shape: RecordShape,
        rows: String,
        total totalMember: String = "total",
        next nextMember: String? = nil,
        location: String
    ) throws {
        do throws(JSONFault) {
            try body.withUnsafeBufferPointer { (bytes) throws(JSONFault) in
                var reader = JSONRecordReader(bytes, tree: shape.tree)
                let found = try reader.readPage(rows: rows, scalars: [totalMember] + (nextMember.map { [$0] } ?? [])) {
                    add($0, text: bytes[$0.range], shape: shape)
                }
                total = found[0].flatMap { Int($0) }
                next = found.count > 1 ? found[1] : nil
                kinds = reader.kinds
                unmapped = reader.unmapped
            }
        } catch {
            throw error.asSourceError(location: location, of: body.count)
        }
    }

    /// An empty page, for records that come one by one.
    init() {}

    /// Adds a record.
    mutating func add(_ record: JSONRecord, text: Slice<UnsafeBufferPointer<UInt8>>, shape: RecordShape) {
        var hasher = Hasher()
        hasher.combine(record.values)
        hasher.combine(record.extra)
        fingerprints.append(hasher.finalize())
        if shape.keyColumns.contains(where: { record.values[$0]?.isEmpty ?? true }) {
            withoutID.append((record.range.lowerBound, String(decoding: text, as: UTF8.self)))
        } else {
            records.append(record)
        }
    }
}

extension JSONFault {
    /// The fault as a source's error, which a new answer may mend.
    func asSourceError(location: String, of count: Int? = nil) -> SourceError {
        SourceError(
            .malformed,
            "The answer is not the JSON that was expected: \(reason) at byte \(offset)"
                + (count.map { " of \($0)" } ?? "")
                + ".",
            location: location,
            isRetryable: true
        )
    }
}

/// How the records of one raw table become rows.
struct RecordShape: Sendable {
    /// The raw table.
    var table: String
    /// The members that become columns.
    var tree: FieldTree
    /// The columns that hold JSON text.
    var jsonColumns: Set<String> = []
    /// Members that no column takes and that are nothing to report.
    var ordinaryMembers: Set<String> = []
    /// The columns that identify a record; a record without one of them is set aside.
    var keyColumns: [Int]

    /// The key in words, for the reason why a record is set aside.
    var keyNames: String { keyColumns.map { tree.columns[$0] }.joined(separator: ", ") }
}

/// What the members of a collection look like, compared with what is expected and with last time.
struct JSONShape: Sendable {
    private let shape: RecordShape
    private var kinds: [JSONKinds]
    private var unmapped: Set<String> = []
    private var tree: FieldTree { shape.tree }
    private var table: String { shape.table }
    private var jsonColumns: Set<String> { shape.jsonColumns }

    init(_ shape: RecordShape) {
        self.shape = shape
        kinds = Array(repeating: [], count: shape.tree.columns.count)
    }

    mutating func add(kinds more: [JSONKinds], unmapped names: Set<String>) {
        for (index, kind) in more.enumerated() { kinds[index].formUnion(kind) }
        unmapped.formUnion(names.subtracting(shape.ordinaryMembers))
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
