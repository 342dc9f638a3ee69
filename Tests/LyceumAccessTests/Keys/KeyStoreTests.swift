// API keys: made, presented, revoked, expired; by several writers at once.

import Foundation
import LyceumCore
import Testing

@testable import LyceumAccess

@Suite("The key store")
struct KeyStoreTests {
    private let folder: TemporaryFolder
    private let file: URL
    private let clock = TestClock()
    private let store: KeyStore

    init() throws {
        folder = try TemporaryFolder()
        file = folder.url.appending(path: "access/keys.json")
        store = KeyStore(file: file, clock: clock.clock)
    }

    private func adviser(_ name: String = "desk", scopes: Set<Scope>? = nil, expires: Date? = nil) -> KeyRequest {
        KeyRequest(name: name, role: .adviser, subject: "A-7", scopes: scopes, expires: expires, createdBy: "test")
    }

    private func refusal(_ key: String) -> AccessError.Code? {
        #expect(throws: AccessError.self) { try store.verify(key) }?.code
    }

    @Test("a key stands for the caller it was made for, and the file holds its hash and not the key")
    func create() async throws {
        let (record, text) = try await store.create(adviser())
        let key = text.reveal()
        #expect(key.wholeMatch(of: /lyc_[a-z0-9]{12}_[A-Za-z0-9]{43}/) != nil)
        let found = try store.verify(key)
        #expect(found == record)
        #expect(
            found.caller == Caller(id: "key:\(record.id)", role: .adviser, subject: "A-7", credential: .key(record.id))
        )
        #expect(found.scopes == Role.adviser.scopes)
        let written = try String(contentsOf: file, encoding: .utf8)
        let secret = try #require(key.split(separator: "_").last)
        #expect(!written.contains(secret))
        #expect(written.contains(ContentHash.of(key)))
    }

    @Test("the file is its owner's alone, in a folder that is too, and leaves nothing else behind")
    func permissions() async throws {
        _ = try await store.create(adviser())
        func mode(_ url: URL) throws -> Int {
            let attributes = try FileManager.default.attributesOfItem(atPath: url.path)
            return try #require((attributes[.posixPermissions] as? NSNumber)?.intValue)
        }
        #expect(try mode(file) == 0o600)
        #expect(try mode(file.deletingLastPathComponent()) == 0o700)
        let names = try FileManager.default.contentsOfDirectory(atPath: file.deletingLastPathComponent().path)
        #expect(Set(names) == ["keys.json", "keys.json.lock"])
    }

    @Test("a revoked key opens nothing from that moment on, whoever revoked it, and stays in the list")
    func revoke() async throws {
        let (record, text) = try await store.create(adviser())
        let (_, other) = try await store.create(adviser("other"))
        _ = try store.verify(text.reveal())
        // Another store over the same file is what another process is: the two share nothing but the file.
        try await KeyStore(file: file).revoke(record.id, by: "someone")
        #expect(refusal(text.reveal()) == .credentialRefused)
        _ = try store.verify(other.reveal())
        let listed = try #require(try store.list().first { $0.id == record.id })
        #expect(listed.revoked != nil && listed.revokedBy == "someone")
    }

    @Test("revoking twice keeps the first time, and a whole key may be given for its id")
    func revokeTwice() async throws {
        let (_, text) = try await store.create(adviser())
        let first = try await store.revoke(text.reveal(), by: "one")
        clock.advance(by: .seconds(60))
        let second = try await store.revoke(first.id, by: "two")
        #expect(second.revokedBy == "one")
        #expect(abs(second.revoked?.timeIntervalSince(first.revoked ?? .distantPast) ?? 99) < 1)
        let unknown = await #expect(throws: AccessError.self) { try await store.revoke("aaaaaaaaaaaa", by: "one") }
        #expect(unknown?.code == .keyUnknown)
    }

    @Test("many keys in a row: each change is seen by a reader that looked just before it")
    func changesAreSeenAtOnce() async throws {
        let writer = KeyStore(file: file, clock: clock.clock)
        for round in 0..<40 {
            let (record, text) = try await writer.create(adviser("round \(round)"))
            _ = try store.verify(text.reveal())
            try await writer.revoke(record.id, by: "test")
            #expect(refusal(text.reveal()) == .credentialRefused, "round \(round)")
        }
    }

    @Test("a change that leaves the file as large as it was is seen at once, in place and by another file")
    func changesOfEqualSize() async throws {
        let key = try await store.create(adviser()).text.reveal()
        let sound = try String(contentsOf: file, encoding: .utf8)
        let hash = ContentHash.of(key)
        let other = sound.replacing(hash, with: String(hash.reversed()))
        #expect(other != sound && other.utf8.count == sound.utf8.count)
        for round in 0..<60 {
            if round.isMultiple(of: 3) {
                // Long enough that the store takes the file for settled and keeps what it read.
                try await Task.sleep(for: .milliseconds(30))
                _ = try? store.verify(key)
            }
            let isSound = !round.isMultiple(of: 2)
            let data = Data((isSound ? sound : other).utf8)
            if round % 4 < 2 {
                try data.write(to: file)
            } else {
                let draft = folder.url.appending(path: "draft")
                try data.write(to: draft)
                try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: draft.path)
                #expect(rename(draft.path, file.path) == 0)
            }
            #expect(((try? store.verify(key)) != nil) == isSound, "round \(round)")
        }
    }

    @Test("writers wait for whoever holds the lock, and then go on from what that one left")
    func writersWait() async throws {
        _ = try await store.create(adviser())
        var lock: KeyFileLock? = try await KeyFileLock(file.appendingPathExtension("lock"))
        let writers = (0..<2).map { number in
            Task {
                try await KeyStore(file: file).create(KeyRequest(name: "\(number)", role: .registrar, createdBy: "t"))
            }
        }
        try await Task.sleep(for: .milliseconds(300))
        #expect(try store.list().count == 1)
        withExtendedLifetime(lock) {}
        lock = nil
        for writer in writers { _ = try await writer.value }
        #expect(try store.list().count == 3)
    }

    @Test("an expired key is refused like any other bad one")
    func expiry() async throws {
        let (_, text) = try await store.create(adviser(expires: clock.now.addingTimeInterval(100)))
        clock.advance(by: .seconds(99))
        _ = try store.verify(text.reveal())
        clock.advance(by: .seconds(1))
        #expect(refusal(text.reveal()) == .credentialRefused)
    }

    @Test("every way of being wrong gives the same answer, word for word")
    func oneAnswer() async throws {
        let (record, text) = try await store.create(adviser())
        let (gone, revoked) = try await store.create(adviser("gone"))
        try await store.revoke(gone.id, by: "test")
        let key = text.reveal()
        let wrongSecret = String(key.dropLast()) + (key.hasSuffix("a") ? "b" : "a")
        let unknownID = key.replacing(record.id, with: "zzzzzzzzzzzz")
        let wrong = [
            wrongSecret, unknownID, revoked.reveal(), "", "lyc_", key + "a", String(key.dropLast()), key.uppercased(),
            String(repeating: "x", count: key.utf8.count), "lyc_\(record.id)_", " " + key.dropFirst(),
            key.replacing("_", with: "-"), String(repeating: "é", count: 30),
            "lyc_" + String(repeating: "_", count: 56),
        ]
        for candidate in wrong {
            let error = #expect(throws: AccessError.self) { try store.verify(candidate) }
            #expect(error?.description == AccessError.credentialRefused.description, "\(candidate)")
            #expect(error?.code == .credentialRefused)
        }
        _ = try store.verify(key)
    }

    @Test("of keys made by many writers at once none is lost")
    func concurrentWriters() async throws {
        let keys = try await withThrowingTaskGroup(of: [String].self) { group in
            for writer in 0..<4 {
                group.addTask { [file] in
                    let store = KeyStore(file: file)
                    var keys: [String] = []
                    for number in 0..<8 {
                        let request = KeyRequest(name: "\(writer).\(number)", role: .registrar, createdBy: "test")
                        keys.append(try await store.create(request).text.reveal())
                    }
                    return keys
                }
            }
            return try await group.reduce(into: []) { $0 += $1 }
        }
        #expect(Set(keys).count == 32)
        for key in keys { _ = try store.verify(key) }
        #expect(try store.list().count == 32)
    }

    @Test("a key may open less than its role, never more, and not nothing")
    func scopes() async throws {
        let (_, text) = try await store.create(adviser(scopes: [.jobs]))
        #expect(try store.verify(text.reveal()).scopes == [.jobs])
        for scopes in [[], [.jobs, .audit]] as [Set<Scope>] {
            let error = await #expect(throws: AccessError.self) { try await store.create(adviser(scopes: scopes)) }
            #expect(error?.code == .invalidKey && error?.location == "scopes")
        }
    }

    @Test(
        "a key is refused that could not be told apart or belongs to nobody",
        arguments: [
            (KeyRequest(name: "", role: .registrar, createdBy: "t"), "name"),
            (KeyRequest(name: "a\u{1B}[2J", role: .registrar, createdBy: "t"), "name"),
            (KeyRequest(name: String(repeating: "n", count: 65), role: .registrar, createdBy: "t"), "name"),
            (KeyRequest(name: "n", role: .student, createdBy: "t"), "subject"),
            (KeyRequest(name: "n", role: .employer, subject: "", createdBy: "t"), "subject"),
            (KeyRequest(name: "n", role: .auditor, subject: "S-1", createdBy: "t"), "subject"),
            (KeyRequest(name: "n", role: .registrar, expires: .distantPast, createdBy: "t"), "expires"),
            (KeyRequest(name: "n", role: .registrar, createdBy: ""), "created_by"),
        ]
    )
    func invalid(request: KeyRequest, member: String) async throws {
        let error = await #expect(throws: AccessError.self) { try await store.create(request) }
        #expect(error?.code == .invalidKey && error?.location == member)
        #expect(!FileManager.default.fileExists(atPath: file.path))
    }

    @Test("a store that is not there yet lets nobody in and has no keys")
    func missing() throws {
        #expect(try store.list().isEmpty)
        #expect(refusal("lyc_aaaaaaaaaaaa_" + String(repeating: "a", count: 43)) == .credentialRefused)
    }
}
