// A query understood: the tree to search with, and what each part of its text became.

/// What a query's words have to do with a document for it to be found.
public enum Matching: String, Sendable, Hashable, Codable, CaseIterable {
    /// Any of the words; more of them score higher.
    case any
    /// All of the words.
    case all
}

/// The dictionary a query is understood against: which terms there are and how common they are.
protocol TermVocabulary {
    var documentCount: Int { get }
    /// How many documents have a term.
    func documentFrequency(of term: UnsafeBufferPointer<UInt8>) -> Int
}

/// Why a part of a query searches for more than was typed.
enum QueryExpansion: Hashable, Sendable {
    /// The words are replaced by others: their terms joined by spaces, and what they count.
    case synonym(String, weight: Float)
    /// The words are one idea of the dictionary.
    case unit(String)
    /// The word may be misspelt.
    case typo(edits: Int)
    /// The word may be unfinished.
    case completion
    /// The word is two that the index has (`fullstack`), or two are one (`data base`).
    case split(String)
}

/// One part of a query: a word, a name, a phrase.
struct QueryPart: Hashable, Sendable {
    enum Kind: String, Hashable, Sendable {
        case word, phrase, prefix
    }

    var kind: Kind
    /// Where it stands in the query, in bytes of UTF-8; with its quotes, without its field and sign.
    var range: Range<Int>
    /// The text there.
    var text: String
    /// Whether documents must not have it.
    var isExcluded: Bool
    /// The text field it is looked for in, by its position among the schema's text fields; nil for all.
    var field: Int?
    /// The terms of its own words.
    var terms: [[UInt8]]
    var expansions: [QueryExpansion] = []
}

/// A query understood.
struct ParsedQuery: Hashable, Sendable {
    /// What to search; ``TextQuery/everything`` when the text asks for nothing.
    var query: TextQuery
    /// The parts, in the order of the text.
    var parts: [QueryPart]
    /// The text without syntax and without what it excludes: what to embed.
    var plainText: String

    /// Whether the text asks for nothing at all.
    var isEmpty: Bool { parts.isEmpty }
    /// The terms of the words that are wanted, in order; what a document would score with if it had them all.
    var wantedTerms: [[UInt8]] { parts.lazy.filter { !$0.isExcluded }.flatMap(\.terms) }
}

extension TermIndex: TermVocabulary {
    func documentFrequency(of term: UnsafeBufferPointer<UInt8>) -> Int { self.term(term)?.documentFrequency ?? 0 }
}
