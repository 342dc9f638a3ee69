// What a request may do, once it is known who asks.

import LyceumAccess

/// Who asks, for what, and what the policy grants them: what every look at data starts from.
struct Access: Sendable {
    /// The caller; nil for one without a credential.
    let caller: Caller?
    /// What the policy grants in the collection asked for.
    let grant: Grant
    /// Why the caller looks; nil where the data is about nobody.
    let purpose: Purpose?
    let requestID: String
    /// The template of the route.
    let route: String

    /// Whether what is seen is about people, and the look is therefore recorded.
    var isPersonal: Bool { purpose != nil }

    /// The members that answers hold, as the record names them.
    var fields: [String] {
        switch grant.members {
        case .all: ["*"]
        case .only(let paths): paths
        }
    }
}

/// What must hold for a route to be taken.
enum RouteAccess: Sendable, Hashable {
    /// Nothing: health, pages, the contract.
    case open
    /// Any valid credential.
    case credential
    /// The policy grants the action in the collection.
    case collection(CollectionName, Grant.Action)
    /// The policy gives one of the rights.
    case right([Right])

    /// What a credential must open, one of them; none where what is asked for is open to anyone, or to any credential.
    var scopes: [Scope] {
        switch self {
        case .open, .credential: []
        case .collection(let collection, _): collection.isPersonal ? [.students] : []
        case .right(let rights): Array(Set(rights.flatMap(\.scopes))).sorted()
        }
    }
}

extension Right {
    fileprivate var scopes: [Scope] {
        switch self {
        case .runs: [.runs]
        case .metrics: [.metrics]
        case .audit: [.audit]
        case .disclosures: [.audit, .students]
        case .ownDisclosures: [.students]
        case .keys: [.keys]
        }
    }
}
