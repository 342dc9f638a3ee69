// The OpenAPI document says what the routes do.

import Foundation
import HummingbirdTesting
import LyceumAccess
import Testing

@testable import LyceumServer

@Suite("OpenAPI")
struct OpenAPITests {
    let document: [String: Any]
    /// Those of the interface; pages for people are no part of the contract.
    let routes: [Route]

    init() async throws {
        let configuration = ServerConfiguration(indexDirectory: URL(filePath: "/nonexistent"))
        let server = try await Server(
            configuration: configuration,
            snapshots: StubSnapshots(),
            access: .forTests(),
            logger: LogLines().logger()
        )
        routes = RouteTable(server.services).routes.filter { !$0.isPage }
        let file = try #require(try PageStore()[path: "/openapi.json"])
        document = try #require(try JSONSerialization.jsonObject(with: file.data) as? [String: Any])
    }

    private func operations() throws -> [String: [String: Any]] {
        let paths = try #require(document["paths"] as? [String: [String: Any]])
        var operations: [String: [String: Any]] = [:]
        for (path, methods) in paths {
            for (method, operation) in methods {
                operations["\(method.uppercased()) \(path)"] = try #require(operation as? [String: Any])
            }
        }
        return operations
    }

    @Test("it is OpenAPI 3.1 and names the routes there are, no more and no fewer")
    func describesRoutes() throws {
        #expect(document["openapi"] as? String == "3.1.0")
        let described = Set(try operations().keys)
        let served = Set(routes.map { "\($0.method.rawValue) \($0.template)" })
        #expect(described == served)
    }

    @Test("each operation asks for a key where the route does, and only there")
    func security() throws {
        let operations = try operations()
        for route in routes {
            let operation = try #require(operations["\(route.method.rawValue) \(route.template)"])
            let security = try #require(operation["security"] as? [[String: Any]])
            let isGuarded = try needsCredential(route)
            #expect(security.isEmpty != isGuarded, "\(route.template)")
            let responses = try #require(operation["responses"] as? [String: Any])
            #expect(responses["401"] != nil || !isGuarded, "\(route.template)")
            #expect(responses["default"] != nil, "\(route.template)")
        }
    }

    private func needsCredential(_ route: Route) throws -> Bool {
        switch route.access {
        case .open: false
        case .credential, .right: true
        case .collection(let collection, let action):
            try Policy.bundled().grant(nil, collection.rawValue)?.actions.contains(action) != true
        }
    }

    @Test("each operation names the query parameters that the route takes, and its path parameters")
    func parameters() throws {
        let operations = try operations()
        for route in routes {
            let operation = try #require(operations["\(route.method.rawValue) \(route.template)"])
            let described = try (operation["parameters"] as? [[String: Any]] ?? []).map { try resolved($0) }
            let query = described.filter { $0["in"] as? String == "query" }.compactMap { $0["name"] as? String }
            #expect(Set(query) == Set(route.parameters), "\(route.template)")
            let path = described.filter { $0["in"] as? String == "path" }.compactMap { $0["name"] as? String }
            let inTemplate = route.template.split(separator: "/").filter { $0.first == "{" }
                .map { String($0.dropFirst().dropLast()) }
            #expect(path == inTemplate, "\(route.template)")
        }
    }

    @Test("the body's members are the parameters of the GET, with the same limits")
    func body() throws {
        let schema = try #require(try resolved(["$ref": "#/components/schemas/SearchRequest"]) as [String: Any]?)
        let properties = try #require(schema["properties"] as? [String: [String: Any]])
        #expect(Set(properties.keys) == Set(SearchParameters.names))
        let limits = ServerConfiguration.Limits()
        #expect(properties["limit"]?["maximum"] as? Int == limits.hits)
        #expect(properties["offset"]?["maximum"] as? Int == limits.offset)
        #expect(properties["q"]?["maxLength"] as? Int == limits.queryCharacters)
    }

