// Which skills a collection knows, and what each is worth.

/// The `skills` column of a collection with a weight for each value.
struct SkillWeights {
    let column: KeywordColumn
    private let weights: [Float]

    /// Nil when the collection has no keyword field `skills`.
    init?(_ collection: Collection, weight: (_ documents: Int, _ total: Int) -> Float) {
        guard let index = collection.schema.index(of: "skills"), case .keywords(let column) = collection.columns[index]
        else { return nil }
        self.column = column
        weights = (0..<column.valueCount).map { weight(column.documents(with: $0).count, collection.count) }
    }

    subscript(number: Int) -> Float { weights[number] }

    /// The numbers of the skills the collection knows, each once, in the order given.
    func numbers(of skills: [String]) -> [Int] {
        var seen: Set<Int> = []
        return skills.compactMap { column.number(of: $0) }.filter { seen.insert($0).inserted }
    }

    /// The skills of a document.
    func skills(of document: Int) -> [Int] { column.values(of: document).map(Int.init) }

    func sum(_ numbers: some Sequence<Int>) -> Float { numbers.reduce(0) { $0 + weights[$1] } }

    func names(_ numbers: [Int]) -> [String] { numbers.map { column.text($0) } }

    /// The inverse document frequency of BM25: what few ask for says most.
    static func rarity(documents: Int, total: Int) -> Float {
        BM25F.inverseDocumentFrequency(documents: total, containing: documents)
    }
}
