// Cuts text into the terms that are indexed and searched.

/// Cuts text into terms: Unicode words, folded and stemmed, with technical names kept whole.
///
/// - Words follow Unicode Standard Annex #29 with the tailorings of ``WordClass``; each ideograph is a word of its own.
/// - Folding is NFKC without case and diacritics (``CharacterFolding``): `Zürich` and `ZURICH` are one term.
/// - An apostrophe joins (`don't` is `dont`), a final `'s` is dropped; `1,000` is `1000`; `3.11` keeps its point.
/// - Abbreviations lose their points: `U.S.` is `us`, `Ph.D.` is `phd`. A single letter with a hyphen joins: `e-mail` is
///   `email`, `T-SQL` is `tsql`, beside `mail` and `sql`.
/// - `C++`, `C#`, `F#`, `A+` stay terms of their own and do not match `C`, `F`, `A`; neither do `A/B` and `R&D`.
/// - `.NET`, `Node.js`, `CI/CD`, `TCP/IP`, `snake_case` and e-mail addresses give the whole name and each part.
/// - Words of the letters a to z are stemmed with Porter2; names, numbers and codes such as `CS101` are not.
/// - A term is at most 64 bytes long; what is longer is cut.
///
/// Texts in ASCII take a path without any Unicode lookup; neither path allocates per token. The analyzer owns scratch
/// memory: keep one a thread and reuse it.
struct Analyzer {
    /// The name recorded in the manifest; a snapshot with another one is not opened.
    static let name = "uax29-nfkc-porter2-2"
    /// How many positions lie between two values of one field, so that no phrase reaches from one into the next.
    static let valueGap = 16
    /// The most bytes of a term.
    static let maximumTermLength = 64

    private let memory = AnalyzerMemory()
    private let isStemming: Bool
    private let stopWords: StopWordTreatment
    private let units: PhraseTable?

    /// Makes an analyzer.
    ///
    /// - Parameters:
    ///   - isStemming: false gives the folded words themselves.
    ///   - stopWords: what becomes of ``StopWords``.
    ///   - units: phrases that make one more token each, beside their words.
    init(isStemming: Bool = true, stopWords: StopWordTreatment = .keep, units: PhraseTable? = nil) {
        self.isStemming = isStemming
        self.stopWords = stopWords
        self.units = units
    }

    /// Calls `body` with each token of UTF-8 text, in order of position, and returns the position after the last word.
    ///
    /// Malformed bytes separate words. Linear time.
    @discardableResult
    mutating func tokens(
        of bytes: UnsafeBufferPointer<UInt8>,
        startingAt position: Int = 0,
        _ body: (Token) -> Void
    ) -> Int {
        guard let base = bytes.baseAddress, !bytes.isEmpty else { return position }
        if let units { return tokens(base, bytes.count, position, units, body) }
        var scanner = TokenScanner(base, bytes.count, memory, position, isStemming, stopWords)
        scanner.scan(body)
        return scanner.position
    }

    /// The same for a string.
    @discardableResult
    mutating func tokens(of text: String, startingAt position: Int = 0, _ body: (Token) -> Void) -> Int {
        var text = text
        return text.withUTF8 { tokens(of: $0, startingAt: position, body) }
    }

    /// Calls `body` with each term of the text, in order.
    mutating func terms(of text: String, _ body: (UnsafeBufferPointer<UInt8>) -> Void) {
        tokens(of: text) { body($0.term) }
    }

    /// The same for UTF-8 bytes.
    mutating func terms(of bytes: UnsafeBufferPointer<UInt8>, _ body: (UnsafeBufferPointer<UInt8>) -> Void) {
        tokens(of: bytes) { body($0.term) }
    }

    /// The terms as strings; for explanations and tests.
    mutating func terms(of text: String) -> [String] {
        var all: [String] = []
        terms(of: text) { all.append(String(decoding: $0, as: UTF8.self)) }
        return all
    }

    /// Finds the tokens, then the phrases among them; a phrase comes before the token of its first word.
    private func tokens(
        _ base: UnsafePointer<UInt8>,
        _ count: Int,
        _ position: Int,
        _ units: PhraseTable,
        _ body: (Token) -> Void
    ) -> Int {
        let list = memory.list
        list.removeAll()
        var scanner = TokenScanner(base, count, memory, position, isStemming, stopWords == .keep ? .keep : .mark)
        scanner.scan(list.append)
        list.forEach { index, token in
            if !token.isOverlap {
                list.forEachPhrase(in: units, from: index) { term, end in
                    body(
                        Token(
                            term: term,
                            position: token.position,
                            start: token.start,
                            end: end,
                            kind: .unit,
                            isOverlap: true
                        )
                    )
                }
            }
            if !token.isStopWord || stopWords == .mark { body(token) }
        }
        return scanner.position
    }
}

/// The scratch memory of an analyzer.
final class AnalyzerMemory {
    static let capacity = 256
    /// The term being read.
    let term: UnsafeMutablePointer<UInt8> = .allocate(capacity: capacity)
    /// A whole name beside the term that is one of its parts.
    let whole: UnsafeMutablePointer<UInt8> = .allocate(capacity: capacity)
    let list = TokenList()

    deinit {
        term.deallocate()
        whole.deallocate()
    }
}