    @Test("the document says how what is to go is announced, and what is deprecated in it has the headers that say so")
    func deprecation() throws {
        let info = try #require(document["info"] as? [String: Any])
        let description = try #require(info["description"] as? String)
        for word in ["Deprecation", "RFC 9745", "Sunset", "RFC 8594", "a year ahead"] {
            #expect(description.contains(word), "\(word)")
        }
        for (name, operation) in try operations() where operation["deprecated"] as? Bool == true {
            let responses = try #require(operation["responses"] as? [String: [String: Any]])
            let headers = responses["200"]?["headers"] as? [String: Any]
            #expect(headers?["Deprecation"] != nil && headers?["Sunset"] != nil, "\(name)")
        }
    }

    @Test("every answer of a page that has a next one documents its link, and every operation of the API its limit")
    func links() throws {
        for (name, operation) in try operations() where name.contains(" /v1/") {
            let responses = try #require(operation["responses"] as? [String: [String: Any]])
            #expect(responses["429"] != nil, "\(name)")
            let isPaged = (name.hasPrefix("GET ") && name.hasSuffix("/search")) || name == "GET /v1/audit"
            let headers = responses["200"]?["headers"] as? [String: Any]
            #expect((headers?["Link"] != nil) == isPaged, "\(name)")
        }
    }

    @Test("every reference leads somewhere and every operation has a name of its own")
    func references() throws {
        var queue: [Any] = [document]
        var count = 0
        while let next = queue.popLast() {
            if let object = next as? [String: Any] {
                if object["$ref"] is String {
                    _ = try resolved(object)
                    count += 1
                }
                queue += object.values
            } else if let list = next as? [Any] {
                queue += list
            }
        }
        #expect(count > 50)
        let names = try operations().values.compactMap { $0["operationId"] as? String }
        #expect(names.count == routes.count)
        #expect(Set(names).count == names.count)
    }

    @Test("the examples of bodies are accepted")
    func examples() throws {
        for (name, operation) in try operations() {
            guard let body = operation["requestBody"] as? [String: Any],
                let content = body["content"] as? [String: [String: Any]],
                let example = content["application/json"]?["example"]
            else { continue }
            let data = try JSONSerialization.data(withJSONObject: example)
            if name.contains("/recommendations/") {
                _ = try ProfileRequest(json: data, limits: .init())
                continue
            }
            if name.contains("/v1/keys") {
                _ = try NewKeyRequest(json: data, by: "test")
                continue
            }
            let parameters = try SearchParameters(json: data, limits: .init())
            #expect(parameters.query.isEmpty == false, "\(name)")
        }
    }

    @Test("each JSON answer has the members its schema requires")
    func answers() async throws {
        let schemas = [
            ("/v1/jobs/search", "SearchResult"), ("/v1/students/S-1/recommendations/jobs", "RecommendationResult"),
            ("/v1/jobs/J-1", "JobPosting"), ("/v1/courses/AAA-2013J", "Course"),
            ("/v1/students/S-1", "StudentProfile"), ("/v1/runs/\(StubRuns.id)", "Run"), ("/v1/nothing", "Problem"),
        ]
        let expected = try schemas.map { path, schema in
            let required = try resolved(["$ref": "#/components/schemas/\(schema)"])["required"] as? [String]
            return (path, try #require(required))
        }
        try await withServer(runs: StubRuns()) { client in
            for (path, required) in expected {
                let answer = try await client.getWithKey(path).object()
                for member in required { #expect(answer[member] != nil, "\(path) lacks \(member)") }
            }
        }
    }

    private func resolved(_ object: [String: Any]) throws -> [String: Any] {
        guard let reference = object["$ref"] as? String else { return object }
        var current: Any = document
        for part in reference.dropFirst(2).split(separator: "/") {
            let members = try #require(current as? [String: Any])
            current = try #require(members[String(part)], "\(reference) leads nowhere")
        }
        return try #require(current as? [String: Any])
    }
}
