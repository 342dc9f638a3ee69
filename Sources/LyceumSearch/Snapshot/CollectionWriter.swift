// Writes one collection of a snapshot.

import Foundation

/// Takes the documents of one collection, in the order that equal scores keep.
///
/// Not for use from several threads at once; different collections of one snapshot are independent of each other.
public final class CollectionWriter {
    /// The collection's schema.
    public let schema: CollectionSchema
    /// Documents added so far.
    public private(set) var count = 0

    private let storage: any SegmentStorage
    private let documents: any ByteOutput
    private var documentLengths: [UInt32] = []
    private var ids = TermTable(capacity: 1 << 12)
    private var terms: TermIndexWriter
    private var columns: ColumnWriter
    private var vectors: VectorWriter?
    private let textFields: [Int]
    private let vectorFields: [Int]
    private var suggestions: SuggestionWriter?
    private let suggestionFields: [Int]
    private var slots: [FieldValue]
    private var texts: [[String]]

    /// - Parameters:
    ///   - averageLengths: the mean field lengths to score with, nil to take those of the documents added.
    ///   - language: the snapshot's synonyms and phrases.
    init(
        schema: CollectionSchema,
        model: EmbeddingModel,
        storage: any SegmentStorage,
        averageLengths: [Double]? = nil,
        language: LanguageTables? = nil
    ) throws {
        try schema.validate()
        self.schema = schema
        self.storage = storage
        let textFields = schema.textFields
        self.textFields = textFields
        vectorFields = schema.vectorFields.compactMap { schema.index(of: $0) }
        suggestionFields = schema.suggestionFields.compactMap { schema.index(of: $0) }
        suggestions = suggestionFields.isEmpty ? nil : SuggestionWriter(fields: suggestionFields)
        let title = schema.titleField.flatMap { schema.index(of: $0) }
        terms = TermIndexWriter(
            weights: textFields.compactMap { schema.fields[$0].textWeight },
            titleField: title.flatMap { textFields.firstIndex(of: $0) },
            averageLengths: averageLengths,
            analysis: TextAnalysis(schema, tables: language)
        )
        columns = ColumnWriter(schema.fields)
        vectors = vectorFields.isEmpty ? nil : try VectorWriter(model: model)
        slots = Array(repeating: .none, count: schema.fields.count)
        texts = Array(repeating: [], count: textFields.count)
        documents = try storage.create(SnapshotLayout.documents(schema.name))
    }

    /// Adds a document. Expected O(length of its texts).
    ///
    /// - Throws: ``SearchError`` with code `invalid_document` when the id, the JSON or a value does not fit, `duplicate_document`
    ///   when the id was added before, `io` when it cannot be written. After `io` the snapshot cannot be finished.
    public func add(_ document: IndexDocument) throws {
        func refuse(_ why: String) -> SearchError {
            SearchError(
                .invalidDocument,
                "a document of \(schema.name) cannot be indexed: \(why)",
                location: document.id
            )
        }
        guard (1...512).contains(document.id.utf8.count) else { throw refuse("its id is not 1 to 512 bytes long") }
        var json = document.json
        let isLine = json.withUTF8 { bytes in
            bytes.count >= 2 && bytes.count < 1 << 30 && bytes[0] == UInt8(ascii: "{")
                && bytes[bytes.count - 1] == UInt8(ascii: "}")
                && !bytes.contains { $0 == UInt8(ascii: "\n") || $0 == UInt8(ascii: "\r") }
        }
        guard isLine else { throw refuse("its JSON is not one object on one line") }
        for index in slots.indices { slots[index] = .none }
        for (field, value) in document.values {
            guard slots.indices.contains(field) else { throw refuse("it has a value for field number \(field)") }
            if let problem = Self.problem(value, for: schema.fields[field]) { throw refuse(problem) }
            slots[field] = value
        }
        guard count < Int(UInt32.max) - 1, ids.byteCount + document.id.utf8.count < Int(UInt32.max) else {
            throw refuse("the collection is full")
        }
        guard ids.insert(document.id).isNew else {
            throw SearchError(
                .duplicateDocument,
                "\(schema.name) has two documents with the same id; ids must be unique",
                location: document.id
            )
        }
        json.append("\n")
        try json.withUTF8 {
            try documents.write(UnsafeRawBufferPointer($0))
            documentLengths.append(UInt32($0.count))
        }
        for (position, field) in textFields.enumerated() { texts[position] = Self.texts(slots[field]) }
        terms.add(texts)
        columns.add(slots)
        suggestions?.add(suggestionFields.map { Self.texts(slots[$0]) })
        try vectors?.add(
            vectorFields.map { field in
                (Self.texts(slots[field]).joined(separator: ", "), Float(schema.fields[field].textWeight ?? 1))
            }
        )
        count += 1
    }

    private static func texts(_ value: FieldValue) -> [String] {
        switch value {
        case .text(let text): [text]
        case .texts(let texts): texts
        case .none, .number, .date, .point: []
        }
    }

    private static func problem(_ value: FieldValue, for field: FieldDefinition) -> String? {
        switch (value, field.kind) {
        case (.none, _), (.text, .text), (.text, .keyword): nil
        case (.texts(let texts), .text), (.texts(let texts), .keyword):
            field.isArray || texts.count <= 1 ? nil : "\(field.name) takes one value, not \(texts.count)"
        case (.number(let number), .number): number.isFinite ? nil : "\(field.name) is not a finite number"
        case (.point, .geo): nil
        case (.date(let date), .date): date == .min ? "\(field.name) is out of range" : nil
        default: "the value of \(field.name) has another type than the field"
        }
    }

    /// Writes the collection's files and describes them.
    func finish() throws -> Manifest.Collection {
        try documents.close()
        var names = [SnapshotLayout.documents(schema.name)]
        func write(_ name: String, _ segment: SegmentWriter) throws {
            try segment.write(to: try storage.create(name))
            names.append(name)
        }
        var lookup = SegmentWriter()
        PackedOffsets.add("documents", lengths: documentLengths, to: &lookup)
        DocumentIDs.add(ids, to: &lookup)
        try write(SnapshotLayout.lookup(schema.name), lookup)
        var termSegment = SegmentWriter()
        let summary = try terms.write(to: &termSegment)
        try write(SnapshotLayout.terms(schema.name), termSegment)
        var columnSegment = SegmentWriter()
        columns.write(to: &columnSegment)
        try write(SnapshotLayout.columns(schema.name), columnSegment)
        if let suggestions {
            self.suggestions = nil
            var segment = SegmentWriter()
            try suggestions.write(to: &segment)
            try write(SnapshotLayout.suggestions(schema.name), segment)
        }
        var model: Manifest.Model?
        if var vectors {
            self.vectors = nil
            var segment = SegmentWriter()
            let (version, dimensions) = try vectors.write(to: &segment)
            try write(SnapshotLayout.vectors(schema.name), segment)
            model = Manifest.Model(version: version, dimensions: dimensions)
        }
        let files = try names.map { name in
            let file = try storage.read(name)
            return Manifest.File(name: name, bytes: file.bytes.count, xxh64: XXHash64.hex(XXHash64.hash(file.bytes)))
        }
        return Manifest.Collection(
            schema: schema,
            documents: count,
            terms: summary.terms,
            postings: summary.postings,
            averageLengths: summary.averageLengths,
            model: model,
            files: files
        )
    }
}
