// From the text of a query to the tree that is searched.

/// How a query's text is read.
struct QueryOptions: Sendable, Hashable {
    var matching: Matching = .any
    /// Whether the last word may be unfinished.
    var asYouType = false
    /// How many typing errors are forgiven.
    var typos = TypoPolicy()
    /// Whether synonyms are looked up.
    var usesSynonyms = true
    /// Whether phrases of the dictionary count as units.
    var usesUnits = true
    /// Whether stop words are left out, as they were when the documents were indexed.
    var leavesOutStopWords = false
}

/// Reads queries. Nothing a user types is an error.
///
/// - Words are wishes: with ``Matching/any`` each is optional and more of them score higher.
/// - `"machine learning"` and `title:engineer` are conditions: a document must have them, whatever the matching.
/// - `-word` and `-"two words"` exclude.
/// - `engin*` stands for all words that begin so; the last word does, too, when the query is still being typed.
/// - Synonyms and phrases of the snapshot are looked for from left to right, the longest first, without overlap, and
///   never inside each other's results: the tree grows in proportion to the query.
struct QueryParser {
    /// A synonym's alternatives are added for at most so many of a query's terms.
    static let maximumAlternatives = 32
    /// What the term of a whole phrase counts beside its words.
    static let unitBoost: Float = 0.5
    /// What a correction, a completion or a part of a name counts beside the exact word.
    static let fuzzyBoost: Float = 0.7
    static let completionBoost: Float = 0.8
    static let partBoost: Float = 0.5

    private let syntax: QuerySyntax
    let tables: LanguageTables?
    var analyzer = Analyzer(stopWords: .mark)
    var unstemming = Analyzer(isStemming: false)

    /// Makes a parser for a collection whose text fields have these names, in the schema's order.
    init(textFields: [String], tables: LanguageTables? = nil) {
        syntax = QuerySyntax(fields: textFields)
        self.tables = tables
    }

    /// Reads a query. Linear in its length, but for the first 128 terms, which are looked up in the dictionary.
    mutating func parse(
        _ text: String,
        options: QueryOptions = QueryOptions(),
        vocabulary: some TermVocabulary
    ) -> ParsedQuery {
        var text = text
        return text.withUTF8 { bytes in
            var reading = QueryReading(bytes, options, vocabulary)
            let pieces = syntax.pieces(bytes)
            for (index, piece) in pieces.enumerated() {
                read(piece, isLast: index == pieces.count - 1, &reading)
            }
            return ParsedQuery(
                query: bytes.allSatisfy({ $0 <= 0x20 }) ? .everything : reading.tree(),
                parts: reading.parts,
                plainText: Self.plainText(bytes, pieces)
            )
        }
    }

    private static func plainText(_ bytes: UnsafeBufferPointer<UInt8>, _ pieces: [QueryPiece]) -> String {
        var plain: [UInt8] = []
        for piece in pieces where !piece.isExcluded {
            if !plain.isEmpty { plain.append(ASCII.space) }
            plain += bytes[piece.range]
        }
        return String(decoding: plain, as: UTF8.self)
    }

    private mutating func read(_ piece: QueryPiece, isLast: Bool, _ reading: inout QueryReading<some TermVocabulary>) {
        let words = words(in: piece.range, of: reading.bytes, reading.options)
        let fields = piece.field.map { FieldMask(rawValue: 1 << UInt64($0)) } ?? .all
        switch piece.kind {
        case .phrase:
            reading.add(phrase(words, piece, fields, &reading), isCondition: true, isExcluded: piece.isExcluded)
        case .words, .prefix:
            let isUnfinished =
                piece.kind == .prefix
                || (isLast && reading.options.asYouType && !piece.isExcluded
                    && words.last.map { $0.end == reading.bytes.count } == true)
            if piece.isExcluded {
                for node in excluded(words, piece, fields, &reading) {
                    reading.add(node, isCondition: false, isExcluded: true)
                }
                return
            }
            let nodes = run(words, piece, fields, isUnfinished: isUnfinished, &reading)
            if piece.field == nil {
                for node in nodes { reading.add(node, isCondition: false, isExcluded: false) }
            } else if !nodes.isEmpty {
                // `title:data/engineer` is one condition with two words.
                let node = nodes.count == 1 ? nodes[0] : reading.combine(nodes)
                reading.add(node, isCondition: true, isExcluded: false)
            }
        }
    }

    // MARK: Phrases and exclusions

    /// Consecutive terms; nil when there is no word in the quotes.
    private func phrase(
        _ words: [QueryWord],
        _ piece: QueryPiece,
        _ fields: FieldMask,
        _ reading: inout QueryReading<some TermVocabulary>
    ) -> TextQuery? {
        let wanted = words.filter { !$0.isLeftOut }
        guard let first = wanted.first, reading.take(wanted.count) else { return nil }
        reading.part(.phrase, piece.outerRange, piece, terms: wanted.map(\.term))
        if wanted.count == 1 { return .term(first.term, fields: fields) }
        return .phrase(wanted.map(\.term), offsets: wanted.map { $0.position - first.position }, fields: fields)
    }

