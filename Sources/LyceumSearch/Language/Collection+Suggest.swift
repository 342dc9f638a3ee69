// Completions of what a user types, and corrections of what was typed.

/// One completion of what was typed.
public struct Suggestion: Sendable, Hashable, Codable {
    /// The whole text to search for: the words before, as they were typed, and the value that completes the rest.
    public var text: String
    /// The field the value comes from.
    public var field: String
    /// How many documents have the value.
    public var count: Int
}

/// What is offered to a user who types.
public struct SuggestionResult: Sendable, Hashable, Codable {
    /// Completions, the best first.
    public var suggestions: [Suggestion]
    /// The text with words corrected that no document has; nil when there is nothing to correct.
    public var didYouMean: String?
}

extension Collection {
    /// The most completions that can be asked for.
    public static var maximumSuggestions: Int { 100 }

    /// Completes a text from the values of ``CollectionSchema/suggestionFields``, forgiving typing errors.
    ///
    /// Values that begin with the text come before those in which a later word does, common ones before rare ones, and
    /// what was spelt right before corrections. When nothing completes the whole text, its last words are completed.
    /// Values of documents deleted since the snapshot was written are counted until the next one.
    ///
    /// - Parameters:
    ///   - text: what was typed; an empty text has no completions.
    ///   - limit: how many completions at most, 0 to 100.
    ///   - fields: the fields to take values from; empty means all suggested ones.
    /// - Throws: ``SearchError`` with code `invalid_request` or `unknown_field`.
    public func suggestions(for text: String, limit: Int = 8, fields: [String] = []) throws -> SuggestionResult {
        guard (0...Self.maximumSuggestions).contains(limit) else {
            throw SearchError(
                .invalidRequest,
                "the limit of suggestions is \(limit); it goes from 0 to \(Self.maximumSuggestions)"
            )
        }
        guard text.utf8.count <= SearchRequest.maximumQueryLength else {
            throw SearchError(
                .invalidRequest,
                "the text is longer than \(SearchRequest.maximumQueryLength) bytes"
            )
        }
        for field in fields where !schema.suggestionFields.contains(field) {
            let known = schema.suggestionFields.joined(separator: ", ")
            throw SearchError(
                .unknownField,
                "\(field.prefix(64)) is no suggested field; those are \(known.isEmpty ? "none" : known)",
                location: "fields"
            )
        }
        let reader = SuggestionReader(
            text,
            schema: schema,
            fields: fields,
            indexes: views.compactMap(\.segment.suggestions)
        )
        return SuggestionResult(
            suggestions: reader.completions(limit: limit),
            didYouMean: reader.correction { term in
                views.contains { view in view.segment.terms.documentFrequency(of: term) > 0 }
            }
        )
    }
}

/// Completes and corrects one text.
struct SuggestionReader {
    private let text: String
    private let names: [String]
    private let wanted: [Bool]
    private let indexes: [SuggestionIndex]
    /// The words of the text: folded, stemmed, and where they stand.
    private var words: [(folded: [UInt8], term: [UInt8], kind: TokenKind, start: Int, end: Int)] = []
    /// Longer texts are completed by their last words only.
    private static let maximumWords = 8

    init(_ text: String, schema: CollectionSchema, fields: [String], indexes: [SuggestionIndex]) {
        self.text = text
        self.indexes = indexes
        names = schema.suggestionFields
        wanted = names.map { fields.isEmpty || fields.contains($0) }
        var analyzer = Analyzer(isStemming: false)
        var stemming = Analyzer()
        var terms: [Int: [UInt8]] = [:]
        stemming.tokens(of: text) { if !$0.isOverlap { terms[$0.start] = Array($0.term) } }
        analyzer.tokens(of: text) { token in
            guard !token.isOverlap else { return }
            let folded = Array(token.term)
            words.append((folded, terms[token.start] ?? folded, token.kind, token.start, token.end))
        }
    }

    // MARK: Completions

    private struct Candidate {
        var text: String
        var place: Int
        var count: Int
        var isBeginning: Bool
        var edits: Int
    }

