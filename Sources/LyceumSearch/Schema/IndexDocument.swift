// A document on its way into the index.

/// The value of one field of one document.
public enum FieldValue: Sendable, Hashable {
    /// The document has no value here.
    case none
    /// A text or a keyword.
    case text(String)
    /// Several texts or keywords.
    case texts([String])
    /// A number.
    case number(Double)
    /// Seconds since 1970-01-01T00:00:00Z.
    case date(Int64)
    /// A position.
    case point(GeoPoint)
}

/// A document to index: its id, the JSON it is served as, and its field values.
public struct IndexDocument: Sendable {
    /// The id, unique within the collection, 1 to 512 bytes.
    public var id: String
    /// One JSON object without line breaks, returned byte for byte in search results.
    public var json: String
    /// Values by field index; fields not named have no value.
    public var values: [(field: Int, value: FieldValue)]

    /// Makes a document.
    public init(id: String, json: String, values: [(field: Int, value: FieldValue)]) {
        self.id = id
        self.json = json
        self.values = values
    }
}

extension CollectionSchema {
    /// Makes a document from values by field name.
    ///
    /// - Throws: ``SearchError`` with code `unknown_field`.
    public func document(id: String, json: String, values: [String: FieldValue]) throws -> IndexDocument {
        let placed = try values.map { name, value in
            guard let index = index(of: name) else {
                throw SearchError(.unknownField, "the collection \(self.name) has no field \(name)", location: id)
            }
            return (field: index, value: value)
        }
        return IndexDocument(id: id, json: json, values: placed.sorted { $0.field < $1.field })
    }
}
