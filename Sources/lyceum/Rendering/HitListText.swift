// Hits of a search or a recommendation, for people.

import Foundation

/// What the hits are, which decides what is shown of them.
enum HitKind: Sendable {
    case students, jobs, courses

    init(_ collection: SearchedCollection) {
        switch collection {
        case .students: self = .students
        case .jobs: self = .jobs
        case .courses: self = .courses
        }
    }
}

/// A result as the search room writes it for scripts, read back for people: one shape for search and recommendation.
struct HitList: Decodable, Sendable {
    /// One hit.
    struct Hit: Decodable, Sendable {
        var id: String
        var score: Double
        var document: JSONValue
        var explain: JSONValue?
        var reasons: JSONValue?
    }

    /// One value of a facet.
    struct FacetValue: Decodable, Sendable {
        var value: String
        var count: Int
    }

    var total: Int
    var hits: [Hit]
    var facets: [String: [FacetValue]]?
    var tookMicroseconds: Double
    var nextCursor: String?

    enum CodingKeys: String, CodingKey {
        case total, hits, facets
        case tookMicroseconds = "took_us"
        case nextCursor = "next_cursor"
    }
}

extension HitList {
    /// Reads a result as it is written for scripts.
    init(_ json: Data) throws { self = try JSONDecoder().decode(HitList.self, from: json) }

    /// The names of the fields that the documents and the facets show a value of.
    var shownFields: [String] {
        let documents = hits.reduce(into: Set<String>()) { $0.formUnion($1.document.filledPaths) }
        return documents.union((facets ?? [:]).filter { !$0.value.isEmpty }.keys).sorted()
    }

    /// The names of the reasons that say something about the student.
    var shownReasons: [String] {
        hits.reduce(into: Set<String>()) { $0.formUnion($1.reasons?.filledPaths ?? []) }.map { "reasons.\($0)" }
            .sorted()
    }
}

/// Prints hits.
enum HitListText {
    /// Prints a result: as it is for scripts, laid out for people.
    static func say(_ json: Data, kind: HitKind, asJSON: Bool, on console: Console) throws {
        if asJSON { return console.result(String(decoding: json, as: UTF8.self)) }
        let list = try HitList(json)
        console.say(lines(list, kind: kind, width: console.window.columns, style: console.style))
    }

    /// A block of two to four lines a hit, then facets, then how many there are.
    static func lines(_ list: HitList, kind: HitKind, width: Int?, style: Style) -> [String] {
        guard !list.hits.isEmpty else { return ["No \(kind) found."] }
        let room = (width ?? 120) - 5
        var lines: [String] = []
        for (index, hit) in list.hits.enumerated() {
            let number = DisplayWidth.padded("\(index + 1).", to: 4, alignment: .right)
            let parts = parts(of: hit, kind: kind)
            let score = "  " + HumanNumbers.fixed(hit.score, digits: 3)
            let title = DisplayWidth.truncated(
                parts.title,
                to: max(10, room - DisplayWidth.of(hit.id) - score.count - 2)
            )
            lines.append("\(number) \(style.bold(title))  \(style.cyan(Printable.line(hit.id)))\(style.dim(score))")
            for detail in parts.details + reasons(of: hit) {
                lines.append("     " + DisplayWidth.truncated(detail, to: max(10, room)))
            }
            if let explain = hit.explain { lines += explanation(explain, depth: 0, room: room, style: style) }
        }
        for (field, values) in (list.facets ?? [:]).sorted(by: { $0.key < $1.key }) where !values.isEmpty {
            lines.append("")
            let counts = values.map { "\(Printable.line($0.value)) (\(HumanNumbers.count($0.count)))" }
            lines += DisplayWidth.wrapped("\(field): \(counts.joined(separator: ", "))", to: max(20, room))
        }
        lines.append("")
        let took = HumanNumbers.duration(list.tookMicroseconds / 1_000_000)
        lines.append(
            style.dim("\(list.hits.count) of \(HumanNumbers.count(list.total)) \(kind), \(took)")
                + (list.nextCursor.map { style.dim("; next page: --cursor \($0)") } ?? "")
        )
        return lines
    }

    private static func parts(of hit: HitList.Hit, kind: HitKind) -> (title: String, details: [String]) {
        let document = hit.document
        func joined(_ paths: String..., separator: String = " · ") -> String? {
            let words = paths.compactMap { document[$0].words }
            return words.isEmpty ? nil : words.joined(separator: separator)
        }
        func labelled(_ label: String, _ path: String) -> String? { document[path].words.map { "\(label) \($0)" } }
        switch kind {
        case .students:
            let name = joined("personal_info.first_name", "personal_info.last_name", separator: " ")
            let numbers = [
                document["academic_info.program"].words, labelled("GPA", "academic_info.gpa"),
                labelled("credits", "academic_info.credits"), labelled("graduates", "academic_info.graduation_date"),
            ].compactMap(\.self)
            return (
                name ?? hit.id,
                [
                    numbers.isEmpty ? nil : numbers.joined(separator: " · "),
                    labelled("interest:", "career_info.interest"),
                    labelled("skills:", "skills"),
                ].compactMap(\.self)
            )
        case .jobs:
            return (
                joined("title") ?? hit.id,
                [
                    joined("company", "location", "metadata.status", "metadata.posting_date"),
                    labelled("skills:", "requirements.skills"),
                ].compactMap(\.self)
            )
        case .courses:
            return (
                joined("title") ?? hit.id,
                [joined("department", "level"), labelled("skills:", "skills")].compactMap(\.self)
            )
        }
    }

    /// The reasons that are lists of words: matched and missing skills, gaps that a course closes.
    private static func reasons(of hit: HitList.Hit) -> [String] {
        guard case .object(let members)? = hit.reasons else { return [] }
        return members.sorted { $0.key < $1.key }.compactMap { name, value in
            guard case .list(let items) = value, case .text? = items.first else { return nil }
            return value.words.map { "\(name.replacing("_", with: " ")): \($0)" }
        }
    }

    /// An explanation as an indented outline.
    private static func explanation(_ value: JSONValue, depth: Int, room: Int, style: Style) -> [String] {
        let indent = String(repeating: "  ", count: depth)
        switch value {
        case .object(let members):
            return members.sorted { $0.key < $1.key }.flatMap { name, member -> [String] in
                if case .object = member {
                    return ["     " + style.dim("\(indent)\(name):")]
                        + explanation(member, depth: depth + 1, room: room, style: style)
                }
                if case .list(let items) = member,
                    items.contains(where: { if case .object = $0 { true } else { false } })
                {
                    return ["     " + style.dim("\(indent)\(name):")]
                        + items.flatMap { explanation($0, depth: depth + 1, room: room, style: style) }
                }
                guard let words = member.words else { return [] }
                return ["     " + style.dim(DisplayWidth.truncated("\(indent)\(name): \(words)", to: max(10, room)))]
            }
        default:
            return value.words.map { ["     " + style.dim(indent + $0)] } ?? []
        }
    }
}
