// Which other sites' pages may call.

import Foundation
import Hummingbird
import HummingbirdTesting
import Testing

@testable import LyceumServer

@Suite("CORS")
struct CORSTests {
    private func withCORS(
        _ policy: CORSPolicy?,
        _ test: @Sendable (any TestClientProtocol) async throws -> Void
    ) async throws {
        let configuration = ServerConfiguration(
            port: 0,
            indexDirectory: URL(filePath: "/nonexistent"),
            limits: .patient,
            cors: policy
        )
        let server = try await Server(
            configuration: configuration,
            snapshots: StubSnapshots(),
            access: .forTests(),
            logger: LogLines().logger()
        )
        try await server.application().test(.router, test)
    }

    private func preflight(_ client: any TestClientProtocol, origin: String) async throws -> TestResponse {
        try await client.executeRequest(
            uri: "/v1/jobs/search",
            method: .options,
            headers: [.origin: origin, .accessControlRequestMethod: "POST"],
            body: nil
        )
    }

    @Test("without a policy no site may")
    func off() async throws {
        try await withCORS(nil) { client in
            let answer = try await client.get("/v1/jobs/search", [.origin: "https://portal.example.edu"])
            #expect(answer.headers[.accessControlAllowOrigin] == nil)
            #expect(answer.headers[.vary]?.contains("Origin") != true)
            let asked = try await preflight(client, origin: "https://portal.example.edu")
            #expect(asked.headers[.accessControlAllowMethods] == nil)
        }
    }

    @Test("sites that are listed may, others may not, and caches are told")
    func listed() async throws {
        let policy = try CORSPolicy(
            origins: ["https://Portal.example.edu:443", "http://localhost:3000"],
            allowsCredentials: true
        )
        try await withCORS(policy) { client in
            for origin in ["https://portal.example.edu", "http://localhost:3000"] {
                for path in ["/v1/jobs/search", "/nothing", "/v1/students/S-1"] {
                    let answer = try await client.get(path, [.origin: origin])
                    #expect(answer.headers[.accessControlAllowOrigin] == origin)
                    #expect(answer.headers[.accessControlAllowCredentials] == "true")
                    #expect(answer.headers[.accessControlExposeHeaders]?.contains("X-Request-Id") == true)
                    #expect(answer.headers[.vary]?.contains("Origin") == true)
                }
                let asked = try await preflight(client, origin: origin)
                #expect(asked.status == .noContent)
                #expect(asked.headers[.accessControlAllowOrigin] == origin)
                #expect(asked.headers[.accessControlAllowMethods] == "GET, HEAD, POST, OPTIONS")
                #expect(asked.headers[.accessControlAllowHeaders]?.contains("X-Purpose") == true)
                #expect(asked.headers[.accessControlMaxAge] == "600")
            }
            for origin in [
                "https://evil.example", "https://portal.example.edu.evil.example", "null", "http://portal.example.edu",
                "https://portal.example.edu:8443", "https://PORTAL.example.edu", "",
            ] {
                let answer = try await client.get("/v1/jobs/search", [.origin: origin])
                #expect(answer.status == .ok)
                #expect(answer.headers[.accessControlAllowOrigin] == nil)
                #expect(answer.headers[.vary]?.contains("Origin") == true)
                let asked = try await preflight(client, origin: origin)
                #expect(asked.headers[.accessControlAllowOrigin] == nil)
                #expect(asked.headers[.accessControlAllowMethods] == nil)
            }
            let none = try await client.get("/v1/jobs/search")
            #expect(none.headers[.accessControlAllowOrigin] == nil)
            #expect(none.headers[.vary]?.contains("Origin") == true)
        }
    }

    @Test("any site may if so configured, but never with credentials")
    func open() async throws {
        let policy = try CORSPolicy(origins: ["*"])
        try await withCORS(policy) { client in
            let answer = try await client.get("/v1/jobs/search", [.origin: "https://any.example"])
            #expect(answer.headers[.accessControlAllowOrigin] == "*")
            #expect(answer.headers[.accessControlAllowCredentials] == nil)
        }
        #expect(throws: ServerError.self) { try CORSPolicy(origins: ["*"], allowsCredentials: true) }
    }

    @Test(
        "what is no origin is refused",
        arguments: [
            "portal.example.edu", "https://portal.example.edu/", "https://portal.example.edu/app",
            "http://portal.example.edu",
            "https://*.example.edu", "null", "", "https://a@b.example", "ftp://a.example", "https://a.example?x",
        ]
    )
    func invalid(origin: String) {
        #expect { try CORSPolicy(origins: [origin]) } throws: { error in
            (error as? ServerError)?.code == .invalidConfiguration
        }
    }
}
