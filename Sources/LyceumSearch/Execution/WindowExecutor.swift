// Runs a compiled query window by window.

/// Evaluates the nodes of one query over windows of neighbouring places.
///
/// A window is first bounded: what could a document in it score at most, from the maxima of the blocks that reach into
/// it? Where that is not enough nothing is decoded. Otherwise its nodes write scores and matches into window buffers:
/// a sum takes in the lists that can bring a document to the top and only looks the others up for what they found
/// (MAXSCORE: Turtle and Flood, "Query Evaluation: Strategies and Optimizations", 1995; with block maxima: Ding and Suel,
/// "Faster Top-k Document Retrieval Using Block-Max Indexes", SIGIR 2011), an intersection starts from its rarest list.
///
/// `needed` is the least score that still matters: a node may leave out documents that score less *by the bounds of
/// all their parts*, never others. Lives on the stack; all memory belongs to the query's scratch, none is allocated here.
struct WindowExecutor {
    let index: TermIndex
    let nodes: UnsafePointer<CompiledQuery.Node>
    let children: UnsafePointer<Int>
    private let offsets: UnsafePointer<Int>
    let root: Int
    let cursors: UnsafeMutablePointer<PostingCursor>
    private let scores: UnsafeMutablePointer<Float>
    private let matches: UnsafeMutablePointer<UInt64>
    private let bounds: UnsafeMutablePointer<Float>
    private let rests: UnsafeMutablePointer<Float>
    private let streams: UnsafeMutablePointer<PositionStream>
    private let patternCount: Int
    private let isSingleField: Bool
    private let impacts: UnsafePointer<Float>
    private let lengths: UnsafePointer<UInt8>

    /// The current window.
    private(set) var start: UInt32 = 0
    private var end: UInt32 = 0

    /// Sets the cursors of a query. The query's arrays are reached through the pointers given and must outlive this.
    init(
        _ index: TermIndex,
        root: Int,
        nodes: UnsafeBufferPointer<CompiledQuery.Node>,
        children: UnsafeBufferPointer<Int>,
        lists: UnsafeBufferPointer<CompiledQuery.List>,
        offsets: UnsafeBufferPointer<Int>,
        memory: QueryMemory,
        lengths: UnsafePointer<UInt8>
    ) {
        self.index = index
        self.root = root
        // A query has at least one node; the other pointers are not read where there is nothing to read.
        self.nodes = nodes.baseAddress.unsafelyUnwrapped
        self.children = children.baseAddress ?? UnsafePointer(bitPattern: 8).unsafelyUnwrapped
        self.offsets = offsets.baseAddress ?? UnsafePointer(bitPattern: 8).unsafelyUnwrapped
        cursors = memory.cursors
        scores = memory.scores
        matches = memory.matches
        bounds = memory.bounds
        rests = memory.bounds + nodes.count
        streams = memory.streams
        patternCount = index.patterns.count
        isSingleField = index.fieldCount == 1
        impacts = UnsafePointer(index.impacts.saturated)
        self.lengths = lengths
        for number in lists.indices {
            let buffer = memory.blocks + number * QueryMemory.blockSize
            (cursors + number).initialize(to: PostingCursor(lists[number], index, buffer: buffer))
        }
    }

    // MARK: Windows

    /// The first place from `place` on that can match, nil when there is none.
    func next(from place: UInt32) -> UInt32? { next(root, place) }

    /// Evaluates the window from `start` to `end`; false when nothing in it can score `needed`.
    ///
    /// Where true, ``drain(_:)`` must follow.
    mutating func evaluate(from start: UInt32, to end: UInt32, needed: Float) -> Bool {
        self.start = start
        self.end = end
        let bound = bound(root)
        guard bound >= 0, bound >= needed else { return false }
        evaluate(root, needed: needed)
        return true
    }

    /// Calls `body` with the place and score of each document found in the window, in order, and clears the window.
    @inline(__always)
    func drain(_ body: (UInt32, Float) -> Void) {
        let window = nodes[root].window
        forEachMatch(window) { offset, score in
            body(start &+ UInt32(truncatingIfNeeded: offset), score.pointee)
            score.pointee = 0
            return false
        }
    }

