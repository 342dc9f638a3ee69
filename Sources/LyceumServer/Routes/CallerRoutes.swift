// GET /v1/me.

import Hummingbird
import LyceumAccess

/// What a caller is told of themselves: their role and what it opens.
enum CallerRoutes {
    static func routes(_ services: ServerServices) -> [Route] {
        [
            Route(.get, "/v1/me", access: .credential) { request, context in
                try request.refuseQuery(services)
                guard let caller = context.caller else { throw Problem.credentialRequired }
                return .json(text(caller, services.gatekeeper.policy))
            }
        ]
    }

    private static func text(_ caller: Caller, _ policy: Policy) -> String {
        var body = JSONObjectText()
        body.add("id", caller.id)
        body.add("role", caller.role.rawValue)
        if let subject = caller.subject { body.add("subject", subject) }
        var collections = JSONObjectText()
        for collection in CollectionName.allCases {
            guard let grant = policy.grant(caller, collection.rawValue) else { continue }
            var entry = JSONObjectText()
            entry.add(
                "actions",
                raw: JSONText.list(Grant.Action.allCases.filter(grant.actions.contains).map(\.rawValue))
            )
            switch grant.members {
            case .all: entry.add("members", "all")
            case .only(let paths): entry.add("members", raw: JSONText.list(paths))
            }
            entry.add("counts", grant.givesDocuments ? "exact" : "coarse")
            if !grant.purposes.isEmpty { entry.add("purposes", raw: JSONText.list(grant.purposes.map(\.name))) }
            if let implied = grant.impliedPurpose { entry.add("implied_purpose", implied.name) }
            collections.add(collection.rawValue, raw: entry.text)
        }
        body.add("collections", raw: collections.text)
        let rights = Right.allCases.filter { policy.allows(caller, $0) }.map(\.rawValue)
        body.add("rights", raw: JSONText.list(rights))
        return body.text
    }
}
