// The values that cross between the ledger and its database.

/// A value of a column or for a placeholder: what both databases have in common.
enum SQLValue: Sendable, Hashable {
    case null
    case integer(Int64)
    case real(Double)
    case text(String)
}

/// A Swift type that is kept in the ledger.
protocol SQLConvertible: Sendable {
    /// The value as the ledger keeps it.
    var sqlValue: SQLValue { get }
    /// The value read back, or nil if it is null or of another type.
    init?(_ value: SQLValue)
}

extension String: SQLConvertible {
    var sqlValue: SQLValue { .text(self) }

    init?(_ value: SQLValue) {
        guard case .text(let text) = value else { return nil }
        self = text
    }
}

extension Int64: SQLConvertible {
    var sqlValue: SQLValue { .integer(self) }

    init?(_ value: SQLValue) {
        guard case .integer(let integer) = value else { return nil }
        self = integer
    }
}

extension Int: SQLConvertible {
    var sqlValue: SQLValue { .integer(Int64(self)) }

    init?(_ value: SQLValue) {
        guard case .integer(let integer) = value else { return nil }
        self.init(exactly: integer)
    }
}

extension Int32: SQLConvertible {
    var sqlValue: SQLValue { .integer(Int64(self)) }

    init?(_ value: SQLValue) {
        guard case .integer(let integer) = value else { return nil }
        self.init(exactly: integer)
    }
}

extension Double: SQLConvertible {
    var sqlValue: SQLValue { .real(self) }

    init?(_ value: SQLValue) {
        switch value {
        case .real(let real): self = real
        case .integer(let integer): self = Double(integer)
        default: return nil
        }
    }
}

extension Bool: SQLConvertible {
    var sqlValue: SQLValue { .integer(self ? 1 : 0) }

    init?(_ value: SQLValue) {
        guard case .integer(let integer) = value else { return nil }
        self = integer != 0
    }
}

/// The values of a statement's placeholders: an array for `?`, a dictionary for `:name`.
enum StatementArguments: Sendable, ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral {
    case positional([SQLValue])
    case named([String: SQLValue])

    init(arrayLiteral elements: (any SQLConvertible)?...) {
        self = .positional(elements.map { $0?.sqlValue ?? .null })
    }

    init(dictionaryLiteral elements: (String, (any SQLConvertible)?)...) {
        self = .named(Dictionary(elements.map { ($0, $1?.sqlValue ?? .null) }) { $1 })
    }

    /// One argument for each of some values, for a list of placeholders that is as long.
    init(_ values: some Sequence<any SQLConvertible>) { self = .positional(values.map(\.sqlValue)) }

    var isEmpty: Bool {
        switch self {
        case .positional(let values): values.isEmpty
        case .named(let values): values.isEmpty
        }
    }
}
