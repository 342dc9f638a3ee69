// What a snapshot is given to know of its users' language: synonyms and phrases.

/// One way to say something else: a document with an alternative is found for the words as well.
public struct SynonymRule: Sendable, Hashable {
    /// The words of a query, one to eight of them.
    public var words: String
    /// What stands for them in documents; up to eight are kept, the first ones.
    public var alternatives: [String]
    /// What an alternative counts, above 0 and at most 1; below 1 the words themselves win.
    public var weight: Float

    /// Makes a one-way rule: `words` finds the alternatives, not the other way round.
    public init(_ words: String, _ alternatives: [String], weight: Float = 0.5) {
        self.words = words
        self.alternatives = alternatives
        self.weight = weight
    }

    /// Rules by which each of the texts finds all the others.
    public static func mutual(_ texts: [String], weight: Float = 0.8) -> [SynonymRule] {
        texts.indices.map { index in
            SynonymRule(texts[index], texts.indices.filter { $0 != index }.map { texts[$0] }, weight: weight)
        }
    }
}

/// Synonyms and phrases that a snapshot is written with; both are kept in it.
public struct LanguageResources: Sendable, Hashable {
    /// Synonyms. Rules for the same words add up; an alternative given twice keeps the greater weight.
    public var synonyms: [SynonymRule]
    /// Phrases of two to eight words that are one idea, such as skills: documents are indexed by them besides their
    /// words, and a query with the phrase prefers documents with it.
    public var phrases: [String]

    /// Makes resources; none of either is the default.
    public init(synonyms: [SynonymRule] = [], phrases: [String] = []) {
        self.synonyms = synonyms
        self.phrases = phrases
    }

    /// Whether there is nothing to keep.
    public var isEmpty: Bool { synonyms.isEmpty && phrases.isEmpty }
}