    // MARK: Buffers

    @inline(__always)
    private func scores(_ window: Int) -> UnsafeMutablePointer<Float> { scores + window &* QueryMemory.windowSize }

    @inline(__always)
    private func matches(_ window: Int) -> UnsafeMutablePointer<UInt64> { matches + window &* QueryMemory.windowWords }

    private var wordCount: Int { (Int(end &- start) &+ 63) &>> 6 }

    /// Calls `body` with each match of a window and its score; where it returns false the match is taken out.
    @inline(__always)
    private func forEachMatch(_ window: Int, _ body: (Int, UnsafeMutablePointer<Float>) -> Bool) {
        let words = matches(window)
        let scores = scores(window)
        for number in 0..<wordCount {
            var rest = words[number]
            guard rest != 0 else { continue }
            var kept = rest
            while rest != 0 {
                let offset = number &<< 6 | rest.trailingZeroBitCount
                if !body(offset, scores + offset) { kept &= ~(rest & (0 &- rest)) }
                rest &= rest &- 1
            }
            words[number] = kept
        }
    }

    @inline(__always)
    private func hasMatches(_ window: Int) -> Bool {
        let words = matches(window)
        for number in 0..<wordCount where words[number] != 0 { return true }
        return false
    }

    // MARK: Scores

    /// What a posting is worth before the list's weight; 0 when the term is in none of the fields asked for, or the
    /// file is damaged.
    @inline(__always)
    func saturated(_ cursor: UnsafeMutablePointer<PostingCursor>, _ place: UInt32, _ code: UInt32) -> Float {
        let code = Int(code)
        if isSingleField, code < ImpactTable.knownCodes, !cursor.pointee.isMasked {
            return impacts[code &<< 8 | Int(lengths[Int(place)])]
        }
        guard code < patternCount else { return 0 }
        return index.saturated(Int(place), code: code, fields: cursor.pointee.fields)
    }

    /// The score of the posting at exactly this place, nil when there is none.
    @inline(__always)
    private func probe(_ cursor: UnsafeMutablePointer<PostingCursor>, _ place: UInt32) -> Float? {
        guard cursor.pointee.seek(place) else { return nil }
        let at = cursor.pointee.index
        guard cursor.pointee.places[at] == place else { return nil }
        let value = saturated(cursor, place, cursor.pointee.codes[at])
        return value > 0 ? cursor.pointee.weight * value : nil
    }

    /// Calls `body` with each posting of a list within the window: its offset there and its score.
    @inline(__always)
    private func forEachPosting(_ cursor: UnsafeMutablePointer<PostingCursor>, _ body: (Int, Float) -> Void) {
        guard cursor.pointee.seek(start) else { return }
        let size = end &- start
        let weight = cursor.pointee.weight
        repeat {
            if !cursor.pointee.isDecoded { cursor.pointee.decode() }
            let places = cursor.pointee.places
            let codes = cursor.pointee.codes
            let count = cursor.pointee.count
            var at = cursor.pointee.index
            while at < count {
                let offset = places[at] &- start
                // Also refuses what a damaged gap may have put before the window.
                guard offset < size else {
                    cursor.pointee.index = at
                    return
                }
                let value = saturated(cursor, places[at], codes[at])
                if value > 0 { body(Int(offset), weight * value) }
                at &+= 1
            }
        } while cursor.pointee.nextBlock()
    }

    // MARK: Bounds

    private func next(_ number: Int, _ place: UInt32) -> UInt32? {
        let node = nodes[number]
        switch node.kind {
        case .none: return nil
        case .everything: return Int(place) < index.documentCount ? place : nil
        case .term: return cursors[node.first].next(from: place)
        case .phrase:
            var last = place
            for list in node.first..<node.first &+ node.count {
                guard let next = cursors[list].next(from: last) else { return nil }
                last = next
            }
            return last
        case .excluding: return next(children[node.first], place)
        case .all:
            var last = place
            for child in 0..<node.count {
                guard let next = next(children[node.first &+ child], last) else { return nil }
                last = next
            }
            return last
        case .any, .best:
            var first: UInt32?
            for child in 0..<node.count {
                guard let next = next(children[node.first &+ child], place) else { continue }
                if next == place { return place }
                first = min(first ?? .max, next)
            }
            return first
        }
    }

