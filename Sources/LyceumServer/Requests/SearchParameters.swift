// What a search asks for, whether it came as a query string or as a JSON body.

import Foundation

/// The parameters of a search, checked against the limits.
struct SearchParameters: Sendable, Hashable {
    /// The words sought; empty matches everything.
    var query = ""
    /// Filter expressions, all of which must hold.
    var filters: [String] = []
    /// The fields to count values of.
    var facets: [String] = []
    /// Sort keys, `field` or `-field`, the first the most significant; none means by score.
    var sort: [String] = []
    /// How many hits to return.
    var limit = 10
    /// How many hits to skip.
    var offset = 0
    /// Where the previous page ended; excludes an offset.
    var cursor: String?
    /// Whether each hit says how its score came about.
    var explain = false
    /// The fields or dotted paths of each document that are returned; none means all.
    var fields: [String] = []
    /// Whether the words found are marked in each hit's texts.
    var highlight = false
    /// How many words of a long text are shown around its matches; nil shows all of it. For pages.
    var highlightedWords: Int?
    /// Values of facets of which a document has one each; a facet's own counts are taken without them. For pages.
    var chosen: [String: [String]] = [:]

    /// The names a request may use, in the query string and in the body.
    static let names = [
        "q", "filter", "facets", "sort", "limit", "offset", "cursor", "explain", "fields", "highlight",
    ]
    /// Those that may repeat in a query string.
    private static let repeatable = ["filter", "facets", "sort", "fields"]

    /// Reads a query string; `filter`, `facets`, `sort` and `fields` may repeat, all but the first also take commas.
    ///
    /// - Throws: ``Problem`` 400 that names the parameter.
    init(_ query: QueryString, limits: ServerConfiguration.Limits, names: [String] = Self.names) throws {
        var seen: Set<String> = []
        for (name, value) in query.pairs {
            guard names.contains(name) else { throw Self.unknown(name, known: names) }
            guard seen.insert(name).inserted || Self.repeatable.contains(name) else {
                throw Problem.badParameter(name, "The parameter '\(name)' is given twice.")
            }
            switch name {
            case "q": self.query = value
            case "filter": if !value.isEmpty { filters.append(value) }
            case "facets": facets += Self.list(value)
            case "sort": sort += Self.list(value)
            case "limit": limit = try Self.whole(name, value)
            case "offset": offset = try Self.whole(name, value)
            case "cursor": cursor = value
            case "fields": fields += Self.list(value)
            case "highlight": highlight = try Self.flag(name, value)
            default: explain = try Self.flag(name, value)
            }
        }
        try check(limits, offsetWasGiven: seen.contains("offset"))
    }

    /// Reads a JSON body with the same names; `filter`, `facets`, `sort` and `fields` are texts or lists of texts.
    ///
    /// - Throws: ``Problem`` 400 that names the member.
    init(json: Data, limits: ServerConfiguration.Limits) throws {
        let body: Body
        do {
            body = try JSONDecoder().decode(Body.self, from: json)
        } catch let problem as Problem {
            throw problem
        } catch let DecodingError.typeMismatch(_, context) where !context.codingPath.isEmpty {
            throw Self.wrongType(context.codingPath)
        } catch let DecodingError.valueNotFound(_, context) where !context.codingPath.isEmpty {
            throw Self.wrongType(context.codingPath)
        } catch let DecodingError.dataCorrupted(context) where !context.codingPath.isEmpty {
            throw Self.wrongType(context.codingPath)
        } catch {
            throw Problem.badRequest(
                "bad-json",
                "The body is not a JSON object",
                "Send one JSON object in UTF-8, such as {\"q\": \"data engineer\", \"limit\": 10}."
            )
        }
        query = body.q ?? ""
        filters = (body.filter?.texts ?? []).filter { !$0.isEmpty }
        facets = body.facets.map { $0.isOne ? $0.texts.flatMap(Self.list) : $0.texts } ?? []
        sort = body.sort.map { $0.isOne ? $0.texts.flatMap(Self.list) : $0.texts } ?? []
        limit = body.limit ?? limit
        offset = body.offset ?? 0
        cursor = body.cursor
        explain = body.explain ?? false
        fields = body.fields.map { $0.isOne ? $0.texts.flatMap(Self.list) : $0.texts } ?? []
        highlight = body.highlight ?? false
        try check(limits, offsetWasGiven: body.offset != nil)
    }

