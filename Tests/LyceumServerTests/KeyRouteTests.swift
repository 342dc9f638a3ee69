// API keys over HTTP.

import Foundation
import Hummingbird
import HummingbirdTesting
import LyceumAccess
import Testing

@testable import LyceumServer

@Suite("Keys over HTTP")
struct KeyRouteTests {
    @Test("a key that is made opens what it should, is listed without its text, and opens nothing once revoked")
    func life() async throws {
        let record = TestRecord()
        try await withServer(record: record) { client in
            let headers = try await TestKeys.headers(.administrator)
            let body = #"{"name":"portal","role":"adviser","subject":"ADV-1","expires":"2099-01-01T00:00:00Z"}"#
            let made = try await client.post("/v1/keys", body, headers: headers)
            #expect(made.status == .created)
            let key = try made.object()
            let (id, text) = (try #require(key["id"] as? String), try #require(key["key"] as? String))
            #expect(made.headers[.location] == "/v1/keys/\(id)")
            #expect(key["subject"] as? String == "ADV-1")
            #expect(key["created_by"] as? String == (try await TestKeys.caller(.administrator).id))

            let adviser: HTTPFields = [.authorization: "Bearer \(text)", .xPurpose: "advising"]
            try await client.get("/v1/students/search", adviser).expect(.ok)
            let listed = try await client.get("/v1/keys", headers)
            #expect(listed.text.contains("\"\(id)\"") && !listed.text.contains(text))

            #expect(try await client.send(.delete, "/v1/keys/\(id)", headers).status == .noContent)
            try await client.get("/v1/students/search", adviser).problem("credential-refused", .unauthorized)
        }
        let actions = try record.lines().compactMap { $0["action"] as? String }
        #expect(actions.contains("key_created") && actions.contains("key_revoked"))
    }

    @Test(
        "a key that cannot be made is refused with the member at fault",
        arguments: [
            (#"{"name":"a"}"#, "role", HTTPResponse.Status.badRequest),
            (#"{"name":"a","role":"king"}"#, "role", .badRequest),
            (#"{"name":"a","role":"student"}"#, "subject", .unprocessableContent),
            (#"{"name":"","role":"auditor"}"#, "name", .unprocessableContent),
            (#"{"name":"a","role":"auditor","scopes":["students"]}"#, "scopes", .unprocessableContent),
            (#"{"name":"a","role":"auditor","scopes":"audit"}"#, "scopes", .badRequest),
            (#"{"name":"a","role":"auditor","expires":"soon"}"#, "expires", .badRequest),
            (#"{"name":"a","role":"auditor","admin":true}"#, "admin", .badRequest),
        ]
    )
    func refused(body: String, member: String, status: HTTPResponse.Status) async throws {
        try await withServer { client in
            let answer = try await client.post("/v1/keys", body, headers: TestKeys.headers(.administrator))
            #expect(answer.status == status, "\(answer.text)")
            #expect(try answer.object()["parameter"] as? String == member)
        }
    }

    @Test("a repeated request with an idempotency key gets the first answer and makes no second key")
    func idempotent() async throws {
        try await withServer { client in
            var headers = try await TestKeys.headers(.administrator)
            headers[.idempotencyKey] = "one-request-\(UUID().uuidString)"
            let body = #"{"name":"twice","role":"auditor"}"#
            let first = try await client.post("/v1/keys", body, headers: headers)
            let again = try await client.post("/v1/keys", body, headers: headers)
            #expect(first.status == .created && again.status == .created)
            #expect(first.text == again.text)
            #expect(first.headers[.idempotencyReplayed] == nil && again.headers[.idempotencyReplayed] == "true")
            let id = try #require(try first.object()["id"] as? String)
            let keys = try #require(try await client.get("/v1/keys", headers).object()["keys"] as? [[String: Any]])
            #expect(keys.filter { $0["name"] as? String == "twice" }.map { $0["id"] as? String } == [id])

            let other = #"{"name":"another","role":"auditor"}"#
            try await client.post("/v1/keys", other, headers: headers)
                .problem("idempotency-key-reused", .unprocessableContent)
            headers[.idempotencyKey] = "short"
            try await client.post("/v1/keys", body, headers: headers).problem("bad-parameter", .badRequest)
        }
    }

    @Test("a request that was refused leaves its idempotency key free")
    func refusedLeavesFree() async throws {
        try await withServer { client in
            var headers = try await TestKeys.headers(.administrator)
            headers[.idempotencyKey] = "another-request-\(UUID().uuidString)"
            try await client.post("/v1/keys", "{}", headers: headers).expect(.badRequest)
            let made = try await client.post("/v1/keys", #"{"name":"then","role":"auditor"}"#, headers: headers)
            #expect(made.status == .created)
        }
    }
}
