// Counts matches by the values of a keyword field, over all segments.

enum FacetCounter {
    /// The `limit` most frequent values among the matches, the first in alphabetical order where counts are equal.
    ///
    /// O(values of the matches + distinct values), and a dictionary entry for each of the latter where there are several
    /// segments; where every document matches, posting lists have been counted already.
    static func count(_ searches: [SegmentSearch], field: Int, limit: Int) -> [FacetCount] {
        var merged: [String: (display: String, count: Int)] = [:]
        for search in searches {
            guard case .keywords(let column) = search.view.segment.columns[field] else { continue }
            let counts = counts(search, column, field)
            if searches.count == 1 {
                // Numbers are in alphabetical order; a count is exact as a Float below 2^24.
                var best = BoundedHeap(capacity: limit)
                for (value, count) in counts.enumerated() where count > 0 {
                    best.insert(ScoredDocument(score: Float(count), document: UInt32(value)))
                }
                return best.sorted().map {
                    FacetCount(value: column.text(Int($0.document)), count: Int(counts[Int($0.document)]))
                }
            }
            for (value, count) in counts.enumerated() where count > 0 {
                // Written as in the oldest segment that has it.
                merged[column.foldedText(value), default: (column.text(value), 0)].count += Int(count)
            }
        }
        let first = merged.sorted { a, b in
            a.value.count != b.value.count
                ? a.value.count > b.value.count : a.key.utf8.lexicographicallyPrecedes(b.key.utf8)
        }
        return first.prefix(limit).map { FacetCount(value: $0.value.display, count: $0.value.count) }
    }

    /// How many matches of one segment have each value.
    private static func counts(_ search: SegmentSearch, _ column: KeywordColumn, _ field: Int) -> [UInt32] {
        if search.matchesAll(but: field) {
            return (0..<column.valueCount).map { UInt32(column.frequency(of: $0)) }
        }
        var counts = [UInt32](repeating: 0, count: column.valueCount)
        counts.withUnsafeMutableBufferPointer { counts in
            search.forEachMatch(but: field) { document in
                column.forEachValue(of: document) { counts[$0] &+= 1 }
            }
        }
        return counts
    }
}
