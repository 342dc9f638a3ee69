// How much the values of a keyword column say, by value and summed by document.

/// The inverse document frequencies of a keyword column.
struct KeywordRarities: Sendable {
    /// One for each value.
    let values: [Float]
    /// The sum over the values of each document.
    let sums: [Float]

    /// O(values of all documents).
    init(_ column: KeywordColumn, documentCount: Int) {
        let values = (0..<column.valueCount).map {
            BM25F.inverseDocumentFrequency(documents: documentCount, containing: column.frequency(of: $0))
        }
        self.values = values
        sums = (0..<documentCount).map { document in
            var sum: Float = 0
            column.forEachValue(of: document) { sum += values[$0] }
            return sum
        }
    }
}
