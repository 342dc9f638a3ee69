// Which skills a collection knows, and what each is worth.

/// The `skills` column of a collection, with the inverse document frequency of each value as its weight: what few ask for
/// says most.
struct SkillWeights {
    let column: KeywordColumn
    private let rarities: KeywordRarities

    /// Nil when the collection has no keyword field `skills`.
    init?(_ collection: Segment) {
        guard let index = collection.schema.index(of: "skills"), case .keywords(let column) = collection.columns[index]
        else { return nil }
        self.column = column
        rarities = collection.rarities(field: index, column)
    }

    subscript(number: Int) -> Float { rarities.values[number] }

    /// The numbers of the skills the collection knows, each once, in the order given.
    func numbers(of skills: [String]) -> [Int] {
        var seen: Set<Int> = []
        return skills.compactMap { column.number(of: $0) }.filter { seen.insert($0).inserted }
    }

    /// The skills of a document.
    func skills(of document: Int) -> [Int] {
        var numbers: [Int] = []
        column.forEachValue(of: document) { numbers.append($0) }
        return numbers
    }

    /// How many documents have a skill.
    func documents(with skill: String) -> Int { column.number(of: skill).map(column.frequency) ?? 0 }

    func sum(_ numbers: [Int]) -> Float { numbers.reduce(0) { $0 + rarities.values[$1] } }

    /// The sum of the weights of a document's skills. O(1).
    func sum(of document: Int) -> Float { rarities.sums[document] }

    func names(_ numbers: [Int]) -> [String] { numbers.map { column.text($0) } }
}
