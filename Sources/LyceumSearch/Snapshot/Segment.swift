// One immutable segment of a collection: terms, columns, vectors and documents.

import Foundation

/// The files of one immutable part of a collection, opened and checked; documents are named by their position, the ordinal.
///
/// A snapshot holds one segment a collection; documents that came since are in further ones, in memory.
/// `@unchecked Sendable`: immutable but for the scratches and rarities, which lock; the buffers are read-only views of mapped files held here.
final class Segment: @unchecked Sendable {
    /// The collection's schema.
    let schema: CollectionSchema
    /// Documents.
    let count: Int
    /// The embedding model's version, nil without vectors.
    let modelVersion: String?

    let terms: TermIndex
    let columns: [Column]
    let vectors: NearestVectors?
    let embedder: (any Embedder)?
    /// Completions of what a user types, nil where the schema suggests no field.
    let suggestions: SuggestionIndex?
    /// The snapshot's synonyms and phrases.
    let language: LanguageTables?
    let scratches: ScratchPool
    /// Known bitmaps of conditions; small segments reckon them anew.
    let conditions: BitmapCache?
    private let documents: MappedFile
    private let lookupFile: MappedFile
    private let documentOffsets: PackedOffsets
    private let ids: DocumentIDs
    /// How rare keyword values are, by field, reckoned when first asked for.
    private let knownRarities = Locked<[Int: KeywordRarities]>([:])

    init(
        _ entry: Manifest.Collection,
        storage: any SegmentStorage,
        location: String,
        embedders: [any Embedder],
        language: LanguageTables? = nil,
        verification: Snapshot.Verification
    ) throws {
        self.language = language
        let name = entry.schema.name
        func refuse(_ file: String, _ what: String) -> SearchError {
            let message = "the snapshot file \(file) is damaged: \(what); rebuild the index"
            return SearchError(.damagedSnapshot, message, location: "\(location)/\(file)")
        }
        do {
            try entry.schema.validate()
        } catch {
            throw SearchError(
                .damagedSnapshot,
                "the schema of \(name.prefix(64)) in manifest.json is not valid; rebuild the index",
                location: location,
                cause: error
            )
        }
        guard entry.documents >= 0, entry.documents < Int(UInt32.max),
            entry.averageLengths.count == entry.schema.textFields.count,
            entry.averageLengths.allSatisfy({ $0.isFinite && $0 >= 0 })
        else { throw refuse(SnapshotLayout.manifest, "the counts of \(name) are out of range") }

        var files: [String: MappedFile] = [:]
        func open(_ name: String) throws -> MappedFile {
            guard let expected = entry.files.first(where: { $0.name == name }) else {
                throw refuse(SnapshotLayout.manifest, "it does not list \(name)")
            }
            let file: MappedFile
            do {
                file = try storage.read(name)
            } catch {
                throw SearchError(
                    .damagedSnapshot,
                    "the snapshot file \(name) is missing or unreadable; rebuild the index",
                    location: "\(location)/\(name)",
                    cause: error
                )
            }
            guard file.bytes.count == expected.bytes else {
                throw refuse(name, "it has \(file.bytes.count) bytes instead of \(expected.bytes)")
            }
            if verification == .full, XXHash64.hex(XXHash64.hash(file.bytes)) != expected.xxh64 {
                throw refuse(name, "its checksum does not match the manifest")
            }
            files[name] = file
            return file
        }

        schema = entry.schema
        count = entry.documents
        documents = try open(SnapshotLayout.documents(name))
        let lookup = try SegmentReader(try open(SnapshotLayout.lookup(name)))
        lookupFile = lookup.file
        documentOffsets = try PackedOffsets(
            lookup,
            prefix: "documents",
            count: entry.documents,
            limit: documents.bytes.count
        )
        ids = try DocumentIDs(lookup, count: entry.documents)
        terms = try TermIndex(
            try SegmentReader(try open(SnapshotLayout.terms(name))),
            documentCount: entry.documents,
            weights: entry.schema.textFields.compactMap { entry.schema.fields[$0].textWeight },
            averageLengths: entry.averageLengths
        )
        columns = try Column.open(
            try SegmentReader(try open(SnapshotLayout.columns(name))),
            fields: entry.schema.fields,
            documentCount: entry.documents
        )
        suggestions =
            try entry.schema.suggestionFields.isEmpty
            ? nil : SuggestionIndex(try SegmentReader(try open(SnapshotLayout.suggestions(name))))
        if let model = entry.model {
            let segment = try SegmentReader(try open(SnapshotLayout.vectors(name)))
            guard model.dimensions > 0, model.dimensions <= 4096, model.dimensions % 32 == 0 else {
                throw refuse(SnapshotLayout.manifest, "the vectors of \(name) have \(model.dimensions) dimensions")
            }
            guard let found = try EmbeddingModel.embedder(version: model.version, among: embedders) else {
                throw SearchError(
                    .modelMismatch,
                    "\(name) was embedded with the model \(model.version), which is not at hand; give it or rebuild the index",
                    location: location
                )
            }
            guard found.dimensions == model.dimensions else {
                throw refuse(SnapshotLayout.manifest, "the vectors of \(name) have \(model.dimensions) dimensions")
            }
            embedder = found
            vectors = try NearestVectors(segment, documentCount: entry.documents, dimensions: model.dimensions)
            modelVersion = model.version
        } else {
            vectors = nil
            embedder = nil
            modelVersion = nil
        }
        scratches = ScratchPool(documentCount: entry.documents)
        conditions = entry.documents >= 1024 ? BitmapCache(documentCount: entry.documents) : nil
    }

    // MARK: Documents

    /// The position of a document by its id, nil when it has none. Expected constant time.
    func ordinal(of id: String) -> Int? { ids.position(of: id) }

    /// The id of a document by its position.
    func id(of ordinal: Int) -> String { ids[ordinal] }

    /// The JSON of a document by its position, without the line break.
    func json(of ordinal: Int) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(rebasing: documents.bytes[documentOffsets.range(ordinal)].dropLast())
    }

    /// How rare the values of a keyword field are. Reckoned once.
    func rarities(field: Int, _ column: KeywordColumn) -> KeywordRarities {
        if let known = knownRarities.withLock({ $0[field] }) { return known }
        let rarities = KeywordRarities(column, documentCount: count)
        knownRarities.withLock { $0[field] = rarities }
        return rarities
    }

    // MARK: Filters

    /// The documents that satisfy a filter, nil for no filter.
    func bitmap(_ filter: Filter?) throws -> Bitmap? {
        guard let filter else { return nil }
        let textFields = schema.textFields
        var evaluator = FilterEvaluator(schema: schema, columns: columns, documentCount: count) { field, document in
            guard let position = textFields.firstIndex(of: field) else { return false }
            return self.terms.length(field: position, document: document) > 0
        }
        evaluator.cache = conditions
        return try evaluator.evaluate(filter)
    }
}
