// The section `server` of `lyceum.yaml`: keys, identity provider and limits.

import Foundation
import LyceumAccess
import Testing

@testable import LyceumPipeline

private func parse(_ server: String, _ environment: [String: String] = [:]) throws -> Configuration.ServerSettings {
    let text = "sources: {files: {type: files, path: .}}\nserver:\n" + server
    return try Configuration.parse(text, file: URL(filePath: "/etc/lyceum/lyceum.yaml"), environment: environment)
        .server
}

@Test("Without a word on it, keys stand beside the configuration, no provider is trusted, and limits hold")
func accessDefaults() throws {
    let settings = try parse("  port: 1\n").access
    #expect(settings == AccessSettings(keys: URL(filePath: "/etc/lyceum/access/keys.json")))
    #expect(settings.oidc == nil && settings.rateLimits.allowance(of: .student).burst > 0)
}

@Test("An identity provider and limits are read in full")
func accessInFull() throws {
    let settings = try parse(
        """
          keys: /var/lib/lyceum/keys.json
          oidc:
            issuer: ${ISSUER}
            audience: [lyceum, "https://lyceum.example.edu"]
            jwks_uri: https://login.example.edu/keys
            algorithms: [PS256]
            clock_skew: 5
            claims:
              role: realm_access.roles
              subject: {student: sid, adviser: eid}
              roles: {"/campus/students": student, advisers: adviser}
          rate_limits:
            default: {per_second: 2.5}
            anonymous: {per_second: 3, burst: 9}
            registrar: {per_second: 100, burst: 7}
            failures: {free: 2, most: 9, refusal: 60}
        """,
        ["ISSUER": "https://login.example.edu/realms/campus"]
    ).access
    #expect(settings.keys.path == "/var/lib/lyceum/keys.json")
    let expected = try OIDCSettings(
        issuer: "https://login.example.edu/realms/campus",
        audiences: ["lyceum", "https://lyceum.example.edu"],
        jwksURI: "https://login.example.edu/keys",
        algorithms: [.ps256],
        clockSkew: .seconds(5),
        claims: ClaimMapping(
            role: "realm_access.roles",
            subjects: [.student: "sid", .adviser: "eid"],
            roles: ["/campus/students": .student, "advisers": .adviser]
        )
    )
    #expect(settings.oidc == expected)
    #expect(settings.rateLimits.standard == .init(perSecond: 2.5, burst: 5))
    #expect(settings.rateLimits.anonymous == .init(perSecond: 3, burst: 9))
    #expect(settings.rateLimits.allowance(of: .registrar) == .init(perSecond: 100, burst: 7))
    #expect(settings.rateLimits.failures.free == 2 && settings.rateLimits.failures.most == 9)
    #expect(settings.rateLimits.failures.refusal == .seconds(60))
}

@Test("Doctor says whether the key store can be used and whether the identity provider answers")
func accessDoctor() async throws {
    let folder = URL(filePath: NSTemporaryDirectory()).appending(path: "lyceum-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    // Nothing listens on the first port of this machine.
    let text = """
        sources: {files: {type: files, path: .}}
        server: {oidc: {issuer: "http://127.0.0.1:1", audience: a, \(claims)}}
        """
    let configuration = try Configuration.parse(text, file: folder.appending(path: "lyceum.yaml"), environment: [:])
    let pipeline = Pipeline(configuration: configuration, project: try Project.bundled())
    func checks() async -> [String: Bool] {
        Dictionary(uniqueKeysWithValues: await pipeline.diagnoseAccess().map { ($0.subject, $0.ok) })
    }
    #expect(await checks() == ["key store": true, "identity provider": false])
    let store = KeyStore(file: configuration.server.access.keys)
    _ = try await store.create(KeyRequest(name: "n", role: .registrar, createdBy: "test"))
    #expect(await pipeline.diagnoseAccess().first?.finding == "1 of 1 API keys open something")
    try Data("{".utf8).write(to: store.file)
    #expect(await checks() == ["key store": false, "identity provider": false])
    for check in await pipeline.diagnoseAccess() { #expect(check.mend?.isEmpty == false) }
}

private let claims = "claims: {role: groups, roles: {r: registrar}}"

@Test(
    "Faults of the section are told with their line",
    arguments: [
        ("  api_key: ${KEY}\n", ":3: 'server.api_key' is no more"),
        ("  key: x\n", ":3: unknown key 'server.key'; did you mean 'keys'?"),
        (
            "  port: 1\n  oidc: {issuer: \"http://login.example.edu\", audience: a, \(claims)}\n",
            ":4: 'issuer' must be an https"
        ),
        ("  oidc: {audience: a, \(claims)}\n", "'server.oidc.issuer' is missing"),
        ("  oidc: {issuer: \"https://a.example\", \(claims)}\n", "'audience' is missing"),
        ("  oidc: {issuer: \"https://a.example\", audience: a}\n", "'oidc.claims' is missing"),
        (
            "  oidc:\n    issuer: https://a.example\n    audience: a\n    algorithms: [none]\n    \(claims)\n",
            ":6: 'algorithms' has 'none'"
        ),
        ("  oidc: {issuer: \"https://a.example\", audience: a, algorithms: [HS256], \(claims)}\n", "has 'HS256'"),
        ("  oidc: {issuer: \"https://a.example\", audience: a, algorithms: [], \(claims)}\n", "'algorithms' is empty"),
        (
            "  oidc: {issuer: \"https://a.example\", audience: a, clock_skew: 3600, \(claims)}\n",
            "must lie between 0 and 600"
        ),
        (
            "  oidc: {issuer: \"https://a.example\", audience: a, secret: x, \(claims)}\n",
            "unknown key 'server.oidc.secret'"
        ),
        (
            "  oidc: {issuer: \"https://a.example\", audience: a, claims: {role: g, roles: {x: dean}}}\n",
            "'dean'; it must be one of"
        ),
        (
            "  oidc: {issuer: \"https://a.example\", audience: a, claims: {role: g, roles: {x: student}}}\n",
            "'claims.subject' is missing"
        ),
        ("  rate_limits: {default: {burst: 3}}\n", "'default.per_second' must be a number"),
        ("  rate_limits: {default: {per_second: 0}}\n", "'default.per_second' must be a number"),
        ("  rate_limits: {studnet: {per_second: 1}}\n", "did you mean 'student'?"),
        ("  rate_limits: {failures: {free: 9, most: 9}}\n", "must be more than 'failures.free'"),
    ]
)
func accessFaults(server: String, message: String) {
    let error = #expect(throws: PipelineError.self) { try parse(server) }
    #expect(error?.code == .badConfiguration)
    #expect(error.map { "\($0)" }?.contains(message) == true, "\(error.map { "\($0)" } ?? "")")
}