    /// The most a document of the window can score at a node, below zero when none can match. Kept in `bounds`.
    private func bound(_ number: Int) -> Float {
        let node = nodes[number]
        var result: Float = -1
        switch node.kind {
        case .none: break
        case .everything: result = 0
        case .term: result = cursors[node.first].bound(from: start, to: end)
        case .phrase:
            var least = Float.infinity
            for list in node.first..<node.first &+ node.count {
                least = min(least, cursors[list].bound(from: start, to: end))
                if least < 0 { break }
            }
            result = least < 0 ? -1 : node.weight * least
        case .excluding:
            result = bound(children[node.first])
            for child in 1..<node.count { _ = bound(children[node.first &+ child]) }
        case .all:
            result = 0
            for child in 0..<node.count {
                let part = bound(children[node.first &+ child])
                if part < 0 {
                    result = -1
                    break
                }
                result += part
            }
        case .any:
            var sum: Float = 0
            for child in 0..<node.count {
                let part = bound(children[node.first &+ child])
                if part >= 0 {
                    sum += part
                    result = sum
                }
            }
        case .best:
            for child in 0..<node.count { result = max(result, bound(children[node.first &+ child])) }
        }
        bounds[number] = result
        return result
    }

    // MARK: Evaluation

    /// Writes the documents of the window that match a node, and their scores, into the node's buffer.
    private func evaluate(_ number: Int, needed: Float) {
        guard bounds[number] >= 0, bounds[number] >= needed else { return }
        let node = nodes[number]
        switch node.kind {
        case .none: break
        case .everything:
            let words = matches(node.window)
            let size = Int(end &- start)
            for word in 0..<wordCount { words[word] = .max }
            if size & 63 != 0 { words[wordCount &- 1] = (1 &<< UInt64(size & 63)) &- 1 }
        case .term: add(cursors + node.first, to: node.window)
        case .phrase: evaluatePhrase(node, needed: needed)
        case .best: evaluateBest(node, needed: needed)
        case .any: evaluateAny(node, needed: needed)
        case .all: evaluateAll(node, needed: needed)
        case .excluding: evaluateExcluding(node, needed: needed)
        }
    }

    /// Adds the postings of a list to a window.
    @inline(__always)
    private func add(_ cursor: UnsafeMutablePointer<PostingCursor>, to window: Int) {
        let scores = scores(window)
        let words = matches(window)
        forEachPosting(cursor) { offset, score in
            scores[offset] += score
            words[offset &>> 6] |= 1 &<< UInt64(truncatingIfNeeded: offset & 63)
        }
    }

    /// Adds what is in one window to another and clears it.
    private func move(_ source: Int, into target: Int, _ combine: (Float, Float) -> Float) {
        let targetScores = scores(target)
        let targetWords = matches(target)
        let words = matches(source)
        forEachMatch(source) { offset, score in
            targetScores[offset] = combine(targetScores[offset], score.pointee)
            score.pointee = 0
            return true
        }
        for word in 0..<wordCount {
            targetWords[word] |= words[word]
            words[word] = 0
        }
    }

    private func clear(_ window: Int) {
        forEachMatch(window) { _, score in
            score.pointee = 0
            return false
        }
    }

