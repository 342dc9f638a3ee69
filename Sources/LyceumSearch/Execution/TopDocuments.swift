// The calls that run a compiled query: the best documents, every match, one document's score.

/// What limits a run of a query.
struct ExecutionOptions: Sendable {
    /// Documents wanted.
    var limit: Int
    /// Ordinals that may be found, nil for all.
    var allowed: Bitmap?
    /// When to stop and return what was found so far.
    var deadline: ContinuousClock.Instant?
    /// Whether every match is to be counted; it then has to be looked at.
    var countsAll: Bool
    /// Only documents that come after this score and ordinal.
    var after: (score: Float, document: UInt32)?
    /// Places evaluated at once, at most ``QueryMemory/windowSize``; tests lower it to have many windows.
    var windowSize = QueryMemory.windowSize

    init(
        limit: Int,
        allowed: Bitmap? = nil,
        deadline: ContinuousClock.Instant? = nil,
        countsAll: Bool = false,
        after: (score: Float, document: UInt32)? = nil
    ) {
        self.limit = limit
        self.allowed = allowed
        self.deadline = deadline
        self.countsAll = countsAll
        self.after = after
    }
}

/// The best documents of a query.
struct TopDocuments: Sendable {
    /// Ordinals and scores: the highest score first, then the lowest ordinal.
    var documents: [ScoredDocument]
    /// All matches where they were counted; otherwise those that had to be looked at.
    var total: Int
    /// Whether the deadline came first.
    var isPartial: Bool
}

extension TermIndex {
    /// The best documents by score descending, then ordinal ascending: exactly those that scoring every match would give.
    ///
    /// Skips what cannot enter. Allocates the result and nothing else once the scratch has grown to the query's size.
    func top(_ query: CompiledQuery, _ options: ExecutionOptions, scratch: Scratch) -> TopDocuments {
        var result = TopDocuments(documents: [], total: 0, isPartial: false)
        guard !query.isEmpty, documentCount > 0, options.limit > 0 || options.countsAll else { return result }
        let limit = min(options.limit, documentCount)
        let total = withExecutor(query, scratch, heap: limit) { executor, memory in
            var heap = TopHeap(memory.heap, capacity: limit)
            var total = 0
            result.isPartial = forEachPlace(&executor, options) {
                options.countsAll ? -.infinity : heap.needed
            } _: { place, score in
                if !options.countsAll, score < heap.least { return true }
                let element = ScoredDocument(score: score, document: UInt32(document(at: Int(place))))
                guard options.allowed?.contains(Int(element.document)) ?? true else { return true }
                total += 1
                if let after = options.after,
                    score > after.score || score == after.score && element.document <= after.document
                {
                    return true
                }
                heap.insert(element)
                return true
            }
            result.documents = heap.sorted()
            return total
        }
        result.total = total
        return result
    }

    /// Calls `body` with the ordinal and score of every match until it returns false; returns whether the deadline came
    /// first. Matches come in the order of the index, the shortest documents first, not in that of ordinals.
    @discardableResult
    func forEachMatch(
        _ query: CompiledQuery,
        _ options: ExecutionOptions,
        scratch: Scratch,
        _ body: (UInt32, Float) -> Bool
    ) -> Bool {
        guard !query.isEmpty, documentCount > 0 else { return false }
        return withExecutor(query, scratch, heap: 0) { executor, _ in
            forEachPlace(&executor, options, needed: { -.infinity }) { place, score in
                let ordinal = document(at: Int(place))
                return options.allowed?.contains(ordinal) ?? true ? body(UInt32(ordinal), score) : true
            }
        }
    }

    /// The score of one document, by its ordinal; nil when it does not match.
    func score(_ query: CompiledQuery, document: UInt32, scratch: Scratch) -> Float? {
        guard !query.isEmpty, Int(document) < documentCount else { return nil }
        let place = UInt32(place(of: Int(document)))
        return withExecutor(query, scratch, heap: 0) { executor, _ in
            var result: Float?
            if executor.evaluate(from: place, to: place + 1, needed: -.infinity) {
                executor.drain { _, score in result = score }
            }
            return result
        }
    }

