// What the search page was asked for, as its query string says.

import Foundation

/// A search as a visitor put it together: words, chosen values, ranges, order, page.
struct SearchForm: Sendable {
    var collection: CollectionName
    var query = ""
    /// Values chosen of facets, in the order of choosing.
    var chosen: [(facet: String, value: String)] = []
    /// Bounds of ranges by the names of their inputs, `gpa_from` and the like, as typed.
    var bounds: [String: String] = [:]
    var expression = ""
    var sort = ""
    var page = 1

    /// How many hits a page has.
    static let hitsOnPage = 20

    /// The collection that a query string names; jobs where it names none, which anyone may search.
    ///
    /// - Throws: ``Problem`` 400 for a name that there is not.
    static func collection(in query: QueryString) throws -> CollectionName {
        guard let name = query.pairs.first(where: { $0.name == "in" })?.value else { return .jobs }
        guard let collection = CollectionName(rawValue: name) else {
            throw Problem.badParameter("in", "The parameter 'in' is one of students, jobs, courses.")
        }
        return collection
    }

    /// Reads a query string; inputs that were left empty count as absent.
    ///
    /// - Throws: ``Problem`` 400 that names the parameter.
    init(_ query: QueryString, _ collection: CollectionName, _ offer: SearchOffer) throws {
        self.collection = collection
        let bounds = offer.ranges.flatMap { ["\($0.field)_from", "\($0.field)_to"] }
        for (name, value) in query.pairs {
            let value = value.trimmingCharacters(in: .whitespacesAndNewlines)
            switch name {
            case "in": break
            case "q": self.query = value
            case "filter": expression = value
            case "sort": sort = value
            case "page":
                guard let page = Int(value), page >= 1 else {
                    throw Problem.badParameter("page", "The page is a whole number, 1 or more.")
                }
                self.page = page
            case _ where offer.facets.contains(name):
                guard !value.isEmpty, !chosen.contains(where: { $0 == (name, value) }) else { continue }
                chosen.append((name, value))
            case _ where bounds.contains(name):
                if !value.isEmpty { self.bounds[name] = value }
            default:
                throw SearchParameters.unknown(
                    name,
                    known: ["in", "q", "filter", "sort", "page"] + offer.facets + bounds
                )
            }
        }
    }

    /// The search to be made.
    ///
    /// - Throws: ``Problem`` 400 that names the parameter.
    func parameters(_ offer: SearchOffer, _ limits: ServerConfiguration.Limits, countsOnly: Bool) throws
        -> SearchParameters
    {
        guard chosen.count <= 100 else {
            throw Problem.badParameter("filter", "At most 100 values can be chosen at once.")
        }
        guard sort.isEmpty || offer.orders.contains(where: { $0.key == sort }) else {
            throw Problem.badParameter("sort", "There is no such order here.")
        }
        // The same checks as the interface's, by the same code.
        var pairs = [(name: "q", value: query), (name: "filter", value: expression)]
        if !countsOnly {
            let size = min(Self.hitsOnPage, limits.hits)
            let (offset, isTooFar) = (page - 1).multipliedReportingOverflow(by: size)
            guard !isTooFar, offset <= limits.offset else {
                throw Problem.badParameter("page", "So far down there is no paging; narrow the search instead.")
            }
            pairs += [("limit", "\(size)"), ("offset", "\(offset)"), ("sort", sort), ("highlight", "true")]
        }
        var parameters = try SearchParameters(
            QueryString(PageTarget.query(pairs)),
            limits: limits
        )
        parameters.facets = offer.facets
        parameters.highlightedWords = 36
        for (facet, value) in chosen { parameters.chosen[facet, default: []].append(value) }
        for range in offer.ranges {
            if let from = try bound(range, "from") { parameters.filters.append("\(range.field) >= \(from)") }
            if let to = try bound(range, "to") { parameters.filters.append("\(range.field) <= \(to)") }
        }
        return parameters
    }

    /// A bound as the filter grammar writes it.
    private func bound(_ range: SearchOffer.Range, _ end: String) throws -> String? {
        let name = "\(range.field)_\(end)"
        guard let text = bounds[name] else { return nil }
        if range.isDate {
            guard text.wholeMatch(of: /[0-9]{4}(-[0-9]{2}(-[0-9]{2})?)?/) != nil else {
                throw Problem.badParameter(name, "\(range.label) is a date such as 2026-05-31.")
            }
            return "\"\(text)\""
        }
        guard let number = Double(text), number.isFinite, abs(number) < 1e12 else {
            throw Problem.badParameter(name, "\(range.label) is a number.")
        }
        return String(format: "%.6f", number)
    }

    /// The address of the same search with something changed.
    func address(_ change: (inout SearchForm) -> Void = { _ in }) -> String {
        var form = self
        change(&form)
        var pairs = [(name: "in", value: form.collection.rawValue)]
        if !form.query.isEmpty { pairs.append(("q", form.query)) }
        pairs += form.chosen.map { ($0.facet, $0.value) }
        pairs += form.bounds.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
        if !form.expression.isEmpty { pairs.append(("filter", form.expression)) }
        if !form.sort.isEmpty { pairs.append(("sort", form.sort)) }
        if form.page > 1 { pairs.append(("page", "\(form.page)")) }
        return "/?" + PageTarget.query(pairs)
    }
}
