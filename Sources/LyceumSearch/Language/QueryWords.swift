// A stretch of words in a query: names, synonyms, units, errors and unfinished words.

/// A word of a query, or a name that is whole and in parts.
struct QueryWord {
    var term: [UInt8]
    var kind: TokenKind
    var position: Int
    /// In bytes of the query.
    var start: Int
    var end: Int
    /// The terms of a name's parts (`node` and `js` of `Node.js`).
    var parts: [[UInt8]] = []
    /// A stop word of a collection without them.
    var isLeftOut = false
}

extension QueryParser {
    /// The words of a stretch; a name stands for its parts.
    mutating func words(
        in range: Range<Int>,
        of bytes: UnsafeBufferPointer<UInt8>,
        _ options: QueryOptions
    ) -> [QueryWord] {
        var words: [QueryWord] = []
        // While tokens lie within a name's range, they are parts of it.
        var nameEnd = 0
        analyzer.tokens(of: UnsafeBufferPointer(rebasing: bytes[range])) { token in
            let start = range.lowerBound + token.start
            let end = range.lowerBound + token.end
            if end <= nameEnd {
                if !token.isOverlap { words[words.count - 1].parts.append(Array(token.term)) }
                return
            }
            words.append(
                QueryWord(
                    term: Array(token.term),
                    kind: token.kind,
                    position: token.position,
                    start: start,
                    end: end,
                    isLeftOut: options.leavesOutStopWords && token.isStopWord
                )
            )
            nameEnd = end
        }
        return words
    }

    /// The nodes of a stretch of words: with ``Matching/any`` any of them is searched, with ``Matching/all`` all.
    mutating func run(
        _ words: [QueryWord],
        _ piece: QueryPiece,
        _ fields: FieldMask,
        isUnfinished: Bool,
        _ reading: inout QueryReading<some TermVocabulary>
    ) -> [TextQuery] {
        var nodes: [TextQuery] = []
        nodes.reserveCapacity(words.count)
        var at = 0
        while at < words.count {
            let synonym = reading.options.usesSynonyms ? synonym(words, at) : nil
            let end = synonym?.end ?? at + 1
            var own = units(words, at, synonym?.end, piece, fields, isUnfinished: isUnfinished, &reading)
            let next = max(end, own.end)
            if let synonym, !own.nodes.isEmpty {
                let (alternatives, expansions) = alternatives(synonym.number, fields, &reading)
                if !alternatives.isEmpty, !reading.parts.isEmpty {
                    own.nodes = [.best([reading.combine(own.nodes)] + alternatives)]
                    reading.parts[reading.parts.count - 1].expansions += expansions
                }
            }
            nodes += own.nodes
            at = next
        }
        return nodes
    }

    /// The words from `start` on, up to the end of a synonym or else of the longest unit, with the units among them.
    private mutating func units(
        _ words: [QueryWord],
        _ start: Int,
        _ synonymEnd: Int?,
        _ piece: QueryPiece,
        _ fields: FieldMask,
        isUnfinished: Bool,
        _ reading: inout QueryReading<some TermVocabulary>
    ) -> (nodes: [TextQuery], end: Int) {
        var nodes: [TextQuery] = []
        var at = start
        repeat {
            let unit = reading.options.usesUnits ? unit(words, at, limit: synonymEnd ?? words.count) : nil
            let end = unit?.end ?? at + 1
            var own: [TextQuery] = []
            while at < end {
                let word = words[at]
                let isTyped = isUnfinished && at == words.count - 1
                if !word.isLeftOut, reading.take(1) {
                    var expansions: [QueryExpansion] = []
                    own.append(node(words, at, fields, isTyped: isTyped, &expansions, &reading))
                    let kind: QueryPart.Kind = isTyped ? .prefix : .word
                    reading.part(kind, word.start..<word.end, piece, terms: [word.term], expansions: expansions)
                }
                at += 1
            }
            if let unit, !own.isEmpty {
                let whole = TextQuery.term(unit.term, fields: fields, boost: Self.unitBoost)
                reading.parts[reading.parts.count - 1].expansions.append(
                    .unit(String(decoding: unit.term, as: UTF8.self))
                )
                // The unit implies its words, so it adds to all of them without being required.
                nodes += reading.options.matching == .all ? [.any([.all(own), whole])] : own + [whole]
            } else {
                nodes += own
            }
        } while at < synonymEnd ?? 0
        return (nodes, at)
    }