    /// What an excluded word or beginning excludes: exactly what was typed.
    private mutating func excluded(
        _ words: [QueryWord],
        _ piece: QueryPiece,
        _ fields: FieldMask,
        _ reading: inout QueryReading<some TermVocabulary>
    ) -> [TextQuery] {
        let wanted = words.filter { !$0.isLeftOut }
        guard let last = wanted.last, reading.take(wanted.count) else { return [] }
        reading.part(piece.kind == .prefix ? .prefix : .word, piece.outerRange, piece, terms: wanted.map(\.term))
        if piece.kind == .prefix {
            let typed = typed(last, reading.bytes)
            return [.prefix(typed, fields: fields)]
        }
        if wanted.count == 1 { return [.term(last.term, fields: fields)] }
        // `-full-stack` excludes the words in that order, not every document with one of them.
        let first = wanted[0].position
        return [.phrase(wanted.map(\.term), offsets: wanted.map { $0.position - first }, fields: fields)]
    }

    /// A word as it was typed, folded and not stemmed.
    mutating func typed(_ word: QueryWord, _ bytes: UnsafeBufferPointer<UInt8>) -> [UInt8] {
        var typed: [UInt8] = []
        unstemming.tokens(of: UnsafeBufferPointer(rebasing: bytes[word.start..<word.end])) { token in
            if typed.isEmpty { typed = Array(token.term) }
        }
        return typed.isEmpty ? word.term : typed
    }
}

/// What is gathered while a query is read.
struct QueryReading<Vocabulary: TermVocabulary> {
    let bytes: UnsafeBufferPointer<UInt8>
    let options: QueryOptions
    let vocabulary: Vocabulary
    var parts: [QueryPart] = []
    private var wishes: [TextQuery] = []
    private var conditions: [TextQuery] = []
    private var exclusions: [TextQuery] = []
    private var terms = 0
    private var alternatives = 0

    init(_ bytes: UnsafeBufferPointer<UInt8>, _ options: QueryOptions, _ vocabulary: Vocabulary) {
        self.bytes = bytes
        self.options = options
        self.vocabulary = vocabulary
    }

    /// Whether so many more terms are still searched; those of a query past the limit are left out.
    mutating func take(_ count: Int) -> Bool {
        guard terms + count <= SearchRequest.maximumTerms else { return false }
        terms += count
        return true
    }

    /// Whether so many more terms of synonyms are still searched.
    mutating func takeAlternative(_ count: Int) -> Bool {
        guard alternatives + count <= QueryParser.maximumAlternatives else { return false }
        alternatives += count
        return true
    }

    mutating func part(
        _ kind: QueryPart.Kind,
        _ range: Range<Int>,
        _ piece: QueryPiece,
        terms: [[UInt8]],
        expansions: [QueryExpansion] = []
    ) {
        parts.append(
            QueryPart(
                kind: kind,
                range: range,
                text: String(decoding: bytes[range], as: UTF8.self),
                isExcluded: piece.isExcluded,
                field: piece.field,
                terms: terms,
                expansions: expansions
            )
        )
    }

    mutating func add(_ node: TextQuery?, isCondition: Bool, isExcluded: Bool) {
        guard let node else { return }
        if isExcluded {
            exclusions.append(node)
        } else if isCondition {
            conditions.append(node)
        } else {
            wishes.append(node)
        }
    }

    /// Nodes of one stretch of words under the query's matching.
    func combine(_ nodes: [TextQuery]) -> TextQuery {
        if nodes.count == 1 { return nodes[0] }
        return options.matching == .all ? .all(nodes) : .any(nodes)
    }

    /// The whole tree.
    func tree() -> TextQuery {
        var tree: TextQuery?
        if conditions.isEmpty {
            tree = wishes.isEmpty ? nil : combine(merged(wishes))
        } else if wishes.isEmpty {
            tree = conditions.count == 1 ? conditions[0] : .all(conditions)
        } else if options.matching == .all {
            tree = .all(conditions + merged(wishes))
        } else {
            // Optional words beside conditions: whatever has the words as well scores more, and so is the best one.
            let condition = conditions.count == 1 ? conditions[0] : TextQuery.all(conditions)
            tree = .best([.all(conditions + [combine(merged(wishes))]), condition])
        }
        if exclusions.isEmpty {
            // Only stop words or only signs: something was asked for, and no document has it.
            return tree ?? .any([])
        }
        return .excluding(tree ?? .everything, exclusions)
    }

    /// A word typed twice is one word that counts twice.
    private func merged(_ nodes: [TextQuery]) -> [TextQuery] {
        guard nodes.count > 1 else { return nodes }
        var merged: [TextQuery] = []
        merged.reserveCapacity(nodes.count)
        for node in nodes {
            if case .term(let term, let fields, let boost) = node,
                let (index, known) = Self.find(term, fields, in: merged)
            {
                merged[index] = .term(term, fields: fields, boost: boost + known)
            } else {
                merged.append(node)
            }
        }
        return merged
    }

    private static func find(_ term: [UInt8], _ fields: FieldMask, in nodes: [TextQuery]) -> (Int, Float)? {
        for (index, node) in nodes.enumerated() {
            if case .term(let other, let otherFields, let boost) = node, other == term, otherFields == fields {
                return (index, boost)
            }
        }
        return nil
    }
}
