// How many typing errors a word is forgiven.

/// How many typing errors a word of a query is forgiven, by its length and kind.
///
/// Only words that hardly any document has are searched with errors: a word that is spelt right finds what is spelt
/// like it. Codes, numbers, e-mail addresses and names with signs (`CS101`, `3.11`, `C++`) are never forgiven any.
public struct TypoPolicy: Sendable, Hashable {
    /// The fewest characters of a word that is forgiven one edit: an insertion, deletion, replacement or transposition.
    public var oneEditFrom: Int
    /// The fewest characters of a word that is forgiven two.
    public var twoEditsFrom: Int
    /// A word that at most so many of 1,000 or more documents have is taken for a possible error of theirs and searched
    /// with one edit as well.
    public var rareUpTo: Int

    /// Makes a policy.
    public init(oneEditFrom: Int = 4, twoEditsFrom: Int = 8, rareUpTo: Int = 1) {
        self.oneEditFrom = oneEditFrom
        self.twoEditsFrom = twoEditsFrom
        self.rareUpTo = rareUpTo
    }

    /// No word is forgiven any error.
    public static let none = TypoPolicy(oneEditFrom: .max, twoEditsFrom: .max)

    /// What the first characters of a word must have in common with those it is taken for.
    static let commonPrefix = 1

    /// The edits a word is forgiven that `frequency` of `documents` documents have.
    func edits(_ kind: TokenKind, characters: Int, frequency: Int, documents: Int) -> Int {
        guard kind == .word, characters >= oneEditFrom else { return 0 }
        if frequency == 0 { return characters >= twoEditsFrom ? 2 : 1 }
        return frequency <= rareUpTo && documents >= 1000 ? 1 : 0
    }
}
