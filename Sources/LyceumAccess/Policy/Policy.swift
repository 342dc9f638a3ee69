// The rules of who sees what.

import Foundation

/// Who sees what: rows, members and actions by role and collection, as a file says. What it does not name is denied.
public struct Policy: Sendable {
    /// The rules of one role.
    struct RoleRules: Sendable {
        var collections: [String: CollectionRule] = [:]
        var rights: Set<Right> = []
    }

    /// The rule of one role for one collection.
    struct CollectionRule: Sendable {
        /// A filter in which `$subject` may stand, nil for every document.
        var rows: String?
        var members: Grant.Members
        var actions: Set<Grant.Action>
        var counts: Grant.Counts
        var purposes: [Purpose]
        var impliedPurpose: Purpose?
        var location: String
    }

    /// What may be declared as a purpose, by name.
    public let purposes: [String: Purpose]
    let roles: [Role: RoleRules]
    let anyone: RoleRules

    /// The policy that comes with the program.
    ///
    /// - Throws: ``AccessError`` with code `invalid_policy`.
    public static func bundled() throws(AccessError) -> Policy {
        try Policy(file: bundledFile)
    }

    /// Where the policy that comes with the program is.
    public static var bundledFile: URL { Bundle.module.bundleURL.appending(path: "policy.yaml") }

    /// Reads a policy file.
    ///
    /// - Throws: ``AccessError`` with code `invalid_policy`, its location the file and line.
    public init(file: URL) throws(AccessError) {
        let text: String
        do {
            text = try String(contentsOf: file, encoding: .utf8)
        } catch {
            throw AccessError(
                .invalidPolicy,
                "the policy file cannot be read; without one nobody may see anything",
                location: file.path,
                cause: error
            )
        }
        try self.init(yaml: text, file: file.path)
    }

    /// Reads a policy.
    ///
    /// - Parameter file: what errors call it.
    /// - Throws: ``AccessError`` with code `invalid_policy`, its location the file and line.
    public init(yaml: String, file: String) throws(AccessError) {
        var reader = PolicyReader(file: file)
        (purposes, roles, anyone) = try reader.read(yaml)
    }

    /// What a caller may do with a collection, nil where that is nothing. A caller without a credential is nil.
    public func grant(_ caller: Caller?, _ collection: String) -> Grant? {
        let rules = caller.map { roles[$0.role] } ?? anyone
        guard let rule = rules?.collections[collection] else { return nil }
        let rows: Grant.Rows
        switch rule.rows {
        case nil: rows = .all
        case .some(let filter) where !filter.contains(Self.placeholder): rows = .matching(filter)
        case .some(let filter):
            // A caller who is nobody in particular matches no document; so does one whose name could leave the quotes.
            guard let subject = caller?.subject, let literal = Self.literal(subject) else { return nil }
            rows = .matching(filter.replacing(Self.placeholder, with: literal))
        }
        return Grant(
            rows: rows,
            members: rule.members,
            actions: rule.actions,
            counts: rule.counts,
            purposes: rule.purposes,
            impliedPurpose: rule.impliedPurpose
        )
    }

    /// Whether a caller has a right.
    public func allows(_ caller: Caller?, _ right: Right) -> Bool {
        (caller.map { roles[$0.role] } ?? anyone)?.rights.contains(right) ?? false
    }

    /// Every filter of the policy with the place it stands at, with a subject put in: what a server checks against its fields.
    public var filters: [(collection: String, filter: String, location: String)] {
        (roles.values.map { $0 } + [anyone]).flatMap { rules in
            rules.collections.compactMap { name, rule in
                rule.rows.map { (name, $0.replacing(Self.placeholder, with: "\"x\""), rule.location) }
            }
        }
    }

    /// Every member path that the policy names, by collection.
    public var members: [(collection: String, path: String, location: String)] {
        (roles.values.map { $0 } + [anyone]).flatMap { rules in
            rules.collections.flatMap { name, rule -> [(collection: String, path: String, location: String)] in
                guard case .only(let paths) = rule.members else { return [] }
                return paths.map { (name, $0, rule.location) }
            }
        }
    }

    static let placeholder = "$subject"

    /// A subject as a quoted text of the filter grammar, nil when it is none that an institution would give.
    private static func literal(_ subject: String) -> String? {
        let isPlain =
            (1...128).contains(subject.utf8.count)
            && subject.unicodeScalars.allSatisfy { $0.value >= 0x20 && $0 != "\"" && $0 != "\\" && $0 != "'" }
        return isPlain ? "\"\(subject)\"" : nil
    }
}
