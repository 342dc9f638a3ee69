// Queries that want all of some terms, or a phrase: list against list, without windows.

extension WindowExecutor {
    /// Whether the query is an intersection of terms or a phrase, and nothing beside: then ``intersect(isOver:needed:_:)`` finds
    /// what windows would.
    var isIntersection: Bool {
        let node = nodes[root]
        switch node.kind {
        case .phrase: return true
        case .all:
            for child in 0..<node.count where nodes[children[node.first &+ child]].kind != .term { return false }
            return node.count > 0
        default: return false
        }
    }

    /// Calls `body` with the place and score of each document that matches, in order, until it returns false; returns whether
    /// the deadline came first.
    ///
    /// The lists' blocks cut the places into ranges. Where the sum of a range's block maxima is below what `needed` gives, its
    /// blocks are passed over without being decoded; else the rarest list leads and the others follow (block-max AND: Ding and
    /// Suel, SIGIR 2011). Scores are added in the order of the query, as windows add them.
    ///
    /// - Parameter isOver: whether the deadline has passed; asked now and then.
    func intersect(isOver: () -> Bool, needed: () -> Float, _ body: (UInt32, Float) -> Bool) -> Bool {
        let node = nodes[root]
        let isPhrase = node.kind == .phrase
        return withUnsafeTemporaryAllocation(
            of: UnsafeMutablePointer<PostingCursor>.self,
            capacity: node.count
        ) { lists in
            for number in 0..<node.count {
                let list = isPhrase ? node.first &+ number : nodes[children[node.first &+ number]].first
                lists.initializeElement(at: number, to: cursors + list)
            }
            let driver = lists[0]
            var place: UInt32 = 0
            var ranges = 0
            while driver.pointee.seekBlock(place) {
                ranges &+= 1
                if ranges & 127 == 0, isOver() { return true }
                if driver.pointee.isDecoded {
                    guard driver.pointee.seek(place) else { return false }
                    place = max(place, driver.pointee.places[driver.pointee.index])
                }
                var end = driver.pointee.lastPlace
                var others: Float = isPhrase ? .infinity : 0
                for number in 1..<node.count {
                    let cursor = lists[number]
                    guard cursor.pointee.seekBlock(place) else { return false }
                    end = min(end, cursor.pointee.lastPlace)
                    others = isPhrase ? min(others, cursor.pointee.blockBound) : others + cursor.pointee.blockBound
                }
                let own = driver.pointee.blockBound
                let bound = isPhrase ? node.weight * min(own, others) : own + others
                var next = end
                if bound >= needed() {
                    let goesOn =
                        isPhrase
                        ? phrases(node, from: place, through: end, needed, body)
                        : documents(lists, from: place, through: end, others, &next, needed, body)
                    guard goesOn else { return false }
                }
                guard next < .max else { return false }
                place = next &+ 1
            }
            return false
        }
    }

    /// The documents of a range that stand in all lists.
    ///
    /// - Parameters:
    ///   - others: the most that the lists beside the first add within the range.
    ///   - last: gets the last place that cannot match any more, if that is beyond the range.
    @inline(__always)
    private func documents(
        _ lists: UnsafeMutableBufferPointer<UnsafeMutablePointer<PostingCursor>>,
        from place: UInt32,
        through end: UInt32,
        _ others: Float,
        _ last: inout UInt32,
        _ needed: () -> Float,
        _ body: (UInt32, Float) -> Bool
    ) -> Bool {
        let driver = lists[0]
        guard driver.pointee.seek(place) else { return false }
        var least = needed()
        let (places, codes, count) = (driver.pointee.places, driver.pointee.codes, driver.pointee.count)
        var at = driver.pointee.index
        candidates: while at < count {
            let candidate = places[at]
            guard candidate <= end, Int(candidate) < index.documentCount else { break }
            at &+= 1
            // A damaged gap may have put it before the range.
            guard candidate >= place else { continue }
            var score = driver.pointee.weight * saturated(driver, candidate, codes[at &- 1])
            guard score > 0, score + others >= least else { continue }
            for number in 1..<lists.count {
                let cursor = lists[number]
                guard cursor.pointee.seek(candidate) else { return false }
                let found = cursor.pointee.places[cursor.pointee.index]
                guard found == candidate else {
                    // Nothing before what was found is in this list.
                    if found > end {
                        last = found &- 1
                        break candidates
                    }
                    while at < count, places[at] < found { at &+= 1 }
                    continue candidates
                }
                let value = saturated(cursor, candidate, cursor.pointee.codes[cursor.pointee.index])
                guard value > 0 else { continue candidates }
                score += cursor.pointee.weight * value
            }
            guard body(candidate, score) else { return false }
            least = needed()
        }
        driver.pointee.index = min(at, count &- 1)
        return true
    }

    /// The documents of a range in which the phrase occurs.
    private func phrases(
        _ node: CompiledQuery.Node,
        from place: UInt32,
        through end: UInt32,
        _ needed: () -> Float,
        _ body: (UInt32, Float) -> Bool
    ) -> Bool {
        let driver = cursors + node.first
        guard driver.pointee.seek(place) else { return false }
        var least = needed()
        while driver.pointee.index < driver.pointee.count {
            let at = driver.pointee.index
            let candidate = driver.pointee.places[at]
            guard candidate <= end, Int(candidate) < index.documentCount else { break }
            if candidate >= place {
                let most = node.weight * saturated(driver, candidate, driver.pointee.codes[at])
                if most > 0, most >= least, let score = phraseScore(node, candidate, needed: least) {
                    guard body(candidate, score) else { return false }
                    least = needed()
                }
            }
            guard at &+ 1 < driver.pointee.count else { break }
            driver.pointee.index = at &+ 1
        }
        return true
    }
}