    // MARK: Windows

    private func withExecutor<Result>(
        _ query: CompiledQuery,
        _ scratch: Scratch,
        heap: Int,
        _ body: (inout WindowExecutor, QueryMemory) -> Result
    ) -> Result {
        scratch.memory.reserve(query, heap: heap)
        let memory = scratch.memory
        return query.nodes.withUnsafeBufferPointer { nodes in
            query.children.withUnsafeBufferPointer { children in
                query.lists.withUnsafeBufferPointer { lists in
                    query.offsets.withUnsafeBufferPointer { offsets in
                        var executor = WindowExecutor(
                            self,
                            root: query.root,
                            nodes: nodes,
                            children: children,
                            lists: lists,
                            offsets: offsets,
                            memory: memory,
                            // Without text fields there are no terms either, and no length is read.
                            lengths: lengths.baseAddress ?? UnsafePointer(bitPattern: 8).unsafelyUnwrapped
                        )
                        return body(&executor, memory)
                    }
                }
            }
        }
    }

    /// Calls `body` with each match that can score what is needed, in the order of places, until it returns false. True when
    /// the deadline came first.
    @inline(__always)
    private func forEachPlace(
        _ executor: inout WindowExecutor,
        _ options: ExecutionOptions,
        needed: () -> Float,
        _ body: (UInt32, Float) -> Bool
    ) -> Bool {
        if executor.isIntersection {
            let isOver = { options.deadline.map { ContinuousClock.now >= $0 } ?? false }
            return isOver() || executor.intersect(isOver: isOver, needed: needed, body)
        }
        var place: UInt32 = 0
        while let start = executor.next(from: place), Int(start) < documentCount {
            if let deadline = options.deadline, ContinuousClock.now >= deadline { return true }
            let end = UInt32(min(documentCount, Int(start) + options.windowSize))
            if executor.evaluate(from: start, to: end, needed: needed()) {
                var goesOn = true
                executor.drain { place, score in if goesOn { goesOn = body(place, score) } }
                guard goesOn else { return false }
            }
            place = end
        }
        return false
    }
}

/// The best documents so far, in memory of the scratch: a heap whose first element is the last of them.
struct TopHeap {
    private let elements: UnsafeMutablePointer<ScoredDocument>
    private let capacity: Int
    private(set) var count = 0
    /// The score a document needs to be looked at: the least in the heap once it is full.
    private(set) var least = -Float.infinity
    /// The same, less what the rounding of sums may take off, to compare bounds with.
    private(set) var needed = -Float.infinity

    init(_ elements: UnsafeMutablePointer<ScoredDocument>, capacity: Int) {
        self.elements = elements
        self.capacity = capacity
        if capacity == 0 {
            least = .infinity
            needed = .infinity
        }
    }

    @inline(__always)
    mutating func insert(_ element: ScoredDocument) {
        if count < capacity {
            elements[count] = element
            count &+= 1
            siftUp()
            if count == capacity { setLeast() }
        } else if capacity > 0, ScoredDocument.precedes(element, elements[0]) {
            elements[0] = element
            siftDown()
            setLeast()
        }
    }

    private mutating func setLeast() {
        least = elements[0].score
        needed = least - abs(least) * 1e-5
    }

    private func siftUp() {
        var child = count &- 1
        while child > 0 {
            let parent = (child &- 1) / 2
            guard ScoredDocument.precedes(elements[parent], elements[child]) else { return }
            swap(parent, child)
            child = parent
        }
    }

    private func siftDown() {
        var parent = 0
        while true {
            var last = parent
            for child in 2 &* parent &+ 1...2 &* parent &+ 2
            where child < count && ScoredDocument.precedes(elements[last], elements[child]) { last = child }
            guard last != parent else { return }
            swap(parent, last)
            parent = last
        }
    }

    @inline(__always)
    private func swap(_ a: Int, _ b: Int) {
        let element = elements[a]
        elements[a] = elements[b]
        elements[b] = element
    }

    func sorted() -> [ScoredDocument] {
        UnsafeBufferPointer(start: elements, count: count).sorted(by: ScoredDocument.precedes)
    }
}