    /// A sum: the parts whose bounds alone reach `needed` are gathered, the others looked up.
    private func evaluateAny(_ node: CompiledQuery.Node, needed: Float) {
        // rests[child]: the bound of this part and all later ones.
        var rest: Float = 0
        for place in stride(from: node.count &- 1, through: 0, by: -1) {
            let child = children[node.first &+ place]
            rest += max(0, bounds[child])
            rests[child] = rest
        }
        let total = rest
        for place in 0..<node.count {
            let child = children[node.first &+ place]
            guard bounds[child] >= 0 else { continue }
            let isTerm = nodes[child].kind == .term
            if rests[child] >= needed {
                if isTerm {
                    add(cursors + nodes[child].first, to: node.window)
                } else {
                    evaluate(child, needed: needed - (total - bounds[child]))
                    move(nodes[child].window, into: node.window, +)
                }
            } else if isTerm {
                let cursor = cursors + nodes[child].first
                let rest = rests[child]
                let start = start
                forEachMatch(node.window) { offset, score in
                    guard score.pointee + rest >= needed else {
                        score.pointee = 0
                        return false
                    }
                    if let more = probe(cursor, start &+ UInt32(truncatingIfNeeded: offset)) { score.pointee += more }
                    return true
                }
            } else {
                evaluate(child, needed: needed - (total - bounds[child]))
                let other = scores(nodes[child].window)
                let rest = rests[child]
                forEachMatch(node.window) { offset, score in
                    guard score.pointee + rest >= needed else {
                        score.pointee = 0
                        return false
                    }
                    score.pointee += other[offset]
                    return true
                }
                clear(nodes[child].window)
            }
        }
    }

    private func evaluateBest(_ node: CompiledQuery.Node, needed: Float) {
        let scores = scores(node.window)
        let words = matches(node.window)
        for place in 0..<node.count {
            let child = children[node.first &+ place]
            guard bounds[child] >= 0, bounds[child] >= needed else { continue }
            if nodes[child].kind == .term {
                forEachPosting(cursors + nodes[child].first) { offset, score in
                    scores[offset] = max(scores[offset], score)
                    words[offset &>> 6] |= 1 &<< UInt64(truncatingIfNeeded: offset & 63)
                }
            } else {
                evaluate(child, needed: needed)
                move(nodes[child].window, into: node.window, max)
            }
        }
    }

    /// An intersection: the rarest part is gathered, then the others are looked up in turn.
    private func evaluateAll(_ node: CompiledQuery.Node, needed: Float) {
        var total: Float = 0
        for place in stride(from: node.count &- 1, through: 0, by: -1) {
            let child = children[node.first &+ place]
            total += bounds[child]
            rests[child] = total
        }
        let first = children[node.first]
        if nodes[first].kind == .term {
            add(cursors + nodes[first].first, to: node.window)
        } else {
            evaluate(first, needed: needed - (total - bounds[first]))
            move(nodes[first].window, into: node.window, +)
        }
        for place in 1..<node.count {
            let child = children[node.first &+ place]
            let rest = rests[child]
            let start = start
            if nodes[child].kind == .term {
                let cursor = cursors + nodes[child].first
                forEachMatch(node.window) { offset, score in
                    if score.pointee + rest >= needed,
                        let more = probe(cursor, start &+ UInt32(truncatingIfNeeded: offset))
                    {
                        score.pointee += more
                        return true
                    }
                    score.pointee = 0
                    return false
                }
                continue
            }
            guard hasMatches(node.window) else { return }
            evaluate(child, needed: needed - (total - bounds[child]))
            let other = scores(nodes[child].window)
            let found = matches(nodes[child].window)
            forEachMatch(node.window) { offset, score in
                if found[offset &>> 6] &>> UInt64(truncatingIfNeeded: offset & 63) & 1 == 1 {
                    score.pointee += other[offset]
                    return true
                }
                score.pointee = 0
                return false
            }
            clear(nodes[child].window)
        }
    }

