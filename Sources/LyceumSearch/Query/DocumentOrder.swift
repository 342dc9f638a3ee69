// The order of results by fields.

/// Compares documents by sort keys; equal ones by score where asked for, then in the order they were added.
struct DocumentOrder {
    private enum Key {
        case score(descending: Bool)
        case numbers(FixedColumn<Double>, descending: Bool)
        case dates(FixedColumn<Int64>, descending: Bool)
        case keywords(KeywordColumn, descending: Bool)
    }

    private let keys: [Key]
    /// Whether scores have a say.
    let usesScore: Bool

    /// - Throws: ``SearchError`` with code `unknown_field` or `invalid_request`.
    init(_ sort: [SortKey], schema: CollectionSchema, columns: [Column]) throws {
        guard sort.count <= 8 else { throw SearchError(.invalidRequest, "at most 8 sort keys are possible") }
        keys = try sort.map { key in
            if key.field == "_score" { return .score(descending: key.descending) }
            guard let index = schema.index(of: key.field) else {
                throw FieldSuggestion.unknown(key.field, in: schema, purpose: "to sort by", location: "sort")
            }
            switch columns[index] {
            case .numbers(let column): return .numbers(column, descending: key.descending)
            case .dates(let column): return .dates(column, descending: key.descending)
            case .keywords(let column) where !schema.fields[index].isArray:
                return .keywords(column, descending: key.descending)
            case .keywords, .none:
                throw SearchError(
                    .invalidRequest,
                    "\(key.field) cannot be sorted by: only numbers, dates and single keywords can",
                    location: "sort"
                )
            }
        }
        usesScore = sort.contains { $0.field == "_score" }
    }

    func precedes(_ a: ScoredDocument, _ b: ScoredDocument) -> Bool {
        let left = Int(a.document)
        let right = Int(b.document)
        for key in keys {
            let isFirst: Bool? =
                switch key {
                case .score(let descending): Self.order(a.score, b.score, descending)
                case .numbers(let column, let descending):
                    Self.order(column.values[left], column.values[right], descending, isMissing: \.isNaN)
                case .dates(let column, let descending):
                    Self.order(column.values[left], column.values[right], descending) { $0 == .min }
                case .keywords(let column, let descending):
                    Self.order(column.first(left) ?? .max, column.first(right) ?? .max, descending) { $0 == .max }
                }
            if let isFirst { return isFirst }
        }
        return a.document < b.document
    }

    /// Whether `a` comes first, nil when they are equal; missing values come last either way.
    private static func order<Value: Comparable>(
        _ a: Value,
        _ b: Value,
        _ descending: Bool,
        isMissing: (Value) -> Bool = { _ in false }
    ) -> Bool? {
        switch (isMissing(a), isMissing(b)) {
        case (true, true): nil
        case (true, false): false
        case (false, true): true
        case (false, false): a == b ? nil : (a > b) == descending
        }
    }
}
