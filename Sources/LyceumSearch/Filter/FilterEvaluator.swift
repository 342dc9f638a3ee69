// Evaluates a filter over the columns of a collection to a bitmap of documents.

/// One evaluation of a filter over the columns of one collection.
struct FilterEvaluator {
    let schema: CollectionSchema
    let columns: [Column]
    let documentCount: Int
    /// Whether a document has any word in a field that has no column.
    let hasText: (_ field: Int, _ document: Int) -> Bool

    /// Keeps the bitmaps of single conditions from one query to the next; nil keeps none.
    var cache: BitmapCache?

    private static let maximumDepth = 64

    /// The documents that satisfy the filter.
    ///
    /// - Throws: ``SearchError`` with code `unknown_field` or `invalid_filter` for a filter built in code that does not fit.
    func evaluate(_ filter: Filter, depth: Int = 0) throws -> Bitmap {
        guard depth <= Self.maximumDepth else {
            throw SearchError(.invalidFilter, "the filter is nested more than \(Self.maximumDepth) levels deep")
        }
        switch filter {
        case .and(let parts):
            var result = Bitmap(size: documentCount, filled: true)
            for part in parts { result.formIntersection(try evaluate(part, depth: depth + 1)) }
            return result
        case .or(let parts):
            var result = Bitmap(size: documentCount)
            for part in parts { result.formUnion(try evaluate(part, depth: depth + 1)) }
            return result
        case .not(let part):
            var result = try evaluate(part, depth: depth + 1)
            result.invert()
            return result
        default:
            if let known = cache?[filter] { return known }
            let result = try condition(filter)
            cache?[filter] = result
            return result
        }
    }

    /// A single condition.
    private func condition(_ filter: Filter) throws -> Bitmap {
        var result = Bitmap(size: documentCount)
        switch filter {
        case .exists(let field): return try exists(field)
        case .isIn(let field, let values):
            for value in values { try add(field, .equal, value, to: &result) }
        case .between(let field, let low, let high):
            result = try compare(field, .greaterOrEqual, low)
            result.formIntersection(try compare(field, .lessOrEqual, high))
        case .compare(let field, let comparison, let value): return try compare(field, comparison, value)
        case .contains(let field, let text):
            let part = KeywordFolding.fold(text)
            try addKeywords(field, to: &result) { part.isEmpty || $0.contains(part) }
        case .startsWith(let field, let text):
            let start = KeywordFolding.fold(text)
            try addKeywords(field, to: &result) { $0.starts(with: start) }
        case .near(let field, let place, let metres):
            guard let index = schema.geoField(field), case .points(let column) = columns[index] else {
                _ = try self.index(field)
                throw SearchError(.invalidFilter, "\(field) holds no positions")
            }
            guard metres >= 0, metres.isFinite else { throw SearchError(.invalidFilter, "the distance is not finite") }
            return column.within(metres, of: try place.point(location: nil))
        case .and, .or, .not: return try evaluate(filter)
        }
        return result
    }

    /// Adds the documents with a keyword whose folded form passes. O(distinct values + documents found).
    private func addKeywords(_ name: String, to result: inout Bitmap, _ passes: (String) -> Bool) throws {
        let index = try index(name)
        if let problem = FilterTyping.textProblem(schema.fields[index]) { throw SearchError(.invalidFilter, problem) }
        guard case .keywords(let column) = columns[index] else { return }
        column.insert(
            documentsWith: (0..<column.valueCount).filter { passes(column.foldedText($0)) },
            into: &result
        )
    }

    private func index(_ field: String) throws -> Int {
        guard let index = schema.index(of: field) else {
            throw FieldSuggestion.unknown(field, in: schema, purpose: nil, location: nil)
        }
        return index
    }

    private func compare(_ field: String, _ comparison: Filter.Comparison, _ value: Filter.Value) throws -> Bitmap {
        var result = Bitmap(size: documentCount)
        if comparison == .notEqual {
            try add(field, .equal, value, to: &result)
            result.invert()
        } else {
            try add(field, comparison, value, to: &result)
        }
        return result
    }

    /// Adds the documents that satisfy one comparison, other than `!=`, to a bitmap.
    private func add(
        _ name: String,
        _ comparison: Filter.Comparison,
        _ value: Filter.Value,
        to result: inout Bitmap
    ) throws {
        let index = try index(name)
        let field = schema.fields[index]
        if let problem = FilterTyping.problem(field, comparison) ?? FilterTyping.problem(field, value) {
            throw SearchError(.invalidFilter, problem)
        }
        switch columns[index] {
        case .none, .points: return
        case .keywords(let column):
            guard let number = column.number(of: FilterTyping.keyword(value)) else { return }
            column.insert(documentsWith: CollectionOfOne(number), into: &result)
        case .numbers(let column):
            guard case .number(let bound) = value else { return }
            var found = Bitmap(size: documentCount)
            // NaN, the missing value, satisfies none of these.
            switch comparison {
            case .equal, .notEqual: found.fill(column.values) { $0 == bound }
            case .less: found.fill(column.values) { $0 < bound }
            case .lessOrEqual: found.fill(column.values) { $0 <= bound }
            case .greater: found.fill(column.values) { $0 > bound }
            case .greaterOrEqual: found.fill(column.values) { $0 >= bound }
            }
            result.formUnion(found)
        case .dates(let column):
            guard let span = FilterTyping.span(value) else { return }
            let range: Range<Int64> =
                switch comparison {
                case .equal, .notEqual: span.start..<span.end
                case .less: (.min + 1)..<span.start
                case .lessOrEqual: (.min + 1)..<span.end
                case .greater: span.end..<(.max)
                case .greaterOrEqual: span.start..<(.max)
                }
            var found = Bitmap(size: documentCount)
            found.fill(column.values) { range.contains($0) }
            result.formUnion(found)
        }
    }

    private func exists(_ name: String) throws -> Bitmap {
        let index = try index(name)
        var result = Bitmap(size: documentCount)
        switch columns[index] {
        case .numbers(let column): result.fill(column.values) { !$0.isNaN }
        case .dates(let column): result.fill(column.values) { $0 != .min }
        case .points(let column): result = column.present()
        case .keywords(let column):
            for document in 0..<documentCount where column.first(document) != nil { result.insert(document) }
        case .none: for document in 0..<documentCount where hasText(index, document) { result.insert(document) }
        }
        return result
    }
}
