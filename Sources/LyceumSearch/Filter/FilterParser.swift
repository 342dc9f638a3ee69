// Parses the filter grammar by recursive descent, within limits that hostile input cannot exceed.

/// One parse of one filter against one schema.
struct FilterParser {
    static let maximumDepth = 32
    static let maximumConditions = 512
    static let maximumListLength = 1000

    private let tokens: [FilterToken]
    private let schema: CollectionSchema
    private var index = 0
    private var depth = 0
    private var conditions = 0

    init(_ text: String, schema: CollectionSchema) throws {
        tokens = try FilterLexer.tokens(of: text)
        self.schema = schema
    }

    mutating func parse() throws -> Filter {
        let filter = try disjunction()
        guard token.kind == .end else { throw expected("AND, OR or the end of the filter") }
        return filter
    }

    private var token: FilterToken { tokens[index] }

    private mutating func advance() { index = min(index + 1, tokens.count - 1) }

    private mutating func take(_ keyword: String) -> Bool {
        guard token.isKeyword(keyword) else { return false }
        advance()
        return true
    }

    private mutating func disjunction() throws -> Filter {
        var parts = [try conjunction()]
        while take("OR") { parts.append(try conjunction()) }
        return parts.count == 1 ? parts[0] : .or(parts)
    }

    private mutating func conjunction() throws -> Filter {
        var parts = [try unary()]
        while take("AND") { parts.append(try unary()) }
        return parts.count == 1 ? parts[0] : .and(parts)
    }

    private mutating func unary() throws -> Filter {
        depth += 1
        defer { depth -= 1 }
        guard depth <= Self.maximumDepth else {
            throw refuse("more than \(Self.maximumDepth) levels of parentheses and NOT", at: token)
        }
        // A field may be called `not` or `exists`: then a comparison follows it.
        if token.isKeyword("NOT"), !isFollowedByComparison {
            advance()
            return .not(try unary())
        }
        if token.kind == .open {
            advance()
            let inner = try disjunction()
            guard token.kind == .close else { throw expected("AND, OR or ')'") }
            advance()
            return inner
        }
        return try condition()
    }

    private var isFollowedByComparison: Bool {
        if index + 1 < tokens.count, case .comparison = tokens[index + 1].kind { return true }
        return false
    }

    private mutating func condition() throws -> Filter {
        conditions += 1
        guard conditions <= Self.maximumConditions else {
            throw refuse("more than \(Self.maximumConditions) conditions", at: token)
        }
        if token.isKeyword("EXISTS"), !isFollowedByComparison {
            advance()
            return .exists(field: try field().name)
        }
        if token.isKeyword("GEO"), tokens[min(index + 1, tokens.count - 1)].kind == .open { return try near() }
        let field = try field()
        let operatorToken = token
        if case .comparison(let comparison) = token.kind {
            advance()
            let value = try value(for: field)
            if let problem = FilterTyping.problem(field, comparison) { throw refuse(problem, at: operatorToken) }
            return .compare(field: field.name, comparison, value)
        }
        let isNegated = take("NOT")
        if take("IN") {
            let filter = Filter.isIn(field: field.name, try list(for: field))
            return isNegated ? .not(filter) : filter
        }
        if take("BETWEEN") {
            if let problem = FilterTyping.problem(field, .less) { throw refuse(problem, at: operatorToken) }
            let low = try value(for: field)
            guard take("AND") else { throw expected("AND") }
            let filter = Filter.between(field: field.name, low: low, high: try value(for: field))
            return isNegated ? .not(filter) : filter
        }
        if take("CONTAINS") {
            let filter = Filter.contains(field: field.name, try keywordText(field, operatorToken))
            return isNegated ? .not(filter) : filter
        }
        if take("STARTS") {
            guard take("WITH") else { throw expected("WITH") }
            let filter = Filter.startsWith(field: field.name, try keywordText(field, operatorToken))
            return isNegated ? .not(filter) : filter
        }
        let words = "IN, BETWEEN, CONTAINS or STARTS WITH"
        throw expected(isNegated ? words : "=, !=, <, <=, >, >=, \(words)")
    }

