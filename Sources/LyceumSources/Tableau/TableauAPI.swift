// Tableau's REST API: the requests and answers that the connector needs.

import Foundation
import LyceumCore

/// Signs requests with a session of one personal access token.
///
/// A second sign-in with the same token ends the first session, so all requests of a source share one, and only the
/// error 401002 ("invalid authentication token") leads to a new sign-in, one forced by each request at most.
struct TableauAuthorization: Authorization {
    let tokens: TokenProvider

    func headers() async throws -> (headers: [(String, String)], token: AccessToken?) {
        let token = try await tokens.token()
        return ([("X-Tableau-Auth", token.secret.reveal())], token)
    }

    func isTokenRejected(status: Int, body: [UInt8]) -> Bool {
        status == 401 && TableauFault(body)?.code == "401002"
    }

    func reject(_ token: AccessToken) async -> Bool {
        await tokens.reject(token)
    }
}

/// An error as Tableau states it: `{"error": {"code", "summary", "detail"}}`, or `{"errorCode", "message"}` from the
/// VizQL Data Service.
struct TableauFault: Sendable, Hashable {
    var code: String
    var summary: String

    init?(_ body: [UInt8]) {
        guard let read = Self.json(body) ?? Self.xml(String(decoding: body, as: UTF8.self)) else { return nil }
        (code, summary) = read
    }

    private static func json(_ body: [UInt8]) -> (code: String, summary: String)? {
        guard let object = try? JSONSerialization.jsonObject(with: Data(body)) as? [String: Any] else { return nil }
        if let error = object["error"] as? [String: Any], let code = error["code"] as? String {
            return (code, error["summary"] as? String ?? "")
        }
        return (object["errorCode"] as? String).map { ($0, object["message"] as? String ?? "") }
    }

    /// Where no JSON is asked for, as with data, errors come as `<error code="401002"><summary>…</summary>…`.
    private static func xml(_ text: String) -> (code: String, summary: String)? {
        guard let match = text.firstMatch(of: /<error\s+code=["'](\d+)["']/) else { return nil }
        return (String(match.1), text.firstMatch(of: /<summary>([^<]*)</).map { String($0.1) } ?? "")
    }

    /// The fault behind an error of the HTTP client.
    init?(_ error: any Error) {
        guard let refused = (error as? SourceError)?.cause as? RefusedAnswer else { return nil }
        self.init(refused.body)
    }
}

/// A workbook, a view or a data source in a list.
struct TableauItem: Sendable, Hashable {
    var id: String
    var name: String
    /// When it was last changed, as the server writes it; nil if it does not say.
    var updatedAt: String?

    init?(_ entry: [String: Any]) {
        guard let id = entry["id"] as? String, let name = entry["name"] as? String else { return nil }
        self.id = id
        self.name = name
        updatedAt = entry["updatedAt"] as? String
    }
}

/// A page of a list: `{"pagination": {…}, "workbooks": {"workbook": […]}}`.
///
/// Numbers may be strings, and the inner array may be missing when it is empty.
struct TableauList: Sendable, Hashable {
    var items: [TableauItem] = []
    /// How many there are in all pages; nil if the server does not page this list.
    var total: Int?

    /// Reads a page of, for instance, `workbooks` of `workbook`.
    init(_ response: APIResponse, _ plural: String, _ singular: String) throws {
        guard let object = try? JSONSerialization.jsonObject(with: Data(response.body)) as? [String: Any],
            object[plural] != nil || object["pagination"] != nil
        else {
            throw SourceError(
                .malformed,
                "The answer is not a list of \(plural) in JSON; Tableau answers in XML if it does not know the Accept header.",
                location: response.location,
                isRetryable: true
            )
        }
        let list = (object[plural] as? [String: Any])?[singular] as? [[String: Any]] ?? []
        items = list.compactMap(TableauItem.init)
        guard let pagination = object["pagination"] as? [String: Any] else { return }
        total = Self.number(pagination["totalAvailable"])
    }

    private static func number(_ value: Any?) -> Int? {
        (value as? Int) ?? (value as? String).flatMap { Int($0) }
    }
}
