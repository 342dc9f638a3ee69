// Requests that are nearly right: paths, headers, query strings, JSON bodies and filters, changed at random.

import Foundation

/// Makes bytes of HTTP/1.1 requests from a seed.
struct HostileRequests {
    private var random: SeededGenerator
    private let guesses: [String]
    private let credential: String?
    private let purpose: String?

    /// - Parameters:
    ///   - guesses: words that come near what is hidden.
    ///   - credential: the caller's key; nil for nobody.
    init(seed: UInt64, guesses: [String], credential: String?, purpose: String?) {
        random = SeededGenerator(seed: seed)
        self.guesses = guesses
        self.credential = credential
        self.purpose = purpose
    }

    /// The next request, which ends its connection.
    mutating func next() -> String {
        let collection = pick(["students", "students", "students", "jobs", "courses"])
        switch Int.random(in: 0..<10, using: &random) {
        case 0: return request(pick(Self.methods), mangled(pick(Self.paths)), body: maybe { $0.json() })
        case 1: return request("GET", "/v1/\(collection)/\(escaped(identifier()))" + maybe { $0.pick(Self.tails) })
        case 2: return request("GET", "/v1/\(collection)/suggestions?q=\(escaped(word()))&limit=\(number())")
        case 3: return request("POST", "/v1/recommendations/\(pick(["jobs", "courses"]))", body: profile())
        case 4: return request("GET", "/v1/audit?\(pairs(Self.auditParameters))")
        case 5: return request("POST", "/v1/\(collection)/search", body: json())
        case 6: return request("GET", "/v1/jobs/J-\(Int.random(in: 0..<14, using: &random))/students?\(pairs())")
        default: return request("GET", "/v1/\(collection)/search?\(pairs())")
        }
    }

    // MARK: - Parts

