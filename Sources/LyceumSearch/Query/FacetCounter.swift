// Counts matches by the values of a keyword field, over all segments.

enum FacetCounter {
    /// The `limit` most frequent values among the matches, the first in alphabetical order where counts are equal.
    ///
    /// O(values of the matches), and one dictionary entry for each distinct value where there are several segments.
    static func count(_ searches: [SegmentSearch], field: Int, limit: Int) -> [FacetCount] {
        var merged: [String: (display: String, count: Int)] = [:]
        for search in searches {
            guard case .keywords(let column) = search.view.segment.columns[field] else { continue }
            var counts = [UInt32](repeating: 0, count: column.valueCount)
            var seen: [UInt32] = []
            counts.withUnsafeMutableBufferPointer { counts in
                search.forEachMatch(but: field) { document in
                    for value in column.values(of: document) {
                        if counts[Int(value)] == 0 { seen.append(value) }
                        counts[Int(value)] += 1
                    }
                }
            }
            if searches.count == 1 {
                return first(limit, of: seen) { (counts[Int($1)], $0) < (counts[Int($0)], $1) }
                    .map { FacetCount(value: column.text(Int($0)), count: Int(counts[Int($0)])) }
            }
            for value in seen {
                // Written as in the oldest segment that has it.
                let count = Int(counts[Int(value)])
                merged[column.foldedText(Int(value)), default: (column.text(Int(value)), 0)].count += count
            }
        }
        return first(limit, of: Array(merged)) { a, b in
            a.value.count != b.value.count
                ? a.value.count > b.value.count : a.key.utf8.lexicographicallyPrecedes(b.key.utf8)
        }.map { FacetCount(value: $0.value.display, count: $0.value.count) }
    }

    /// The first few in order.
    private static func first<Element>(
        _ limit: Int,
        of elements: [Element],
        _ precedes: (Element, Element) -> Bool
    ) -> [Element] {
        Array(elements.sorted(by: precedes).prefix(limit))
    }
}
