// The order of results by fields, within a segment and across segments.

/// What a document is sorted by under one key; comparable between segments, and kept in cursors.
enum SortValue: Hashable, Sendable {
    /// The document has no value: it comes last either way.
    case missing
    case score(Float)
    case number(Double)
    case date(Int64)
    /// The folded form of a keyword, compared bytewise.
    case keyword(String)

    /// Whether `self` comes before `other` under a key of that direction, nil when they are equal.
    func precedes(_ other: SortValue, descending: Bool) -> Bool? {
        switch (self, other) {
        case (.missing, .missing): nil
        case (.missing, _): false
        case (_, .missing): true
        case (.score(let a), .score(let b)): a == b ? nil : (a > b) == descending
        case (.number(let a), .number(let b)): a == b ? nil : (a > b) == descending
        case (.date(let a), .date(let b)): a == b ? nil : (a > b) == descending
        case (.keyword(let a), .keyword(let b)): a == b ? nil : b.utf8.lexicographicallyPrecedes(a.utf8) == descending
        default: nil
        }
    }
}

/// The end of a page: what its last hit is sorted by.
struct PagePosition: Hashable, Sendable {
    var score: Float
    var rank: UInt64
    /// One a sort key; empty when the order is by score.
    var values: [SortValue] = []
}

/// Compares documents of one segment by sort keys; equal ones in the order they were added.
struct DocumentOrder {
    private enum Key {
        case score(descending: Bool)
        case numbers(FixedColumn<Double>, descending: Bool)
        case dates(FixedColumn<Int64>, descending: Bool)
        case distances(GeoColumn, from: GeoPoint, descending: Bool)
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
            guard let index = key.place == nil ? schema.index(of: key.field) : schema.geoField(key.field) else {
                if schema.index(of: key.field) != nil {
                    throw SearchError(.invalidRequest, "\(key.field) holds no positions", location: "sort")
                }
                throw FieldSuggestion.unknown(key.field, in: schema, purpose: "to sort by", location: "sort")
            }
            switch columns[index] {
            case .numbers(let column): return .numbers(column, descending: key.descending)
            case .dates(let column): return .dates(column, descending: key.descending)
            case .keywords(let column) where !schema.fields[index].isArray:
                return .keywords(column, descending: key.descending)
            case .points(let column):
                guard let place = key.place else {
                    throw SearchError(
                        .invalidRequest,
                        "\(key.field) is a position: sort by distance(\(key.field), place)",
                        location: "sort"
                    )
                }
                let origin = try place.point(location: "sort")
                return .distances(column, from: origin, descending: key.descending)
            case .keywords, .none:
                throw SearchError(
                    .invalidRequest,
                    "\(key.field) cannot be sorted by: only numbers, dates, distances and single keywords can",
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
                case .distances(let column, let origin, let descending):
                    Self.order(
                        column.distance(left, from: origin),
                        column.distance(right, from: origin),
                        descending,
                        isMissing: \.isNaN
                    )
                case .keywords(let column, let descending):
                    Self.order(column.first(left) ?? .max, column.first(right) ?? .max, descending) { $0 == .max }
                }
            if let isFirst { return isFirst }
        }
        return a.document < b.document
    }

    /// What a document is sorted by, key by key.
    func values(_ element: ScoredDocument) -> [SortValue] {
        let document = Int(element.document)
        return keys.map { key in
            switch key {
            case .score: return .score(element.score)
            case .numbers(let column, _):
                let number = column.values[document]
                return number.isNaN ? .missing : .number(number)
            case .dates(let column, _):
                let date = column.values[document]
                return date == .min ? .missing : .date(date)
            case .distances(let column, let origin, _):
                let distance = column.distance(document, from: origin)
                return distance.isNaN ? .missing : .number(distance)
            case .keywords(let column, _):
                return column.first(document).map { .keyword(column.foldedText(Int($0))) } ?? .missing
            }
        }
    }

    /// The end of the page before, as this segment's columns number it.
    struct Bound {
        fileprivate let position: PagePosition
        /// For each keyword key the first value not below the bound's, and whether it is the same; unused for others.
        fileprivate let keywords: [(number: Int, isSame: Bool)]
    }

    func bound(_ position: PagePosition) -> Bound {
        Bound(
            position: position,
            keywords: zip(keys, position.values).map { key, value in
                if case .keywords(let column, _) = key, case .keyword(let text) = value {
                    return column.lowerBound(text)
                }
                return (0, false)
            }
        )
    }

    /// Whether a document comes after the bound. No allocation.
    func follows(_ element: ScoredDocument, rank: UInt64, _ bound: Bound) -> Bool {
        let document = Int(element.document)
        for (index, key) in keys.enumerated() {
            let limit = bound.position.values[index]
            let isFirst: Bool?
            switch key {
            case .score(let descending):
                isFirst = SortValue.score(element.score).precedes(limit, descending: descending)
            case .numbers(let column, let descending):
                let number = column.values[document]
                let value: SortValue = number.isNaN ? .missing : .number(number)
                isFirst = value.precedes(limit, descending: descending)
            case .dates(let column, let descending):
                let date = column.values[document]
                let value: SortValue = date == .min ? .missing : .date(date)
                isFirst = value.precedes(limit, descending: descending)
            case .distances(let column, let origin, let descending):
                let distance = column.distance(document, from: origin)
                let value: SortValue = distance.isNaN ? .missing : .number(distance)
                isFirst = value.precedes(limit, descending: descending)
            case .keywords(let column, let descending):
                switch (column.first(document), limit) {
                case (nil, .missing): isFirst = nil
                case (nil, _): isFirst = false
                case (.some, .missing): isFirst = true
                case (.some(let number), _):
                    let (lower, isSame) = bound.keywords[index]
                    if isSame, Int(number) == lower {
                        isFirst = nil
                    } else {
                        isFirst = (Int(number) >= lower) == descending
                    }
                }
            }
            if let isFirst { return !isFirst }
        }
        return rank > bound.position.rank
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

extension [SortKey] {
    /// Whether a document of those values comes before another; nil when only the rank can tell.
    func precedes(_ a: [SortValue], _ b: [SortValue]) -> Bool? {
        for (index, key) in enumerated() where index < a.count && index < b.count {
            if let isFirst = a[index].precedes(b[index], descending: key.descending) { return isFirst }
        }
        return nil
    }
}
