// The shape of a collection: its fields, and which of them carry the title and the meaning.

/// The shape of a collection: its fields in order, the title field, and the fields whose text is embedded.
public struct CollectionSchema: Codable, Sendable, Hashable {
    /// The collection's name, which is also the stem of its file names.
    public var name: String
    /// The fields; a field's position here is its index in ``IndexDocument/values``.
    public var fields: [FieldDefinition]
    /// Where the document's id stands in the served JSON.
    public var idPath: String
    /// The field whose whole text, when it equals the query, lifts a document above all others.
    public var titleField: String?
    /// The fields whose texts, joined, go into the document's vector; none means no vectors.
    public var vectorFields: [String]
    /// Whether the commonest English words (`the`, `of`, `and`) are left out of the index and of queries.
    public var leavesOutStopWords = false
    /// The fields whose values are offered as completions of what a user types; texts and keywords can be.
    public var suggestionFields: [String] = []

    private enum CodingKeys: String, CodingKey {
        case name, fields
        case idPath = "id_path"
        case titleField = "title_field"
        case vectorFields = "vector_fields"
        case leavesOutStopWords = "leaves_out_stop_words"
        case suggestionFields = "suggestion_fields"
    }

    /// Reads a schema; members that came later than the first format have their defaults when absent.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        name = try container.decode(String.self, forKey: .name)
        fields = try container.decode([FieldDefinition].self, forKey: .fields)
        idPath = try container.decode(String.self, forKey: .idPath)
        titleField = try container.decodeIfPresent(String.self, forKey: .titleField)
        vectorFields = try container.decode([String].self, forKey: .vectorFields)
        leavesOutStopWords = try container.decodeIfPresent(Bool.self, forKey: .leavesOutStopWords) ?? false
        suggestionFields = try container.decodeIfPresent([String].self, forKey: .suggestionFields) ?? []
    }

    /// Makes a schema; ``validate()`` is called by the writer and the reader.
    public init(
        name: String,
        idPath: String = "id",
        fields: [FieldDefinition],
        titleField: String? = nil,
        vectorFields: [String] = [],
        leavesOutStopWords: Bool = false,
        suggestionFields: [String] = []
    ) {
        self.name = name
        self.idPath = idPath
        self.fields = fields
        self.titleField = titleField
        self.vectorFields = vectorFields
        self.leavesOutStopWords = leavesOutStopWords
        self.suggestionFields = suggestionFields
    }

    /// The position of the field of that name.
    public func index(of field: String) -> Int? {
        fields.firstIndex { $0.name == field }
    }

    /// Checks names, weights and roles.
    ///
    /// - Throws: ``SearchError`` with code `invalid_schema`.
    public func validate() throws {
        func refuse(_ message: String) -> SearchError {
            SearchError(.invalidSchema, "collection \(name): \(message)")
        }
        guard Self.isName(name) else {
            throw refuse("a collection's name is lowercase letters, digits and _, at most 64 of them")
        }
        guard fields.count <= 64 else { throw refuse("\(fields.count) fields; at most 64 are possible") }
        var seen: Set<String> = []
        for field in fields {
            guard Self.isName(field.name) else {
                throw refuse("the field name '\(field.name)' is not lowercase letters, digits and _")
            }
            guard seen.insert(field.name).inserted else { throw refuse("two fields are called \(field.name)") }
            if let weight = field.textWeight, !(weight > 0 && weight <= 1000) {
                throw refuse("the text weight of \(field.name) is \(weight); it must be above 0 and at most 1000")
            }
            switch field.kind {
            case .number, .date, .geo:
                if field.isArray { throw refuse("\(field.name) is an array; only texts and keywords can be") }
                if field.isFacet { throw refuse("\(field.name) is a facet; only keywords can be") }
            case .text:
                if field.isFacet { throw refuse("\(field.name) is a facet; only keywords can be") }
            case .keyword: break
            }
        }
        if let titleField {
            guard let index = index(of: titleField), fields[index].textWeight != nil else {
                throw refuse("the title field \(titleField) is not one of the searchable text fields")
            }
        }
        for field in vectorFields { try requireText(field, "vector") }
        for field in suggestionFields { try requireText(field, "suggestion") }
    }

    private func requireText(_ field: String, _ what: String) throws {
        guard let index = index(of: field) else {
            throw SearchError(.invalidSchema, "collection \(name): the \(what) field \(field) does not exist")
        }
        switch fields[index].kind {
        case .text, .keyword: return
        case .number, .date, .geo:
            throw SearchError(.invalidSchema, "collection \(name): the \(what) field \(field) holds no text")
        }
    }

    static func isName(_ name: String) -> Bool {
        guard !name.isEmpty, name.utf8.count <= 64 else { return false }
        return name.utf8.allSatisfy { byte in
            (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
                || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || byte == UInt8(ascii: "_")
        }
    }

    /// The searchable text fields in order, as indices into ``fields``.
    var textFields: [Int] {
        fields.indices.filter { fields[$0].textWeight != nil }
    }
}