    private func check(_ limits: ServerConfiguration.Limits, offsetWasGiven: Bool) throws {
        guard query.unicodeScalars.count <= limits.queryCharacters else {
            throw Problem.badParameter("q", "The query may have at most \(limits.queryCharacters) characters.")
        }
        guard filters.count <= limits.filters else {
            throw Problem.badParameter("filter", "At most \(limits.filters) filters are allowed.")
        }
        guard facets.count <= 16 else { throw Problem.badParameter("facets", "At most 16 facets are allowed.") }
        guard fields.count <= 32 else { throw Problem.badParameter("fields", "At most 32 fields are allowed.") }
        guard sort.count <= 4 else { throw Problem.badParameter("sort", "At most 4 sort keys are allowed.") }
        guard (0...limits.hits).contains(limit) else {
            throw Problem.badParameter("limit", "The limit is a whole number from 0 to \(limits.hits).")
        }
        guard (0...limits.offset).contains(offset) else {
            throw Problem.badParameter(
                "offset",
                "The offset is a whole number from 0 to \(limits.offset); page further with next_cursor."
            )
        }
        guard cursor == nil || !offsetWasGiven else {
            throw Problem.badParameter("cursor", "A request has a cursor or an offset, not both.")
        }
        // U+0000 ends texts in places where it should not; no word contains it.
        guard !query.unicodeScalars.contains("\0") else {
            throw Problem.badParameter("q", "The query contains the character U+0000.")
        }
    }

    private static func list(_ value: String) -> [String] {
        if value.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) {
            return value.utf8.split(separator: UInt8(ascii: ",")).map { String(Substring($0)) }
        }
        return value.split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) }.filter { !$0.isEmpty }
    }

    static func whole(_ name: String, _ value: String) throws -> Int {
        guard !value.isEmpty, value.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else {
            throw Problem.badParameter(name, "The parameter '\(name)' must be a whole number, 0 or more.")
        }
        // The contract has no upper bound; beyond 2^53 all are alike.
        return min(Int(value) ?? .max, 1 << 53)
    }

    /// What the contract calls a boolean, and nothing like it.
    static func flag(_ name: String, _ value: String) throws -> Bool {
        switch value {
        case "true": return true
        case "false": return false
        default: throw Problem.badParameter(name, "The parameter '\(name)' must be true or false.")
        }
    }

    static func unknown(_ name: String, known: [String]) -> Problem {
        Problem.badRequest(
            "unknown-parameter",
            "A parameter is not known here",
            "Known here: \(known.joined(separator: ", ")).",
            parameter: String(name.prefix(64))
        )
    }

    private static func wrongType(_ path: [any CodingKey]) -> Problem {
        let name = path.first?.stringValue ?? ""
        let expected =
            switch name {
            case "q", "cursor": "a text"
            case "limit", "offset": "a whole number"
            case "explain", "highlight": "true or false"
            default: "a text or a list of texts"
            }
        return Problem.badParameter(name, "The member '\(name)' must be \(expected).")
    }

    /// The body as JSON has it.
    private struct Body: Decodable {
        var q: String?
        var filter: Texts?
        var facets: Texts?
        var sort: Texts?
        var limit: Int?
        var offset: Int?
        var cursor: String?
        var explain: Bool?
        var fields: Texts?
        var highlight: Bool?

        init(from decoder: any Decoder) throws {
            let container = try decoder.container(keyedBy: Name.self)
            for name in container.allKeys where !SearchParameters.names.contains(name.stringValue) {
                throw SearchParameters.unknown(name.stringValue, known: SearchParameters.names)
            }
            q = try container.decodeIfPresent(String.self, forKey: Name("q"))
            filter = try container.decodeIfPresent(Texts.self, forKey: Name("filter"))
            facets = try container.decodeIfPresent(Texts.self, forKey: Name("facets"))
            sort = try container.decodeIfPresent(Texts.self, forKey: Name("sort"))
            limit = try Self.whole(container, "limit")
            offset = try Self.whole(container, "offset")
            cursor = try container.decodeIfPresent(String.self, forKey: Name("cursor"))
            explain = try container.decodeIfPresent(Bool.self, forKey: Name("explain"))
            fields = try container.decodeIfPresent(Texts.self, forKey: Name("fields"))
            highlight = try container.decodeIfPresent(Bool.self, forKey: Name("highlight"))
        }

        // Asked for as a number first: a fraction is then a wrong value of a named member, not broken JSON.
        private static func whole(_ container: KeyedDecodingContainer<Name>, _ name: String) throws -> Int? {
            guard let number = try container.decodeIfPresent(Double.self, forKey: Name(name)) else { return nil }
            guard let whole = Int(exactly: number) else { throw SearchParameters.wrongType([Name(name)]) }
            return whole
        }
    }

    /// One text, or a list of them.
    private struct Texts: Decodable {
        var texts: [String]
        var isOne: Bool

        init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            if let one = try? container.decode(String.self) {
                texts = [one]
                isOne = true
            } else {
                texts = try container.decode([String].self)
                isOne = false
            }
        }
    }

    private struct Name: CodingKey {
        var stringValue: String
        var intValue: Int? { nil }
        init(_ name: String) { stringValue = name }
        init?(stringValue: String) { self.stringValue = stringValue }
        init?(intValue: Int) { nil }
    }
}
