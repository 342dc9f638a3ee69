// The values of claims.

/// A JSON value of a token.
enum ClaimValue: Decodable, Sendable, Equatable {
    case null
    case bool(Bool)
    case number(Double)
    case text(String)
    case list([ClaimValue])
    case object([String: ClaimValue])

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if container.decodeNil() {
            self = .null
        } else if let value = try? container.decode(String.self) {
            self = .text(value)
        } else if let value = try? container.decode(Double.self) {
            self = .number(value)
        } else if let value = try? container.decode(Bool.self) {
            self = .bool(value)
        } else if let value = try? container.decode([ClaimValue].self) {
            self = .list(value)
        } else {
            self = .object(try container.decode([String: ClaimValue].self))
        }
    }

    /// The text, if it is one.
    var text: String? { if case .text(let value) = self { value } else { nil } }

    /// The number, if it is one and finite.
    var number: Double? { if case .number(let value) = self, value.isFinite { value } else { nil } }

    /// A text, or a whole number as text, as ids are written.
    var identifier: String? {
        switch self {
        case .text(let value): value
        case .number(let value): Int64(exactly: value).map { String($0) }
        default: nil
        }
    }

    /// The claim of a name, or else the one at the end of a dotted path.
    static func find(_ name: String, in claims: [String: ClaimValue]) -> ClaimValue? {
        if let value = claims[name] { return value }
        let path = name.split(separator: ".").map(String.init)
        guard let first = path.first, path.count > 1 else { return nil }
        var value = claims[first]
        for step in path.dropFirst() {
            guard case .object(let members)? = value else { return nil }
            value = members[step]
        }
        return value
    }
}
