// Documents like a given one.

import Foundation

extension Collection {
    /// Words of a document that stand for it, the first ones.
    static let similarWords = 48

    /// The documents most like one of the collection, without itself: by the words of its title and of the fields whose meaning is
    /// embedded, and by its vector where there is one.
    ///
    /// - Parameters:
    ///   - id: the document's id.
    ///   - request: filter, facets, limit, fields and so on; its query, order, offset and cursor are left out of account.
    /// - Throws: ``SearchError`` with code `document_not_found`, or one of ``search(_:)``.
    public func similar(to id: String, _ request: SearchRequest = SearchRequest()) throws -> SearchResult {
        guard let place = place(of: id) else {
            throw SearchError(.documentNotFound, "\(schema.name) has no document with this id", location: id)
        }
        let json = views[place.view].segment.json(of: place.ordinal)
        var request = request
        request.query = text(of: json)
        request.queryVectorText = nil
        // The document's own words, as they are.
        request.forgivesTypos = false
        request.usesSynonyms = false
        request.usesFeedback = false
        request.isUnfinished = false
        request.matching = .any
        request.sort = []
        request.offset = 0
        request.cursor = nil
        let limit = request.limit
        request.limit = min(limit + 1, SearchRequest.maximumLimit)
        var result = try search(request)
        let found = result.hits.contains { $0.id == id }
        result.hits.removeAll { $0.id == id }
        result.hits = Array(result.hits.prefix(limit))
        if found { result.total -= 1 }
        result.end = nil
        return result
    }

    /// The words that stand for a document, without what has a meaning in a query.
    private func text(of json: UnsafeRawBufferPointer) -> String {
        guard let object = JSONValue(json.bindMemory(to: UInt8.self)) else { return "" }
        var names = schema.vectorFields.isEmpty ? schema.textFields.map { schema.fields[$0].name } : schema.vectorFields
        if let title = schema.titleField {
            names.removeAll { $0 == title }
            names.insert(title, at: 0)
        }
        let texts = names.compactMap { schema.index(of: $0) }.flatMap { field -> [String] in
            switch schema.fields[field].value(in: object) {
            case .text(let text): [text]
            case .texts(let texts): texts
            case .none, .number, .date, .point: []
            }
        }
        let plain = texts.joined(separator: " ").map { character in
            "\"“”:*-".contains(character) ? " " : character
        }
        return String(plain).split(whereSeparator: \.isWhitespace).prefix(Self.similarWords).joined(separator: " ")
    }
}