    /// The text that a keyword is to contain or begin with.
    private mutating func keywordText(_ field: FieldDefinition, _ operatorToken: FilterToken) throws -> String {
        if let problem = FilterTyping.textProblem(field) { throw refuse(problem, at: operatorToken) }
        return FilterTyping.keyword(try value(for: field))
    }

    /// `GEO(field, place, distance)`.
    private mutating func near() throws -> Filter {
        advance()
        advance()
        let fieldToken = token
        let field = try field()
        guard schema.geoField(field.name) != nil else {
            throw refuse("\(field.name) holds no positions", at: fieldToken)
        }
        func comma() throws {
            guard token.kind == .comma else { throw expected("','") }
            advance()
        }
        try comma()
        let place: Filter.Place
        let placeToken = token
        switch token.kind {
        case .quoted(let name):
            place = .name(name)
            advance()
            _ = try place.point(location: "filter:\(placeToken.position)")
        case .number(let latitude):
            advance()
            try comma()
            guard case .number(let longitude) = token.kind else { throw expected("a longitude") }
            guard let point = GeoPoint(latitude: latitude, longitude: longitude) else {
                throw refuse("\(latitude), \(longitude) is no latitude and longitude", at: placeToken)
            }
            place = .point(point)
            advance()
        default: throw expected("the name of a place in \"quotes\", or its latitude and longitude")
        }
        try comma()
        let metres = try distance()
        guard token.kind == .close else { throw expected("')'") }
        advance()
        return .near(field: field.name, place, metres: metres)
    }

    private static let metresPerUnit = ["m": 1.0, "km": 1000, "mi": 1609.344]

    private mutating func distance() throws -> Double {
        let start = token
        var number: Double?
        var unit = "m"
        switch token.kind {
        case .number(let given):
            number = given
            advance()
            if case .word(let word) = token.kind {
                unit = word.lowercased()
                advance()
            }
        case .word(let word):
            let digits = word.prefix { $0.isNumber || $0 == "." }
            number = Double(digits)
            unit = word.dropFirst(digits.count).lowercased()
            advance()
        default: break
        }
        guard let number, number >= 0, number.isFinite, let factor = Self.metresPerUnit[unit] else {
            throw refuse("expected a distance such as 50 km, found \(start.name)", at: start)
        }
        return number * factor
    }

    private mutating func field() throws -> FieldDefinition {
        guard case .word(let name) = token.kind else {
            throw expected("a field name\(conditions == 1 && index == 0 ? "" : ", EXISTS, NOT or '('")")
        }
        guard let found = schema.index(of: name) ?? schema.index(of: name.lowercased()) else {
            throw FieldSuggestion.unknown(name, in: schema, purpose: nil, location: "filter:\(token.position)")
        }
        advance()
        return schema.fields[found]
    }

    private mutating func list(for field: FieldDefinition) throws -> [Filter.Value] {
        let closing: FilterToken.Kind
        switch token.kind {
        case .openList: closing = .closeList
        case .open: closing = .close
        default: throw expected("'['")
        }
        advance()
        var values = [try value(for: field)]
        while token.kind == .comma {
            guard values.count < Self.maximumListLength else {
                throw refuse("a list of more than \(Self.maximumListLength) values", at: token)
            }
            advance()
            values.append(try value(for: field))
        }
        guard token.kind == closing else { throw expected(closing == .closeList ? "',' or ']'" : "',' or ')'") }
        advance()
        return values
    }

    private mutating func value(for field: FieldDefinition) throws -> Filter.Value {
        let value: Filter.Value
        switch token.kind {
        case .quoted(let text): value = .text(text)
        case .word(let word): value = .text(word)
        case .number(let number): value = .number(number)
        default: throw expected("a value (\(FilterTyping.valueName(field)))")
        }
        if let problem = FilterTyping.problem(field, value) { throw refuse(problem, at: token) }
        advance()
        return value
    }

    private func expected(_ what: String) -> SearchError {
        refuse("expected \(what), found \(token.name)", at: token)
    }

