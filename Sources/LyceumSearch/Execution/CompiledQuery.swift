// A query tree with its terms found in one index, weighed and put in order.

/// A query over one index: posting lists with their weights, and how their documents combine.
///
/// Compiling fixes the order in which scores are added, so that a document's score is the same to the last bit whichever
/// way it was reached. Made by ``TermIndex/compile(_:statistics:)``; a value without state, for any number of threads.
struct CompiledQuery: Sendable {
    /// A posting list and what its postings are worth.
    struct List: Sendable {
        /// The term's number in the index.
        var term: Int
        /// What the saturated frequency is multiplied by: idf times boost; 1 within a phrase.
        var weight: Float
        var fields: FieldMask
        /// The most any posting is worth.
        var bound: Float
        var documentFrequency: Int
    }

    enum Kind: UInt8, Sendable { case none, term, phrase, best, any, all, excluding, everything }

    struct Node: Sendable {
        var kind: Kind
        /// For a term its list; for a phrase its first list; otherwise its first place in ``children``.
        var first = 0
        var count = 0
        /// A phrase's idf times boost.
        var weight: Float = 1
        var fields = FieldMask.all
        /// The most a document can score here.
        var bound: Float = 0
        /// About how many documents match.
        var cost = 0
        /// Its window buffer, -1 when it writes into its parent's.
        var window = -1
    }

    var nodes: [Node] = []
    var children: [Int] = []
    var lists: [List] = []
    /// By list: where a phrase's term stands, relative to the others.
    var offsets: [Int] = []
    var root = 0
    /// Nodes that need a window buffer of their own.
    var windowCount = 0

    /// Whether nothing can match.
    var isEmpty: Bool { nodes[root].kind == .none }
}

extension TermIndex {
    /// Finds a query's terms in this index and weighs them.
    ///
    /// - Parameter statistics: the counts to weigh terms by, nil for those of this index alone.
    /// O(size of the query) lookups; prefixes and typing errors add a walk over the terms they allow.
    func compile(_ query: TextQuery, statistics: CorpusStatistics? = nil) -> CompiledQuery {
        var compiler = QueryCompiler(index: self, statistics: statistics)
        return compiler.compile(query)
    }
}

/// The limits on what one leaf of a query may become.
enum ExpansionLimits {
    /// Terms a prefix stands for, the most frequent ones.
    static let prefixTerms = 64
    /// Terms a word with typing errors stands for, the nearest ones.
    static let fuzzyTerms = 32
}

private struct QueryCompiler {
    let index: TermIndex
    let statistics: CorpusStatistics?
    var result = CompiledQuery()

    init(index: TermIndex, statistics: CorpusStatistics?) {
        self.index = index
        self.statistics = statistics
    }

    mutating func compile(_ query: TextQuery) -> CompiledQuery {
        result.root = node(query)
        assignWindows(result.root)
        return result
    }

    // MARK: Nodes

    private mutating func add(_ node: CompiledQuery.Node) -> Int {
        result.nodes.append(node)
        return result.nodes.count - 1
    }

    private mutating func nothing() -> Int { add(CompiledQuery.Node(kind: .none)) }

    private mutating func node(_ query: TextQuery) -> Int {
        switch query {
        case .term(let bytes, let fields, let boost):
            guard let number = number(of: bytes), boost > 0 else { return nothing() }
            return leaf(number, idf: inverseDocumentFrequency(number, bytes), boost: boost, fields: fields)
        case .phrase(let terms, let offsets, let fields, let boost):
            return phrase(terms, offsets: offsets, fields: fields, boost: boost)
        case .prefix(let bytes, let fields, let boost):
            return union(prefixTerms(bytes).map { ($0, 1) }, fields: fields, boost: boost, isSummed: true)
        case .fuzzy(let bytes, let edits, let prefix, let fields, let boost):
            return union(fuzzyTerms(bytes, edits: edits, prefix: prefix), fields: fields, boost: boost, isSummed: false)
        case .best(let parts): return group(.best, parts)
        case .any(let parts): return group(.any, parts)
        case .all(let parts): return group(.all, parts)
        case .excluding(let part, let excluded):
            let first = node(part)
            guard result.nodes[first].kind != .none else { return first }
            let others = excluded.map { node($0) }.filter { result.nodes[$0].kind != .none }
            guard !others.isEmpty else { return first }
            return parent(.excluding, [first] + others)
        case .everything:
            return add(CompiledQuery.Node(kind: .everything, cost: index.documentCount))
        }
    }

