// The texts of a hit with the query's matches marked.

extension Collection {
    /// Marks matches in the texts of hits; one for all hits of a query.
    struct HitHighlighter {
        private var highlighter: Highlighter
        private let schema: CollectionSchema
        /// Positions among the text fields; whether one without matches is returned too, because it was asked for by name.
        private let fields: [(position: Int, isNamed: Bool)]

        /// - Throws: ``SearchError`` with code `unknown_field` or `invalid_request` for a field that has no text.
        init(_ options: HighlightOptions, _ query: TextQuery, _ collection: Collection) throws {
            schema = collection.schema
            highlighter = Highlighter(query, options: options, tables: collection.base.language)
            let textFields = schema.textFields
            guard !options.fields.isEmpty else {
                fields = textFields.indices.map { ($0, false) }
                return
            }
            let schema = schema
            fields = try options.fields.map { name in
                guard let index = schema.index(of: name) else {
                    throw FieldSuggestion.unknown(name, in: schema, purpose: "to highlight", location: "highlight")
                }
                guard let position = textFields.firstIndex(of: index) else {
                    throw SearchError(.invalidRequest, "\(name) is not searched by words", location: "highlight")
                }
                return (position, true)
            }
        }

        /// The marked texts by field.
        mutating func highlights(of json: UnsafeRawBufferPointer) -> [String: [String]] {
            guard let object = JSONValue(json.bindMemory(to: UInt8.self)) else { return [:] }
            var highlights: [String: [String]] = [:]
            for (position, isNamed) in fields {
                let field = schema.fields[schema.textFields[position]]
                let texts: [String] =
                    switch field.value(in: object) {
                    case .text(let text): [text]
                    case .texts(let texts): texts
                    case .none, .number, .date, .point: []
                    }
                let marked = texts.map { highlighter.highlight($0, field: position) }
                guard isNamed || marked.contains(where: { $0.matches > 0 }), !marked.isEmpty else { continue }
                highlights[field.name] = marked.map(\.text)
            }
            return highlights
        }
    }
}