    private func refuse(_ message: String, at token: FilterToken) -> SearchError {
        SearchError(
            .invalidFilter,
            "\(message), at position \(token.position) of the filter",
            location: "filter:\(token.position)"
        )
    }
}

/// Which comparisons and values a field takes.
enum FilterTyping {
    static func valueName(_ field: FieldDefinition) -> String {
        switch field.kind {
        case .number: "a number"
        case .date: "a date such as \"2026-01-31\""
        case .geo: "GEO(…)"
        case .keyword, .text: "a text in \"quotes\""
        }
    }

    /// Why the comparison does not suit the field, nil when it does.
    static func problem(_ field: FieldDefinition, _ comparison: Filter.Comparison) -> String? {
        switch field.kind {
        case .number, .date: nil
        case .keyword:
            switch comparison {
            case .equal, .notEqual: nil
            default: "\(field.name) is a keyword and has no order: use =, !=, IN or EXISTS"
            }
        case .geo: "\(field.name) is a position: use GEO(\(field.name), place, distance) or EXISTS"
        case .text: "\(field.name) is searchable text and cannot be compared: put it into the query, or use EXISTS"
        }
    }

    /// Why texts cannot be looked for inside the field's values, nil when they can.
    static func textProblem(_ field: FieldDefinition) -> String? {
        if case .keyword = field.kind { return nil }
        return "\(field.name) is no keyword: CONTAINS and STARTS WITH look into keywords"
    }

    /// Why the value does not suit the field, nil when it does.
    static func problem(_ field: FieldDefinition, _ value: Filter.Value) -> String? {
        switch (field.kind, value) {
        case (.number, .number(let number)) where number.isFinite: nil
        case (.number, _): "\(field.name) is a number; \(value) is none"
        case (.date, _):
            FilterTyping.span(value) == nil ? "\(field.name) is a date; \(value) is none (write 2026-01-31)" : nil
        case (.keyword, _): nil
        case (.geo, _): "\(field.name) is a position: use GEO(\(field.name), place, distance) or EXISTS"
        case (.text, _): "\(field.name) is searchable text and cannot be compared: put it into the query, or use EXISTS"
        }
    }

    /// The text of a value compared with keywords: numbers as they are commonly written.
    static func keyword(_ value: Filter.Value) -> String {
        switch value {
        case .text(let text): text
        case .number(let number): Int64(exactly: number).map(String.init) ?? String(number)
        }
    }

    /// The span of a date; a bare number of four digits is a year.
    static func span(_ value: Filter.Value) -> DateSpan? {
        DateText.span(of: keyword(value))
    }
}

/// Errors for names that do not exist, with the nearest that do.
enum FieldSuggestion {
    static func unknown(
        _ name: String,
        in schema: CollectionSchema,
        purpose: String?,
        location: String?
    ) -> SearchError {
        let shown = String(name.prefix(64))
        var message = "\(schema.name) has no field '\(shown)'"
        if let purpose { message += " \(purpose)" }
        let names = schema.fields.map(\.name)
        if let best = nearest(shown.lowercased(), in: names) { message += "; did you mean \(best)?" }
        message += " Known fields: \(names.joined(separator: ", "))"
        return SearchError(.unknownField, message, location: location)
    }

    private static func nearest(_ name: String, in names: [String]) -> String? {
        let ranked = names.map { (name: $0, distance: distance(Array(name.utf8), Array($0.utf8))) }
        guard let best = ranked.min(by: { $0.distance < $1.distance }),
            best.distance <= max(1, min(name.utf8.count, best.name.utf8.count) / 3)
        else { return names.first { $0.hasPrefix(name) || $0.contains(name) } }
        return best.name
    }

    /// Levenshtein distance.
    private static func distance(_ a: [UInt8], _ b: [UInt8]) -> Int {
        var row = Array(0...b.count)
        for (i, x) in a.enumerated() {
            var diagonal = row[0]
            row[0] = i + 1
            for (j, y) in b.enumerated() {
                let above = row[j + 1]
                row[j + 1] = min(above + 1, row[j] + 1, diagonal + (x == y ? 0 : 1))
                diagonal = above
            }
        }
        return row[b.count]
    }
}