    private mutating func leaf(_ number: Int, idf: Float, boost: Float, fields: FieldMask) -> Int {
        let entry = index.entries[number]
        let weight = idf * boost
        let list = CompiledQuery.List(
            term: number,
            weight: weight,
            fields: fields,
            bound: weight * entry.maximum,
            documentFrequency: Int(entry.documentFrequency)
        )
        result.lists.append(list)
        result.offsets.append(0)
        let number = result.lists.count - 1
        return add(
            CompiledQuery.Node(
                kind: .term,
                first: number,
                count: 1,
                fields: fields,
                bound: list.bound,
                cost: list.documentFrequency
            )
        )
    }

    private mutating func group(_ kind: CompiledQuery.Kind, _ parts: [TextQuery]) -> Int {
        var nodes: [Int] = []
        for part in parts {
            let node = node(part)
            if result.nodes[node].kind == .none {
                if kind == .all { return node }
                continue
            }
            // Sums of sums are one sum.
            if kind == .any || kind == .all, result.nodes[node].kind == kind {
                let inner = result.nodes[node]
                nodes += result.children[inner.first..<inner.first + inner.count]
            } else {
                nodes.append(node)
            }
        }
        if nodes.isEmpty { return nothing() }
        return nodes.count == 1 ? nodes[0] : parent(kind, nodes)
    }

    /// Adds a node over others and puts these into the order in which they are looked at.
    private mutating func parent(_ kind: CompiledQuery.Kind, _ parts: [Int]) -> Int {
        var parts = parts
        let nodes = result.nodes
        var node = CompiledQuery.Node(kind: kind)
        switch kind {
        case .any, .best:
            // The most valuable first: the last ones are those that alone cannot bring a document in.
            parts.sort { (nodes[$1].bound, $0) < (nodes[$0].bound, $1) }
            node.bound = parts.reduce(0) { kind == .any ? $0 + nodes[$1].bound : max($0, nodes[$1].bound) }
            node.cost = parts.reduce(0) { $0 + nodes[$1].cost }
        case .all:
            // The rarest first; words before what has to be worked out.
            func weight(_ part: Int) -> (Int, Int, Int) {
                (nodes[part].kind == .term ? 0 : nodes[part].kind == .phrase ? 1 : 2, nodes[part].cost, part)
            }
            parts.sort { weight($0) < weight($1) }
            node.bound = parts.reduce(0) { $0 + nodes[$1].bound }
            node.cost = parts.map { nodes[$0].cost }.min() ?? 0
        default:
            node.bound = nodes[parts[0]].bound
            node.cost = nodes[parts[0]].cost
        }
        node.first = result.children.count
        node.count = parts.count
        result.children += parts
        return add(node)
    }

    private mutating func phrase(_ terms: [[UInt8]], offsets: [Int], fields: FieldMask, boost: Float) -> Int {
        guard !terms.isEmpty, terms.count == offsets.count, boost > 0 else { return nothing() }
        var numbers: [Int] = []
        var idf: Float = 0
        for term in terms {
            guard let number = number(of: term) else { return nothing() }
            numbers.append(number)
            idf += inverseDocumentFrequency(number, term)
        }
        if terms.count == 1 { return leaf(numbers[0], idf: idf, boost: boost, fields: fields) }
        let first = result.lists.count
        // The rarest leads.
        let order = numbers.indices.sorted {
            (index.entries[numbers[$0]].documentFrequency, $0) < (index.entries[numbers[$1]].documentFrequency, $1)
        }
        var least = Float.infinity
        for position in order {
            let entry = index.entries[numbers[position]]
            least = min(least, entry.maximum)
            result.lists.append(
                CompiledQuery.List(
                    term: numbers[position],
                    weight: 1,
                    fields: fields,
                    bound: entry.maximum,
                    documentFrequency: Int(entry.documentFrequency)
                )
            )
            result.offsets.append(offsets[position])
        }
        return add(
            CompiledQuery.Node(
                kind: .phrase,
                first: first,
                count: terms.count,
                weight: idf * boost,
                fields: fields,
                bound: idf * boost * least,
                cost: result.lists[first].documentFrequency
            )
        )
    }

