// An API key that somebody wants made.

import Foundation
import LyceumAccess
import LyceumCore

/// The body of `POST /v1/keys`: `{"name", "role", "subject"?, "scopes"?, "expires"?}`.
struct NewKeyRequest: Sendable {
    let key: KeyRequest

    /// Reads the body.
    ///
    /// - Throws: ``Problem`` 400 that names the member.
    init(json: Data, by caller: String) throws {
        let names = ["name", "role", "subject", "scopes", "expires"]
        guard let object = try? JSONSerialization.jsonObject(with: json) as? [String: Any] else {
            throw Problem.badRequest(
                "bad-json",
                "The body is not a JSON object",
                "Send one JSON object in UTF-8, such as {\"name\": \"portal\", \"role\": \"registrar\"}."
            )
        }
        if let name = object.keys.filter({ !names.contains($0) }).min() {
            throw SearchParameters.unknown(name, known: names)
        }
        func text(_ name: String) throws -> String? {
            guard let value = object[name], !(value is NSNull) else { return nil }
            guard let text = value as? String else {
                throw Problem.badParameter(name, "The member '\(name)' must be a text.")
            }
            return text
        }
        guard let role = try text("role").flatMap(Role.init) else {
            let known = Role.allCases.map(\.rawValue).joined(separator: ", ")
            throw Problem.badParameter("role", "The member 'role' must be one of: \(known).")
        }
        var scopes: Set<Scope>?
        if let given = object["scopes"], !(given is NSNull) {
            guard let texts = given as? [String] else {
                throw Problem.badParameter("scopes", "The member 'scopes' must be a list of texts.")
            }
            scopes = Set(
                try texts.map { text in
                    guard let scope = Scope(rawValue: text) else {
                        let known = Scope.allCases.map(\.rawValue).joined(separator: ", ")
                        throw Problem.badParameter("scopes", "A scope is one of: \(known).")
                    }
                    return scope
                }
            )
        }
        let expires = try text("expires").map { text in
            guard let date = Timestamp.parse(text) else {
                throw Problem.badParameter(
                    "expires",
                    "The member 'expires' must be a time such as 2027-06-30T00:00:00Z."
                )
            }
            return date
        }
        key = KeyRequest(
            name: try text("name") ?? "",
            role: role,
            subject: try text("subject"),
            scopes: scopes,
            expires: expires,
            createdBy: caller
        )
    }
}
