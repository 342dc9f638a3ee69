// Tableau's REST API: the requests and answers that the connector needs.

import Foundation
import LyceumCore

/// Signs requests with a session of one personal access token.
///
/// A second sign-in with the same token ends the first session, so all requests of a source share one, and only the
/// error 401002 ("invalid authentication token") leads to a new sign-in, once a request.
struct TableauAuthorization: Authorization {
    let tokens: TokenProvider

    func headers() async throws -> (headers: [(String, String)], token: AccessToken?) {
        let token = try await tokens.token()
        return ([("X-Tableau-Auth", token.secret.reveal())], token)
    }

    func isTokenRejected(status: Int, body: [UInt8]) -> Bool {
        status == 401 && TableauFault(body)?.code == "401002"
    }

    func reject(_ token: AccessToken) async {
        await tokens.reject(token)
    }
}

/// An error as Tableau states it: `{"error": {"code", "summary", "detail"}}`.
struct TableauFault: Sendable, Hashable {
    var code: String
    var summary: String

    init?(_ body: [UInt8]) {
        guard let object = try? JSONSerialization.jsonObject(with: Data(body)) as? [String: Any],
            let error = object["error"] as? [String: Any], let code = error["code"] as? String
        else { return nil }
        self.code = code
        summary = error["summary"] as? String ?? ""
    }
}

/// A workbook or a view in a list.
struct TableauItem: Sendable, Hashable {
    var id: String
    var name: String
}

/// A page of a list: `{"pagination": {…}, "workbooks": {"workbook": […]}}`.
///
/// Numbers may be strings, and the inner array may be missing when it is empty.
struct TableauList: Sendable, Hashable {
    var items: [TableauItem] = []
    var pageNumber = 1
    var pageSize = 100
    var totalAvailable = 0

    /// Whether there is another page.
    var hasMore: Bool { pageNumber * pageSize < totalAvailable && !items.isEmpty }

    /// Reads a page of, for instance, `workbooks` of `workbook`.
    init(_ response: APIResponse, _ plural: String, _ singular: String) throws {
        guard let object = try? JSONSerialization.jsonObject(with: Data(response.body)) as? [String: Any] else {
            throw SourceError(
                .malformed,
                "The answer is not JSON; Tableau answers in XML if it does not know the Accept header.",
                location: response.location,
                isRetryable: true
            )
        }
        let list = (object[plural] as? [String: Any])?[singular] as? [[String: Any]] ?? []
        items = list.compactMap { entry in
            guard let id = entry["id"] as? String, let name = entry["name"] as? String else { return nil }
            return TableauItem(id: id, name: name)
        }
        guard let pagination = object["pagination"] as? [String: Any] else { return }
        pageNumber = Self.number(pagination["pageNumber"]) ?? 1
        pageSize = Self.number(pagination["pageSize"]) ?? 100
        totalAvailable = Self.number(pagination["totalAvailable"]) ?? items.count
    }

    private static func number(_ value: Any?) -> Int? {
        (value as? Int) ?? (value as? String).flatMap { Int($0) }
    }
}
