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
            BM25F.inverseDocumentFrequency(documents: documentCount, containing: column.documents(with: $0).count)
        }
        self.values = values
        sums = (0..<documentCount).map { column.values(of: $0).reduce(0) { $0 + values[Int($1)] } }
    }
}
