// Counts in which no small group shows.

import LyceumSearch

extension SearchResult {
    /// The result without documents and with coarse counts.
    ///
    /// A count under `least` becomes 0 or is left out, every other is rounded to the nearest multiple of `step`, so that no
    /// difference of two answers tells of one person: it is 0 or a whole step. (Suppression alone would let a group be
    /// reckoned as the difference of two large ones.)
    func coarsened(least: Int, step: Int) -> SearchResult {
        func coarse(_ count: Int) -> Int { count < least ? 0 : (count + step / 2) / step * step }
        var result = self
        result.total = coarse(total)
        result.isTotalExact = false
        result.hits = []
        result.facets = facets.mapValues { counts in
            counts.filter { $0.count >= least }
                .map { FacetCount(value: $0.value, count: coarse($0.count)) }
                // The order of the exact counts would tell which of two equal ones is the larger.
                .sorted { ($1.count, $0.value) < ($0.count, $1.value) }
        }
        result.rangeFacets = [:]
        result.statistics = [:]
        result.dropCursor()
        return result
    }
}