    func completions(limit: Int) -> [Suggestion] {
        guard limit > 0, !words.isEmpty else { return [] }
        for first in max(0, words.count - Self.maximumWords)..<words.count {
            let head = String(decoding: text.utf8.prefix(words[first].start), as: UTF8.self)
            var found = candidates(first)
            guard !found.isEmpty else { continue }
            found.sort { a, b in
                if a.edits != b.edits { return a.edits < b.edits }
                if a.isBeginning != b.isBeginning { return a.isBeginning }
                return a.count != b.count ? a.count > b.count : a.text < b.text
            }
            return found.prefix(limit).map {
                Suggestion(text: head + $0.text, field: names[$0.place], count: $0.count)
            }
        }
        return []
    }

    /// The values that complete the words from `first` on; with errors only when there is none without.
    private func candidates(_ first: Int) -> [Candidate] {
        var typed = Array(words[first...].map(\.folded).joined(separator: [ASCII.space]))
        // After a space the last word is finished.
        if let last = text.utf8.last, last <= 0x20 { typed.append(ASCII.space) }
        var found = candidates { index, body in index.forEachMatch(typed, body) }
        if found.isEmpty, typed.last == ASCII.space {
            typed.removeLast()
            found = candidates { index, body in
                index.forEachMatch(typed) { if index.key($0.value).count == typed.count { body($0) } }
            }
        }
        guard found.isEmpty, typed.count >= 4 else { return found }
        let edits = TypoPolicy().edits(.word, characters: typed.count, frequency: 0, documents: 0)
        return candidates { index, body in index.forEachSimilar(typed, edits: edits, body) }
    }

    /// Values of all segments, those with the same folded text and field added up.
    private func candidates(
        _ forEach: (SuggestionIndex, (SuggestionIndex.Match) -> Void) -> Void
    ) -> [Candidate] {
        var found: [[UInt8]: Candidate] = [:]
        for index in indexes {
            // A value may match at several of its words: its best match counts, and its documents once.
            var seen: [Int: SuggestionIndex.Match] = [:]
            forEach(index) { match in
                let place = index.place(match.value)
                guard wanted.indices.contains(place), wanted[place] else { return }
                if let known = seen[match.value],
                    (known.edits, known.isBeginning ? 0 : 1) <= (match.edits, match.isBeginning ? 0 : 1)
                {
                    return
                }
                seen[match.value] = match
            }
            for (value, match) in seen {
                let key = [UInt8(index.place(value))] + index.key(value)
                if found[key] == nil {
                    found[key] = Candidate(
                        text: index.text(value),
                        place: index.place(value),
                        count: 0,
                        isBeginning: match.isBeginning,
                        edits: match.edits
                    )
                }
                found[key]?.count += index.frequency(value)
            }
        }
        return Array(found.values)
    }

    // MARK: Corrections

    /// The text with each word that nothing has replaced by the nearest one that is known.
    ///
    /// A misspelt word whose stem is known all the same (`enginer`) is put right along with others, not for its own sake.
    func correction(isKnown: (UnsafeBufferPointer<UInt8>) -> Bool) -> String? {
        var corrected: [UInt8] = []
        var at = 0
        let bytes = Array(text.utf8)
        var isNeeded = false
        for word in words.prefix(Self.maximumWords) {
            let edits = TypoPolicy().edits(word.kind, characters: word.folded.count, frequency: 0, documents: 0)
            guard edits > 0, let better = nearest(word.folded, edits: edits) else { continue }
            if word.term.withUnsafeBufferPointer(isKnown) {
                // Another form of the word, such as its plural, is no error.
                guard !better.starts(with: word.folded), !word.folded.starts(with: better) else { continue }
            } else {
                isNeeded = true
            }
            corrected += bytes[at..<word.start]
            corrected += better
            at = word.end
        }
        return isNeeded ? String(decoding: corrected + bytes[at...], as: UTF8.self) : nil
    }

    private func nearest(_ word: [UInt8], edits: Int) -> [UInt8]? {
        var counts: [[UInt8]: (edits: Int, count: Int)] = [:]
        for index in indexes {
            guard index.wordCount(word) == 0 else { return nil }
            index.forEachWord(near: word, edits: edits) { candidate, edits, count in
                counts[candidate] = (edits, (counts[candidate]?.count ?? 0) + count)
            }
        }
        return counts.min { a, b in
            if a.value.edits != b.value.edits { return a.value.edits < b.value.edits }
            if a.value.count != b.value.count { return a.value.count > b.value.count }
            return a.key.lexicographicallyPrecedes(b.key)
        }?.key
    }
}
