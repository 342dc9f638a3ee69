// One token of a text: its term, where it stands, and what may be done with it.

/// What kind of token the analyzer found; it decides about stemming and about typing errors.
enum TokenKind: UInt8, Sendable {
    /// A word of a language; stemmed when it is written in the letters a to z.
    case word
    /// Digits, with their point where they have one.
    case number
    /// Letters mixed with digits or underscores: course codes, versions, account names. Never stemmed nor fuzzed.
    case identifier
    /// A name in which signs matter: `C++`, `C#`, `.NET`, `Node.js`, `CI/CD`. Never stemmed nor fuzzed.
    case name
    /// An e-mail address, whole. Never stemmed nor fuzzed.
    case email
    /// A phrase of the dictionary, as one term: its words' terms joined by spaces.
    case unit
}

/// One token of a text. `term` is valid only during the call that hands the token out.
struct Token {
    /// The term's bytes, as in the term dictionary.
    let term: UnsafeBufferPointer<UInt8>
    /// The position among the words of the text; removed stop words leave gaps.
    let position: Int
    /// Where the token begins in the text, in bytes.
    let start: Int
    /// Where it ends in the text, in bytes.
    let end: Int
    let kind: TokenKind
    /// Whether the token stands beside others for the same words (`Node.js` beside `node` and `js`, a unit beside its
    /// words). Such tokens do not count towards a field's length.
    let isOverlap: Bool
    /// Whether the word is one of ``StopWords`` and the analyzer was asked to say so.
    var isStopWord = false
}