    private func evaluateExcluding(_ node: CompiledQuery.Node, needed: Float) {
        let first = children[node.first]
        if nodes[first].kind == .term {
            add(cursors + nodes[first].first, to: node.window)
        } else {
            evaluate(first, needed: needed)
            move(nodes[first].window, into: node.window, +)
        }
        let start = start
        for place in 1..<node.count {
            let child = children[node.first &+ place]
            guard bounds[child] >= 0, hasMatches(node.window) else { continue }
            if nodes[child].kind == .term {
                let cursor = cursors + nodes[child].first
                forEachMatch(node.window) { offset, score in
                    guard probe(cursor, start &+ UInt32(truncatingIfNeeded: offset)) != nil else { return true }
                    score.pointee = 0
                    return false
                }
                continue
            }
            evaluate(child, needed: -.infinity)
            let found = matches(nodes[child].window)
            forEachMatch(node.window) { offset, score in
                guard found[offset &>> 6] &>> UInt64(truncatingIfNeeded: offset & 63) & 1 == 1 else { return true }
                score.pointee = 0
                return false
            }
            clear(nodes[child].window)
        }
    }

    // MARK: Phrases

    /// Documents with all the words, those that cannot reach `needed` left out, then those where the positions fit.
    private func evaluatePhrase(_ node: CompiledQuery.Node, needed: Float) {
        let scores = scores(node.window)
        let words = matches(node.window)
        let driver = cursors + node.first
        guard driver.pointee.seek(start) else { return }
        let size = end &- start
        repeat {
            if !driver.pointee.isDecoded { driver.pointee.decode() }
            while driver.pointee.index < driver.pointee.count {
                let at = driver.pointee.index
                let place = driver.pointee.places[at]
                let offset = place &- start
                guard offset < size else { return }
                let most = node.weight * saturated(driver, place, driver.pointee.codes[at])
                if most > 0, most >= needed, let score = phraseScore(node, place, needed: needed) {
                    scores[Int(offset)] += score
                    words[Int(offset &>> 6)] |= 1 &<< UInt64(offset & 63)
                }
                driver.pointee.index = at &+ 1
            }
        } while driver.pointee.nextBlock()
    }

    /// The score of a phrase in the document where its first list stands; nil when it does not occur.
    @inline(__always)
    func phraseScore(_ node: CompiledQuery.Node, _ place: UInt32, needed: Float) -> Float? {
        for list in node.first &+ 1..<node.first &+ node.count {
            let cursor = cursors + list
            guard cursor.pointee.seek(place), cursor.pointee.places[cursor.pointee.index] == place else { return nil }
            // The phrase occurs no more often than any of its words.
            let most = node.weight * saturated(cursor, place, cursor.pointee.codes[cursor.pointee.index])
            guard most > 0, most >= needed else { return nil }
        }
        var frequency: Float = 0
        for field in 0..<index.fieldCount where node.fields.rawValue &>> UInt64(field) & 1 == 1 {
            guard openStreams(node, field: field) else { continue }
            let found = min(PositionStream.agreements(streams, count: node.count), Int(UInt16.max))
            let norm = index.impacts.norms[field &<< 8 | Int(lengths[Int(place) &* index.fieldCount &+ field])]
            frequency += Float(found) * norm
        }
        return frequency > 0 ? node.weight * BM25F.saturated(frequency) : nil
    }

    /// Begins to read the positions of all words of a phrase in one field; false when one does not occur there.
    private func openStreams(_ node: CompiledQuery.Node, field: Int) -> Bool {
        for place in 0..<node.count {
            let cursor = cursors + (node.first &+ place)
            let code = Int(cursor.pointee.codes[cursor.pointee.index])
            guard code < patternCount else { return false }
            var first = cursor.pointee.firstPosition(index.patterns)
            var count = 0
            for part in index.patterns.parts(code) {
                if Int(part.field) == field {
                    count = Int(part.frequency)
                    break
                }
                first += Int(part.frequency)
            }
            guard count > 0 else { return false }
            let width = Int(cursor.pointee.widths.position)
            let bits = (first + count) * width
            // In a damaged file the positions may be said to reach past the section.
            guard cursor.pointee.positionStart + (bits + 7) / 8 <= index.postings.count else { return false }
            (streams + place).initialize(
                to: PositionStream(
                    cursor.pointee.positionBytes,
                    width: width,
                    first: first,
                    count: count,
                    offset: offsets[node.first &+ place]
                )
            )
        }
        return true
    }
}
