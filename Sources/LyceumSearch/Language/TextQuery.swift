// What a query asks of documents' text, as a tree that the index can compile.

/// What a query asks of documents' text: a tree whose leaves are analysed terms (bytes as in the term dictionary).
indirect enum TextQuery: Hashable, Sendable {
    /// Documents that have a term in one of the fields; BM25F contribution times boost.
    case term([UInt8], fields: FieldMask = .all, boost: Float = 1)
    /// Terms at consecutive positions of one value of one field (`offsets` are relative positions, so removed stop words
    /// leave gaps).
    case phrase([[UInt8]], offsets: [Int], fields: FieldMask = .all, boost: Float = 1)
    /// Any term that starts with these bytes (bounded expansion, the most frequent first).
    case prefix([UInt8], fields: FieldMask = .all, boost: Float = 1)
    /// Any term within `edits` (1, 2) Damerau-Levenshtein edits (transposition = 1) whose first `prefix` characters are
    /// the same; exact match scores highest.
    case fuzzy([UInt8], edits: Int, prefix: Int, fields: FieldMask = .all, boost: Float = 1)
    /// Alternatives for one idea: a document scores its best alternative, not their sum.
    case best([TextQuery])
    /// At least one; scores add up.
    case any([TextQuery])
    /// All; scores add up.
    case all([TextQuery])
    /// The first, and none of the others.
    case excluding(TextQuery, [TextQuery])
    /// Every document, score 0.
    case everything
}

/// The text fields a leaf looks at: bit i is the schema's text field i.
struct FieldMask: OptionSet, Hashable, Sendable {
    var rawValue: UInt64

    static let all = FieldMask(rawValue: .max)
}