    private mutating func request(_ method: String, _ target: String, body: String = "") -> String {
        var lines = ["\(method) \(target) HTTP/1.1", "Host: localhost", "Connection: close"]
        if let credential { lines.append("Authorization: Bearer \(credential)") }
        if let purpose, Int.random(in: 0..<20, using: &random) != 0 { lines.append("X-Purpose: \(purpose)") }
        for _ in 0..<Int.random(in: 0...3, using: &random) { lines.append(header()) }
        if !body.isEmpty {
            lines += [
                "Content-Type: \(pick(["application/json", "application/json", "application/json;charset=utf-8", "text/*"]))",
                "Content-Length: \(body.utf8.count)",
            ]
        }
        return lines.joined(separator: "\r\n") + "\r\n\r\n" + body
    }

    /// A header of ours with a value it should not have, or one that nobody knows. None asks for compression, in which no
    /// mark could be seen.
    private mutating func header() -> String {
        let long = String(repeating: "a", count: Int.random(in: 1...4000, using: &random))
        let values = [
            "", "*", "*/*;q=nan", "application/json;q=-1", "\"\"", "W/\"x\"", "Bearer", "\u{1F600}", "0", "-1", "null",
            word(),
            "00-00000000000000000000000000000000-0000000000000000-00", "{\"a\":1}", "a, b,,;;", long,
        ]
        return "\(pick(Self.headers)): \(pick(values))"
    }

    private mutating func pairs(_ names: [String] = SearchNames.all) -> String {
        (0..<Int.random(in: 0...5, using: &random)).map { _ in
            let name = pick(names)
            let value =
                switch name {
                case "filter": filter(depth: Int.random(in: 0...4, using: &random))
                case "facets", "sort", "fields": maybe { _ in "-" } + pick(Self.fields)
                case "limit", "offset", "after": number()
                case "explain", "highlight", "denied": pick(["true", "false", "", "yes"])
                default: word()
                }
            return "\(name)=\(escaped(value))"
        }.joined(separator: "&")
    }

    /// A filter of the grammar with its own words, now and then with a piece lost, doubled or moved.
    private mutating func filter(depth: Int) -> String {
        var text: String
        switch depth > 0 ? Int.random(in: 0..<5, using: &random) : 9 {
        case 0: text = "\(filter(depth: depth - 1)) AND \(filter(depth: depth - 1))"
        case 1: text = "(\(filter(depth: depth - 1)) OR \(filter(depth: depth - 1)))"
        case 2: text = "NOT \(filter(depth: depth - 1))"
        case 3:
            let nesting = pick([1, 10, 60, 300])
            text = String(repeating: "(", count: nesting) + filter(depth: 0) + String(repeating: ")", count: nesting)
        default: text = condition()
        }
        guard Int.random(in: 0..<4, using: &random) == 0 else { return text }
        var pieces = text.split(separator: " ").map(String.init)
        let place = Int.random(in: 0..<max(1, pieces.count), using: &random)
        switch Int.random(in: 0..<4, using: &random) {
        case 0 where !pieces.isEmpty: pieces.remove(at: place)
        case 1: pieces.insert(pick(Self.pieces), at: min(place, pieces.count))
        case 2: pieces.shuffle(using: &random)
        default: pieces.append(pick(Self.pieces))
        }
        return pieces.joined(separator: " ")
    }

    private mutating func condition() -> String {
        let field = pick(Self.fields)
        switch Int.random(in: 0..<8, using: &random) {
        case 0: return "EXISTS \(field)"
        case 1:
            let count = pick([1, 3, 400])
            return "\(field) \(maybe { _ in "NOT " })IN [\((0..<count).map { _ in value() }.joined(separator: ", "))]"
        case 2: return "\(field) BETWEEN \(value()) AND \(value())"
        case 3: return "\(field) CONTAINS \(value())"
        case 4: return "\(field) STARTS WITH \(value())"
        case 5: return "GEO(location, \(value()), \(number()) \(pick(["km", "m", "mi", "ly"])))"
        default: return "\(field) \(pick(["=", "!=", "<", "<=", ">", ">="])) \(value())"
        }
    }

    private mutating func value() -> String {
        pick(["\"\(word())\"", "'\(word())'", number(), "\"2026-02-30\"", "2026", "ADV-1", "true", "\"\(word())"])
    }

    private mutating func json() -> String {
        let members = (0..<Int.random(in: 0...4, using: &random)).map { _ in
            let name = pick(SearchNames.all + ["Q", "filters", "", "__proto__"])
            let text = quoted(name == "filter" ? filter(depth: 3) : pick([word(), pick(Self.fields)]))
            let deep = pick([2, 50, 2000])
            return quoted(name) + ":"
                + pick([
                    text, text, text, "[\(text),\(text)]", number(), "null", "true", "{}", "[[]]", "1e400",
                    "\"\\ud83d\"",
                    String(repeating: "[", count: deep) + String(repeating: "]", count: deep),
                ])
        }
        return pick(["{\(members.joined(separator: ","))}", "{\(members.joined(separator: ","))", "[]", "\u{FEFF}{}"])
    }

    private mutating func profile() -> String {
        let skills = (0..<pick([0, 2, 300])).map { _ in quoted(word()) }.joined(separator: ",")
        return pick([
            #"{"profile":{"skills":[\#(skills)],"career_info":{"interest":\#(quoted(word()))}},"limit":\#(number())}"#,
            #"{"profile":{"student_id":"S-2","skills":null}}"#, #"{"profile":[]}"#, #"{"profile":\#(json())}"#,
        ])
    }

    private mutating func identifier() -> String {
        pick([
            "S-\(Int.random(in: 0...50, using: &random))", "J-1", "C-1", "..", "%", "S-2/..", "S-2\u{0}", "s-2", "S-2 ",
            word(),
            String(repeating: "S", count: 600),
        ])
    }

    private mutating func word() -> String {
        pick([
            pick(guesses), pick(guesses), "SQL", "\"\(pick(guesses))\"", "\(pick(guesses))*", "-\(pick(guesses))",
            "name:\(pick(guesses))",
            "\u{202E}\u{0301}\u{FEFF}ﬃ", "𝔖𝔔𝔏", "' OR 1=1 --", "${jndi:ldap://x}", "{{7*7}}", "<script>", "a\u{0}b",
            "\r\nX: y", "",
            String(repeating: "ab ", count: Int.random(in: 1...400, using: &random)),
        ])
    }

    private mutating func number() -> String {
        pick([
            "0", "1", "10", "100", "101", "-1", "9223372036854775808", "1e3", "0x10", "NaN", "3.1", "99999", "+1", "１",
        ])
    }

    /// A target with a byte lost, doubled or replaced.
    private mutating func mangled(_ target: String) -> String {
        var bytes = Array(target.utf8)
        for _ in 0..<Int.random(in: 0...3, using: &random) {
            let place = Int.random(in: 1..<max(2, bytes.count), using: &random)
            guard place < bytes.count else { continue }
            switch Int.random(in: 0..<3, using: &random) {
            case 0: bytes.remove(at: place)
            case 1: bytes.insert(bytes[place], at: place)
            default: bytes[place] = UInt8.random(in: 0x21...0x7E, using: &random)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    private func escaped(_ text: String) -> String {
        text.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? ""
    }

    private func quoted(_ text: String) -> String {
        let data = try? JSONEncoder().encode(text)
        return data.map { String(decoding: $0, as: UTF8.self) } ?? "\"\""
    }

    private mutating func pick<Value>(_ values: [Value]) -> Value {
        values[Int.random(in: 0..<values.count, using: &random)]
    }

    private mutating func maybe(_ text: (inout Self) -> String) -> String {
        Bool.random(using: &random) ? text(&self) : ""
    }

    private static let methods = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "get", "BREW"]
    private static let paths = [
        "/", "/v1/me", "/v1/keys", "/v1/keys/abcdefghijkl", "/v1/runs", "/v1/runs/20261123T081502Z-3f9a1c", "/v1/audit",
        "/v1/students/S-2/disclosures?internal=true", "/v1/students/S-2/recommendations/jobs",
        "/v1/students/search?q=zq",
        "/metrics", "/health/ready", "/openapi.json", "/v1//students/../students/S-2", "/v1/students/S-2;x=1",
    ]
    private static let tails = [
        "/recommendations/jobs", "/recommendations/courses?explain=true", "/disclosures", "/similar", "/x",
    ]
    private static let headers = [
        "Accept", "Accept-Language", "If-None-Match", "X-Request-Id", "Traceparent", "Tracestate", "Idempotency-Key",
        "X-Purpose", "X-API-Key", "Range", "Cookie", "Origin", "Forwarded", "X-Forwarded-For", "X-HTTP-Method-Override",
        "X-Original-URL", "TE", "Expect", "Upgrade", "x-lyceum-arrival", "X-Nothing",
    ]
    private static let fields = [
        "student_id", "name", "program", "interest", "skills", "skill_gaps", "gpa", "credits", "graduation_date",
        "performance_score", "engagement_level", "adviser_id", "directory_opt_out", "employer_consent", "region",
        "email",
        "personal_info", "personal_info.email", "provenance", "title", "company", "location", "\u{FF47}pa", "nothing",
        "",
    ]
    private static let pieces = [
        "AND", "OR", "NOT", "(", ")", "[", "]", ",", "=", "\"", "\\", "\u{0}", "IN", "BETWEEN", "''",
    ]
    private static let auditParameters = [
        "actor", "student", "action", "purpose", "request", "from", "until", "denied", "after", "limit",
    ]
}

/// The names of a search's parameters, and two that are none.
private enum SearchNames {
    static let all = [
        "q", "q", "filter", "filter", "filter", "facets", "sort", "limit", "offset", "cursor", "explain", "fields",
        "highlight", "nothing",
    ]
}
