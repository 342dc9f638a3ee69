// Counts matches in ranges of a field, and takes statistics of its values.

/// The values of a number or date field as numbers, NaN where missing.
struct NumericColumn {
    private let column: Column

    /// - Throws: ``SearchError`` with code `unknown_field` or `invalid_request`.
    init(_ name: String, of segment: Segment, purpose: String) throws {
        guard let index = segment.schema.index(of: name) else {
            throw FieldSuggestion.unknown(name, in: segment.schema, purpose: purpose, location: "facets")
        }
        column = segment.columns[index]
        switch column {
        case .numbers, .dates: break
        case .none, .keywords, .points:
            throw SearchError(.invalidRequest, "\(name) is no number or date \(purpose)", location: "facets")
        }
    }

    @inline(__always)
    subscript(document: Int) -> Double {
        switch column {
        case .numbers(let column): column.values[document]
        case .dates(let column): column.values[document] == .min ? .nan : Double(column.values[document])
        case .none, .keywords, .points: .nan
        }
    }

    private var isDate: Bool { if case .dates = column { true } else { false } }

    /// A bound as a number: dates by the beginning of their span.
    func bound(_ value: Filter.Value?, else missing: Double) throws -> Double {
        guard let value else { return missing }
        if isDate, let span = FilterTyping.span(value) { return Double(span.start) }
        if !isDate, case .number(let number) = value, !number.isNaN { return number }
        let kind = isDate ? "date" : "number"
        throw SearchError(.invalidRequest, "the bound \(value) of a range is no \(kind)", location: "facets")
    }
}

/// Ranges of one field over all segments.
struct RangeCounter {
    private let columns: [NumericColumn]
    private let bounds: [(from: Double, to: Double)]
    private let facet: RangeFacet

    /// - Throws: ``SearchError`` with code `unknown_field` or `invalid_request`.
    init(_ facet: RangeFacet, views: [SegmentView]) throws {
        self.facet = facet
        let columns = try views.map { try NumericColumn(facet.field, of: $0.segment, purpose: "to count by") }
        self.columns = columns
        bounds = try facet.ranges.map { range in
            (try columns[0].bound(range.from, else: -.infinity), try columns[0].bound(range.to, else: .infinity))
        }
    }

    /// O(matches * ranges).
    func count(_ searches: [SegmentSearch]) -> [RangeCount] {
        var counts = [Int](repeating: 0, count: bounds.count)
        for search in searches {
            let column = columns[search.index]
            search.forEachMatch { document in
                let value = column[document]
                for (index, bound) in bounds.enumerated()
                where value >= bound.from && (value < bound.to || (bound.to == .infinity && value == .infinity)) {
                    counts[index] += 1
                }
            }
        }
        return zip(facet.ranges, counts).map { RangeCount(range: $0, count: $1) }
    }
}