    // MARK: Terms

    private func number(of bytes: [UInt8]) -> Int? { bytes.withUnsafeBufferPointer { index.terms.number(of: $0) } }

    private func inverseDocumentFrequency(_ number: Int, _ bytes: [UInt8]) -> Float {
        if let statistics {
            return bytes.withUnsafeBufferPointer { statistics.inverseDocumentFrequency(of: $0) }
        }
        return BM25F.inverseDocumentFrequency(
            documents: index.documentCount,
            containing: Int(index.entries[number].documentFrequency)
        )
    }

    /// The terms with these first bytes that the most documents have.
    private func prefixTerms(_ bytes: [UInt8]) -> [Int] {
        let range = bytes.withUnsafeBufferPointer { index.terms.range(prefix: $0) }
        guard range.count > ExpansionLimits.prefixTerms else { return Array(range) }
        var heap = BoundedHeap(capacity: ExpansionLimits.prefixTerms)
        for number in range {
            let frequency = Float(index.entries[number].documentFrequency)
            heap.insert(ScoredDocument(score: frequency, document: UInt32(number)))
        }
        return heap.elements.map { Int($0.document) }.sorted()
    }

    /// The nearest terms and what each counts for: 1 without an error, less the more of the word is wrong.
    private func fuzzyTerms(_ bytes: [UInt8], edits: Int, prefix: Int) -> [(Int, Float)] {
        let length = Float(max(1, String(decoding: bytes, as: UTF8.self).unicodeScalars.count))
        var found: [(number: Int, edits: Int)] = []
        bytes.withUnsafeBufferPointer { word in
            index.terms.forEachTerm(near: word, edits: max(0, min(edits, 2)), prefix: prefix) {
                found.append(($0, $1))
            }
        }
        found.sort { a, b in
            let left = index.entries[a.number].documentFrequency
            let right = index.entries[b.number].documentFrequency
            return (a.edits, right, a.number) < (b.edits, left, b.number)
        }
        return found.prefix(ExpansionLimits.fuzzyTerms).map { number, edits in
            (number, edits == 0 ? 1 : max(0.1, 1 - Float(edits) / length))
        }
    }

    /// Alternatives that weigh as one word, so that a rare one is not worth more than a common one for being rare.
    ///
    /// - Parameter isSummed: whether the word is taken to be in as many documents as all alternatives together, else in
    ///   as many as the most frequent of them.
    private mutating func union(
        _ terms: [(number: Int, factor: Float)],
        fields: FieldMask,
        boost: Float,
        isSummed: Bool
    ) -> Int {
        guard !terms.isEmpty, boost > 0 else { return nothing() }
        var documents = statistics?.documentCount ?? index.documentCount
        var containing = 0
        for (number, _) in terms {
            let frequency =
                statistics?.documentFrequency(of: index.terms.utf8(number))
                ?? Int(index.entries[number].documentFrequency)
            containing = isSummed ? containing + frequency : max(containing, frequency)
        }
        documents = max(documents, 1)
        let idf = BM25F.inverseDocumentFrequency(documents: documents, containing: min(containing, documents))
        let leaves = terms.map { leaf($0.number, idf: idf, boost: boost * $0.factor, fields: fields) }
        return leaves.count == 1 ? leaves[0] : parent(.best, leaves)
    }

    // MARK: Windows

    /// Gives a buffer to every node whose documents another node does not gather itself.
    private mutating func assignWindows(_ number: Int) {
        result.nodes[number].window = result.windowCount
        result.windowCount += 1
        let node = result.nodes[number]
        guard [.best, .any, .all, .excluding].contains(node.kind) else { return }
        for child in result.children[node.first..<node.first + node.count]
        where result.nodes[child].kind != .term { assignWindows(child) }
    }
}
