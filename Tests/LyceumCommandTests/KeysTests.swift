// `lyceum keys`, by the program and beside it.

import Foundation
import LyceumAccess
import Testing

@testable import lyceum

@Suite("API keys on the command line", .timeLimit(.minutes(5)))
struct KeysTests {
    private let folder: URL
    private var file: URL { folder.appending(path: "access/keys.json") }

    init() throws {
        folder = try Program.temporaryFolder("keys")
        try Data("sources: {files: {type: files, path: .}}\n".utf8).write(to: folder.appending(path: "lyceum.yaml"))
    }

    private func create(_ arguments: String...) async throws -> [String: Any] {
        let outcome = try await Program.run(["keys", "create"] + arguments + ["--json"], in: folder)
        try #require(outcome.status == 0, "\(outcome.errors)")
        return try outcome.json()
    }

    @Test("a key is printed once, opens what it should, and is revoked at once for a process that knew it")
    func life() async throws {
        let made = try await create("--role", "adviser", "--subject", "A-7", "--scope", "students", "--expires", "90d")
        let key = try #require(made["key"] as? String)
        let id = try #require(made["id"] as? String)
        #expect(made["role"] as? String == "adviser" && made["subject"] as? String == "A-7")
        #expect(made["scopes"] as? [String] == ["students"])
        let store = KeyStore(file: file)
        let record = try store.verify(key)
        #expect(record.subject == "A-7" && record.scopes == [.students])
        let lifetime = try #require(record.expires).timeIntervalSince(record.created)
        #expect(lifetime == 90 * 86_400)

        let listed = try await Program.run("keys", "list", "--json", in: folder)
        #expect(!listed.output.contains(key) && !listed.output.contains(record.sha256))
        let entry = try #require((try listed.json()["keys"] as? [[String: Any]])?.first)
        #expect(entry["state"] as? String == "active" && entry["key"] == nil)

        let revoked = try await Program.run("keys", "revoke", id, "--json", in: folder)
        #expect(try revoked.json()["state"] as? String == "revoked")
        #expect(throws: AccessError.self) { try store.verify(key) }
        let active = try await Program.run("keys", "list", "--active", "--json", in: folder)
        #expect((try active.json()["keys"] as? [Any])?.isEmpty == true)
        let text = try await Program.run("keys", "list", in: folder)
        #expect(text.status == 0 && text.output.contains("revoked") && text.output.contains(id))
    }

    @Test("people see the key, what it opens and how to end it")
    func text() async throws {
        let outcome = try await Program.run("keys", "create", "--role", "registrar", in: folder)
        #expect(outcome.status == 0, "\(outcome.errors)")
        let key = try #require(outcome.output.firstMatch(of: /lyc_[a-z0-9]{12}_[A-Za-z0-9]{43}/))
        let record = try KeyStore(file: file).verify(String(key.output))
        #expect(outcome.output.contains("keys revoke \(record.id)"))
        #expect(outcome.output.contains("runs, students"))
        // Without a word on it a key ends.
        #expect(record.expires != nil)
    }

    @Test("of keys made by several processes at once none is lost")
    func concurrent() async throws {
        let ids = try await withThrowingTaskGroup(of: String.self) { group in
            for number in 0..<8 {
                group.addTask {
                    let made = try await create("--role", "registrar", "--name", "\(number)")
                    return try #require(made["id"] as? String)
                }
            }
            return try await group.reduce(into: Set<String>()) { $0.insert($1) }
        }
        #expect(ids.count == 8)
        #expect(Set(try KeyStore(file: file).list().map(\.id)) == ids)
    }

    @Test(
        "what cannot be is said, with the right exit status",
        arguments: [
            (["create", "--role", "dean"], 64, "dean"), (["create"], 64, "--role"),
            (["create", "--role", "registrar", "--expires", "soon"], 64, "soon"),
            (["create", "--role", "registrar", "--expires", "2020-01-01"], 1, "expired before it was made"),
            (["create", "--role", "student"], 1, "needs a subject"),
            (["create", "--role", "registrar", "--subject", "S-1"], 1, "have no subject"),
            (["create", "--role", "adviser", "--subject", "A", "--scope", "audit"], 1, "does not open audit"),
            (["revoke", "aaaaaaaaaaaa"], 1, "no key with this id"), (["generate", "x"], 64, "generate"),
        ] as [([String], Int32, String)]
    )
    func refused(arguments: [String], status: Int32, words: String) async throws {
        let outcome = try await Program.run(["keys"] + arguments, in: folder)
        #expect(outcome.status == status, "\(outcome.errors)")
        #expect(outcome.output.isEmpty)
        #expect(outcome.errors.contains(words), "\(outcome.errors)")
    }

    @Test("a damaged store is an error of every command, and is left as it is")
    func damaged() async throws {
        _ = try await create("--role", "registrar")
        try Data("{".utf8).write(to: file)
        for arguments in [["list"], ["revoke", "aaaaaaaaaaaa"], ["create", "--role", "registrar"]] {
            let outcome = try await Program.run(["keys"] + arguments + ["--json"], in: folder)
            #expect(outcome.status == 1)
            #expect(try outcome.errorObject()["code"] as? String == "key_store_unreadable")
        }
        #expect(try Data(contentsOf: file) == Data("{".utf8))
    }

    @Test(
        "ends of keys are read as people write them",
        arguments: [
            ("90d", "2027-04-01T12:00:00Z"), ("12h", "2027-01-02T00:00:00Z"), ("2w", "2027-01-15T12:00:00Z"),
            ("2027-06-30", "2027-07-01T00:00:00Z"), ("2027-06-30T08:00:00Z", "2027-06-30T08:00:00Z"),
        ]
    )
    func expiry(text: String, date: String) throws {
        let now = try #require(try? Date("2027-01-01T12:00:00Z", strategy: .iso8601))
        let expiry = try #require(KeyExpiry(argument: text))
        #expect(expiry.date(from: now)?.formatted(.iso8601) == date)
    }

    @Test(
        "what is no time is refused",
        arguments: ["", "0d", "-1d", "90", "d", "2027-02-30", "tomorrow", "90 d", "9999999d"]
    )
    func noExpiry(text: String) {
        #expect(KeyExpiry(argument: text) == nil)
        #expect(KeyExpiry(argument: "never") == .never)
    }
}
