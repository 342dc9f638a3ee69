// Any JSON value, for documents whose shape the search snapshot decides.

import Foundation

/// A JSON value that is read but not known beforehand.
enum JSONValue: Decodable, Sendable, Equatable {
    case null
    case bool(Bool)
    case number(Double)
    case text(String)
    case list([JSONValue])
    case object([String: JSONValue])

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if container.decodeNil() {
            self = .null
        } else if let value = try? container.decode(Bool.self) {
            self = .bool(value)
        } else if let value = try? container.decode(Double.self) {
            self = .number(value)
        } else if let value = try? container.decode(String.self) {
            self = .text(value)
        } else if let value = try? container.decode([JSONValue].self) {
            self = .list(value)
        } else {
            self = .object(try container.decode([String: JSONValue].self))
        }
    }

    /// The value at a path of member names: `academic_info.gpa`.
    subscript(path: String) -> JSONValue {
        path.split(separator: ".").reduce(self) { value, name in
            guard case .object(let members) = value else { return .null }
            return members[String(name)] ?? .null
        }
    }

    /// The value as words: lists joined by commas, whole numbers without a point; nil for null and empty.
    var words: String? {
        switch self {
        case .null: nil
        case .bool(let value): value ? "yes" : "no"
        case .number(let value):
            value == value.rounded() && abs(value) < 1e15 ? String(Int64(value)) : HumanNumbers.fixed(value, digits: 2)
        case .text(let value): value.isEmpty ? nil : Printable.line(value)
        case .list(let values):
            values.isEmpty
                ? nil : values.compactMap { $0["name"].words ?? $0["title"].words ?? $0.words }.joined(separator: ", ")
        case .object: nil
        }
    }

    /// The paths of all members that have a value: `academic_info.gpa`. Lists count as values.
    var filledPaths: Set<String> {
        guard case .object(let members) = self else { return [] }
        var paths: Set<String> = []
        for (name, value) in members {
            switch value {
            case .null: continue
            case .object: paths.formUnion(value.filledPaths.map { "\(name).\($0)" })
            default: paths.insert(name)
            }
        }
        return paths
    }
}
