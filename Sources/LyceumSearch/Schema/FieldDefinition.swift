// One field of a collection: what it holds and what it can be asked.

/// A field of a collection: its name in filters, what it holds and how it takes part in search.
public struct FieldDefinition: Codable, Sendable, Hashable {
    /// What a field holds, and the roles that follow from it.
    public enum Kind: Sendable, Hashable {
        /// Searchable words; the weight multiplies the term frequency in BM25F. Not filterable except with `EXISTS`.
        case text(weight: Double)
        /// An exact value, compared without regard to case; with a text weight its words are searchable as well.
        case keyword(textWeight: Double?)
        /// A 64-bit floating point number.
        case number
        /// A moment in UTC, in whole seconds.
        case date
        /// A position on the earth: `{"lat": …, "lon": …}`, `"42.36,-71.06"`, or a place the gazetteer knows, `"Boston, MA"`.
        case geo
    }

    /// The name used in filters, sort keys and facets.
    public var name: String
    /// What the field holds.
    public var kind: Kind
    /// Whether a document may carry several values; only keywords and texts can.
    public var isArray: Bool
    /// Whether counts by value can be asked for; only keywords can.
    public var isFacet: Bool
    /// Where the value stands in the served JSON, as dotted paths. Texts of several paths are joined by a space; a
    /// number or date is taken from the first path that has one, and `#0`, `#1` after a path means the first or
    /// second number in a text there. Empty means the field's own name at the top level.
    public var paths: [String]

    /// Makes a field.
    public init(_ name: String, _ kind: Kind, isArray: Bool = false, isFacet: Bool = false, paths: [String] = []) {
        self.name = name
        self.kind = kind
        self.isArray = isArray
        self.isFacet = isFacet
        self.paths = paths
    }

    /// The weight of the field's words in BM25F, nil where the words are not searchable.
    public var textWeight: Double? {
        switch kind {
        case .text(let weight): weight
        case .keyword(let weight): weight
        case .number, .date, .geo: nil
        }
    }
}

extension FieldDefinition.Kind: Codable {
    private enum Name: String, Codable { case text, keyword, number, date, geo }
    private enum Key: String, CodingKey {
        case type
        case textWeight = "text_weight"
    }

    /// Reads `{"type": "text", "text_weight": 3}` and its like.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Key.self)
        let weight = try container.decodeIfPresent(Double.self, forKey: .textWeight)
        switch try container.decode(Name.self, forKey: .type) {
        case .text: self = .text(weight: weight ?? 1)
        case .keyword: self = .keyword(textWeight: weight)
        case .number: self = .number
        case .date: self = .date
        case .geo: self = .geo
        }
    }

    /// Writes `{"type": "text", "text_weight": 3}` and its like.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        switch self {
        case .text(let weight):
            try container.encode(Name.text, forKey: .type)
            try container.encode(weight, forKey: .textWeight)
        case .keyword(let weight):
            try container.encode(Name.keyword, forKey: .type)
            try container.encodeIfPresent(weight, forKey: .textWeight)
        case .number: try container.encode(Name.number, forKey: .type)
        case .date: try container.encode(Name.date, forKey: .type)
        case .geo: try container.encode(Name.geo, forKey: .type)
        }
    }
}