    // MARK: One word

    private mutating func node(
        _ words: [QueryWord],
        _ at: Int,
        _ fields: FieldMask,
        isTyped: Bool,
        _ expansions: inout [QueryExpansion],
        _ reading: inout QueryReading<some TermVocabulary>
    ) -> TextQuery {
        let word = words[at]
        let exact = TextQuery.term(word.term, fields: fields)
        var choices = [exact]
        if !word.parts.isEmpty, word.kind != .email {
            let parts = word.parts.map { TextQuery.term($0, fields: fields, boost: Self.partBoost) }
            choices.append(parts.count == 1 ? parts[0] : reading.options.matching == .all ? .all(parts) : .any(parts))
        }
        if isTyped { choices += completions(word, fields, &expansions, reading) }
        if word.kind == .word, word.parts.isEmpty {
            choices += corrections(words, at, fields, isTyped: isTyped, &expansions, reading)
        }
        return choices.count == 1 ? exact : .best(choices)
    }

    private mutating func completions(
        _ word: QueryWord,
        _ fields: FieldMask,
        _ expansions: inout [QueryExpansion],
        _ reading: QueryReading<some TermVocabulary>
    ) -> [TextQuery] {
        // `C++` cannot be the beginning of anything else; what is before an address's end can.
        guard word.kind != .name else { return [] }
        let typed = typed(word, reading.bytes)
        expansions.append(.completion)
        let stems = WordCompletion.stems(of: typed) { reading.vocabulary.documentFrequency(of: $0) > 0 }
        return [.prefix(typed, fields: fields, boost: Self.completionBoost)]
            + stems.filter { $0 != word.term }.map { .term($0, fields: fields, boost: Self.completionBoost) }
    }

    private mutating func corrections(
        _ words: [QueryWord],
        _ at: Int,
        _ fields: FieldMask,
        isTyped: Bool,
        _ expansions: inout [QueryExpansion],
        _ reading: QueryReading<some TermVocabulary>
    ) -> [TextQuery] {
        let word = words[at]
        let length = word.end - word.start
        guard length >= 3, reading.options.typos != .none else { return [] }
        let frequency = word.term.withUnsafeBufferPointer { reading.vocabulary.documentFrequency(of: $0) }
        guard frequency == 0 || frequency <= reading.options.typos.rareUpTo else { return [] }
        var choices: [TextQuery] = []
        let typed = typed(word, reading.bytes)
        let edits = reading.options.typos.edits(
            word.kind,
            characters: String(decoding: typed, as: UTF8.self).unicodeScalars.count,
            frequency: frequency,
            documents: reading.vocabulary.documentCount
        )
        if edits > 0 {
            expansions.append(.typo(edits: edits))
            choices.append(
                .fuzzy(word.term, edits: edits, prefix: TypoPolicy.commonPrefix, fields: fields, boost: Self.fuzzyBoost)
            )
        }
        guard frequency == 0, !isTyped else { return choices }
        if let (first, second) = halves(of: typed, reading.vocabulary) {
            expansions.append(.split(String(decoding: first + [ASCII.space] + second, as: UTF8.self)))
            choices.append(.phrase([first, second], offsets: [0, 1], fields: fields, boost: Self.fuzzyBoost))
        }
        for neighbour in [at - 1, at + 1] where words.indices.contains(neighbour) && words[neighbour].kind == .word {
            let pair = neighbour < at ? (words[neighbour], word) : (word, words[neighbour])
            var joined = self.typed(pair.0, reading.bytes) + self.typed(pair.1, reading.bytes)
            guard joined.count <= Analyzer.maximumTermLength else { continue }
            let known = joined.withUnsafeMutableBufferPointer { buffer -> Int? in
                guard let base = buffer.baseAddress else { return nil }
                let count = PorterStemmer.stem(base, count: buffer.count)
                let term = UnsafeBufferPointer(start: UnsafePointer(base), count: count)
                return reading.vocabulary.documentFrequency(of: term) > 0 ? count : nil
            }
            guard let known else { continue }
            expansions.append(.split(String(decoding: joined.prefix(known), as: UTF8.self)))
            choices.append(.term(Array(joined.prefix(known)), fields: fields, boost: Self.fuzzyBoost))
        }
        return choices
    }

