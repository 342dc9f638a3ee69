// The leaves of a query as a test for single tokens.

/// Whether a token of a document is one that a query looks for.
struct MatchedTerms: Sendable {
    struct Phrase: Sendable {
        var terms: [[UInt8]]
        var offsets: [Int]
        var fields: FieldMask
    }

    private struct Fuzzy: Sendable {
        var characters: [Unicode.Scalar]
        var edits: Int
        var prefix: Int
        var fields: FieldMask
    }

    private var exact: [[UInt8]: FieldMask] = [:]
    private var prefixes: [(term: [UInt8], fields: FieldMask)] = []
    private var fuzzies: [Fuzzy] = []
    private var phrases: [Phrase] = []

    init(_ query: TextQuery) {
        collect(query)
    }

    var hasPhrases: Bool { !phrases.isEmpty }
    /// Whether the query looks for phrases that are terms of their own.
    var hasUnits: Bool { exact.keys.contains { $0.contains(ASCII.space) } }

    private mutating func collect(_ query: TextQuery) {
        switch query {
        case .term(let term, let fields, _): exact[term, default: []].formUnion(fields)
        case .phrase(let terms, let offsets, let fields, _):
            guard let first = terms.first, terms.count == offsets.count else { return }
            if terms.count == 1 {
                exact[first, default: []].formUnion(fields)
            } else {
                phrases.append(Phrase(terms: terms, offsets: offsets, fields: fields))
            }
        case .prefix(let term, let fields, _): prefixes.append((term, fields))
        case .fuzzy(let term, let edits, let prefix, let fields, _):
            let characters = Array(String(decoding: term, as: UTF8.self).unicodeScalars)
            fuzzies.append(Fuzzy(characters: characters, edits: edits, prefix: prefix, fields: fields))
        case .best(let nodes), .any(let nodes), .all(let nodes):
            for node in nodes { collect(node) }
        case .excluding(let node, _): collect(node)
        case .everything: return
        }
    }

    func phrases(in field: Int?) -> [Phrase] { phrases.filter { Self.covers($0.fields, field) } }

    private static func covers(_ fields: FieldMask, _ field: Int?) -> Bool {
        guard let field else { return true }
        return field < 64 && fields.rawValue >> UInt64(field) & 1 == 1
    }

    /// Whether the token, by itself, is one of those looked for in a field.
    func matches(_ token: Token, _ field: Int?) -> Bool {
        if let fields = exact[Array(token.term)], Self.covers(fields, field) { return true }
        guard token.kind != .unit else { return false }
        for prefix in prefixes where token.term.starts(with: prefix.term) && Self.covers(prefix.fields, field) {
            return true
        }
        guard !fuzzies.isEmpty, token.kind == .word else { return false }
        let characters = Array(String(decoding: token.term, as: UTF8.self).unicodeScalars)
        return fuzzies.contains { fuzzy in
            Self.covers(fuzzy.fields, field)
                && characters.starts(with: fuzzy.characters.prefix(fuzzy.prefix))
                && EditDistance.isWithin(fuzzy.edits, fuzzy.characters, characters)
        }
    }
}

/// The number of edits between two words: insertions, deletions, replacements, and transpositions of neighbours.
///
/// The restricted Damerau-Levenshtein distance (optimal string alignment), as in Damerau, "A technique for computer
/// detection and correction of spelling errors" (1964): no stretch is edited twice.
enum EditDistance {
    /// Whether a word can be made of another by at most so many edits. O(length * length), less when they differ in
    /// length or early on.
    static func isWithin<Character: Equatable>(_ limit: Int, _ a: [Character], _ b: [Character]) -> Bool {
        guard abs(a.count - b.count) <= limit else { return false }
        var before = [Int](repeating: 0, count: b.count + 1)
        var last = Array(0...b.count)
        var row = last
        for i in 0..<a.count {
            row[0] = i + 1
            var least = row[0]
            for j in 0..<b.count {
                var cost = min(last[j + 1] + 1, row[j] + 1, last[j] + (a[i] == b[j] ? 0 : 1))
                if i > 0, j > 0, a[i] == b[j - 1], a[i - 1] == b[j] { cost = min(cost, before[j - 1] + 1) }
                row[j + 1] = cost
                least = min(least, cost)
            }
            // A transposition may reach back over one row.
            if least > limit, (last.min() ?? 0) > limit { return false }
            (before, last, row) = (last, row, before)
        }
        return last[b.count] <= limit
    }
}
