// One person, as the identifiers by which the systems know them.

import Foundation
import LyceumCore

/// The identifiers of one person, by kind, in the form in which they are compared.
public struct SubjectIdentity: Sendable, Hashable, Codable {
    /// Values by kind: `student_id`, `workday_id`, `email`.
    public internal(set) var identifiers: [String: Set<String>] = [:]

    /// An identity without identifiers.
    public init() {}

    /// Every identifier with its kind, in order.
    public var all: [(kind: String, value: String)] {
        identifiers.sorted { $0.key < $1.key }.flatMap { kind, values in values.sorted().map { (kind, $0) } }
    }

    /// Whether nothing is known.
    public var isEmpty: Bool { identifiers.values.allSatisfy(\.isEmpty) }

    /// Adds an identifier; returns whether it is new.
    @discardableResult
    mutating func insert(_ value: String, kind: String) -> Bool {
        identifiers[kind, default: []].insert(value).inserted
    }

    /// An identifier in the form in which it is compared: `" 11391.0"` and `11391`, `mailto:Ann@…` and `ann@…` are one.
    ///
    /// ``SubjectSQL/normalised(_:)`` says the same to the engine.
    static func normalised(_ text: String) -> String {
        var text = text.trimmingCharacters(in: .whitespacesAndNewlines).lowercased()
        if text.hasPrefix("mailto:") { text.removeFirst("mailto:".count) }
        if let end = text.range(of: "[.]0+$", options: .regularExpression) { text.removeSubrange(end) }
        return text
    }
}
