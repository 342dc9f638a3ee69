// Keys, and audit records, for tests.

import Foundation
import HTTPTypes
import Logging
import LyceumAccess
import LyceumAudit
import LyceumCore

@testable import LyceumServer

/// One API key for each role, in a real store in a temporary folder.
struct TestKeys: Sendable {
    /// Whose the keys of roles with a subject are.
    static let subjects: [Role: String] = [.student: "S-1", .adviser: "ADV-1", .employer: "Acme"]
    /// Made once for all tests.
    static let shared = Task { try await TestKeys() }

    let store: KeyStore
    let texts: [Role: String]

    /// A store of its own, with a key for each role.
    init() async throws {
        let folder = URL.temporaryDirectory.appending(path: "lyceum-server-keys-\(UUID().uuidString)")
        store = KeyStore(file: folder.appending(path: "keys.json"))
        var texts: [Role: String] = [:]
        for role in Role.allCases {
            let request = KeyRequest(name: "test", role: role, subject: Self.subjects[role], createdBy: "test")
            texts[role] = try await store.create(request).text.reveal()
        }
        self.texts = texts
    }

    /// An authenticator on the store, without limits that tests would meet.
    func authenticator() -> Authenticator {
        Authenticator(
            settings: AccessSettings(keys: store.file, rateLimits: Self.limits),
            logger: Logger(label: "test")
        )
    }

    static var limits: RateLimits {
        var failures = RateLimits.Failures()
        (failures.free, failures.most) = (1_000_000, 2_000_000)
        let unlimited = RateLimits.Allowance(perSecond: 1_000_000, burst: 1_000_000)
        var limits = RateLimits(roles: [:], standard: unlimited, failures: failures)
        limits.anonymous = unlimited
        return limits
    }

    /// The caller that a role's key stands for.
    static func caller(_ role: Role) async throws -> Caller {
        try await shared.value.store.verify(text(role)).caller
    }

    /// A role's key.
    static func text(_ role: Role) async throws -> String {
        try await shared.value.texts[role] ?? ""
    }

    /// A role's key, and a purpose of that role.
    static func headers(_ role: Role, purpose: Bool = true) async throws -> HTTPFields {
        var headers: HTTPFields = [.authorization: "Bearer \(try await text(role))"]
        if purpose { headers[.xPurpose] = purposes[role] }
        return headers
    }

    private static let purposes: [Role: String] = [
        .student: "own-record", .adviser: "advising", .registrar: "registration", .employer: "recruiting",
        .analyst: "research",
    ]
}

/// The folder of an audit record that is removed when the test is over.
final class TestRecord: Sendable {
    let url = URL.temporaryDirectory.appending(path: "lyceum-server-audit-\(UUID().uuidString)")
    let secret = AuditKey.generate()

    deinit { try? FileManager.default.removeItem(at: url) }

    func open() async throws -> AuditLog {
        try await AuditLog.open(url, key: try AuditKey(secret), logger: Logger(label: "test"))
    }

    /// The lines of the record, as JSON objects.
    func lines() throws -> [[String: Any]] {
        try FileManager.default.contentsOfDirectory(at: url, includingPropertiesForKeys: nil)
            .filter { $0.pathExtension == "jsonl" }
            .sorted { $0.lastPathComponent < $1.lastPathComponent }
            .flatMap { try String(contentsOf: $0, encoding: .utf8).split(separator: "\n") }
            .compactMap { try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any] }
    }

    /// Every byte that is in the folder.
    func text() throws -> String {
        try FileManager.default.contentsOfDirectory(at: url, includingPropertiesForKeys: nil)
            .map { String(decoding: try Data(contentsOf: $0), as: UTF8.self) }.joined()
    }
}

extension ServerAccess {
    /// The keys of ``TestKeys``, the bundled policy and a record of its own, where nothing else is given.
    static func forTests(
        policy: Policy? = nil,
        record: TestRecord = TestRecord(),
        audit: AuditLog? = nil,
        keys: TestKeys? = nil
    ) async throws -> ServerAccess {
        let log: AuditLog
        if let audit { log = audit } else { log = try await record.open() }
        let store: TestKeys
        if let keys { store = keys } else { store = try await TestKeys.shared.value }
        return try ServerAccess(
            authenticator: store.authenticator(),
            policy: policy ?? Policy.bundled(),
            audit: log
        )
    }
}