    /// Two words the index has that were typed as one; the pair whose rarer word is the most common.
    private func halves(of typed: [UInt8], _ vocabulary: some TermVocabulary) -> ([UInt8], [UInt8])? {
        guard (6...32).contains(typed.count), typed.allSatisfy({ ASCII.isLetter($0) }) else { return nil }
        var best: (frequency: Int, first: [UInt8], second: [UInt8])?
        for cut in 3...(typed.count - 3) {
            let halves = [typed[..<cut], typed[cut...]].map { half -> ([UInt8], Int) in
                var bytes = Array(half)
                let count = bytes.withUnsafeMutableBufferPointer { buffer in
                    buffer.baseAddress.map { PorterStemmer.stem($0, count: buffer.count) } ?? 0
                }
                bytes.removeLast(bytes.count - count)
                return (bytes, bytes.withUnsafeBufferPointer { vocabulary.documentFrequency(of: $0) })
            }
            let frequency = min(halves[0].1, halves[1].1)
            if frequency > best?.frequency ?? 0 { best = (frequency, halves[0].0, halves[1].0) }
        }
        return best.map { ($0.first, $0.second) }
    }

    // MARK: Synonyms and units

    private func synonym(_ words: [QueryWord], _ start: Int) -> (number: Int, end: Int)? {
        guard let synonyms = tables?.synonyms else { return nil }
        let longest = words[start].term.withUnsafeBufferPointer { synonyms.longest(startingWith: $0) }
        return Self.longestMatch(words, start, longest) { synonyms.number(of: $0) }
    }

    private func unit(_ words: [QueryWord], _ start: Int, limit: Int) -> (term: [UInt8], end: Int)? {
        guard let units = tables?.units else { return nil }
        let longest = min(
            limit - start,
            words[start].term.withUnsafeBufferPointer { units.longest(startingWith: $0) }
        )
        guard longest > 1, let (_, end) = Self.longestMatch(words, start, longest, units.number) else { return nil }
        return (Array(words[start..<end].map(\.term).joined(separator: [ASCII.space])), end)
    }

    private static func longestMatch(
        _ words: [QueryWord],
        _ start: Int,
        _ longest: Int,
        _ number: (UnsafeBufferPointer<UInt8>) -> Int?
    ) -> (Int, Int)? {
        guard longest > 0 else { return nil }
        for end in stride(from: min(words.count, start + longest), to: start, by: -1) {
            let key = Array(words[start..<end].map(\.term).joined(separator: [ASCII.space]))
            if let found = key.withUnsafeBufferPointer(number) { return (found, end) }
        }
        return nil
    }

    private func alternatives(
        _ number: Int,
        _ fields: FieldMask,
        _ reading: inout QueryReading<some TermVocabulary>
    ) -> ([TextQuery], [QueryExpansion]) {
        guard let synonyms = tables?.synonyms else { return ([], []) }
        var nodes: [TextQuery] = []
        var expansions: [QueryExpansion] = []
        for (words, weight) in synonyms.alternatives(of: number) {
            // What no document has need not be searched, and does not count towards the limit.
            let isKnown = words.allSatisfy { word in
                word.withUnsafeBufferPointer { reading.vocabulary.documentFrequency(of: $0) > 0 }
            }
            guard isKnown, reading.takeAlternative(words.count) else { continue }
            expansions.append(
                .synonym(String(decoding: Array(words.joined(separator: [ASCII.space])), as: UTF8.self), weight: weight)
            )
            nodes.append(
                words.count == 1
                    ? .term(words[0], fields: fields, boost: weight)
                    : .phrase(words, offsets: Array(words.indices), fields: fields, boost: weight)
            )
        }
        return (nodes, expansions)
    }
}
