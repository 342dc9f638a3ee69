// A key store that is damaged, loose or in the way: nobody gets in, and the operator is told why.

import Foundation
import Testing

@testable import LyceumAccess

@Suite("A key store that cannot be trusted")
struct DamagedStoreTests {
    private let folder: TemporaryFolder
    private let file: URL
    private let store: KeyStore
    private let key: String
    private let sound: String

    init() async throws {
        folder = try TemporaryFolder()
        file = folder.url.appending(path: "keys.json")
        store = KeyStore(file: file)
        let request = KeyRequest(name: "desk", role: .adviser, subject: "A-7", createdBy: "test")
        key = try await store.create(request).text.reveal()
        sound = try String(contentsOf: file, encoding: .utf8)
    }

    private func overwrite(_ text: String) throws {
        try Data(text.utf8).write(to: file)
        try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: file.path)
    }

    private func expectNobody(_ words: String, _ comment: Comment? = nil) {
        let error = #expect(throws: AccessError.self, comment) { try store.verify(key) }
        #expect(error?.code == .keyStoreUnreadable, comment)
        #expect(error?.location == file.path, comment)
        #expect(error?.description.contains(words) == true, "\(error?.description ?? "")")
    }

    @Test("damage of any kind keeps everyone out, and the mended file lets them in again")
    func damage() throws {
        _ = try store.verify(key)
        let cases: [(String, String)] = [
            ("", "not valid JSON"),
            (String(sound.dropLast(20)), "not valid JSON"),
            ("[]", "wrong type"),
            ("{}", "has no 'version'"),
            (sound.replacing("\"version\" : 1", with: "\"version\" : 2"), "version 2"),
            (sound.replacing("\"created_by\"", with: "\"revokd\""), "unknown member 'revokd'"),
            (sound.replacing("\"adviser\"", with: "\"dean\""), "'keys[0].role'"),
            (sound.replacing("\"courses\"", with: "\"audit\""), "does not open"),
            (sound.replacing(/,\s+"subject" : "A-7"/, with: ""), "no subject"),
            (sound.replacing(/"sha256" : "../, with: "\"sha256\" : \"zz"), "64 hexadecimal digits"),
            (sound.replacing(/"created" : "[^"]*"/, with: "\"created\" : \"soon\""), "'created'"),
        ]
        for (text, words) in cases {
            #expect(text != sound, "\(words)")
            try overwrite(text)
            expectNobody(words)
            #expect(throws: AccessError.self) { try store.list() }
        }
        try overwrite(sound)
        _ = try store.verify(key)
    }

    @Test("two keys with one id are damage")
    func twins() throws {
        let entry = try #require(sound.firstMatch(of: /\{\s+"created"[^}]*\}/)).output
        try overwrite(sound.replacing(entry, with: "\(entry), \(entry)"))
        expectNobody("two keys have the id")
    }

    @Test("nothing is written over a damaged store")
    func changeOfDamaged() async throws {
        try overwrite("{")
        let request = KeyRequest(name: "n", role: .registrar, createdBy: "test")
        let error = await #expect(throws: AccessError.self) { try await store.create(request) }
        #expect(error?.code == .keyStoreUnreadable)
        #expect(try String(contentsOf: file, encoding: .utf8) == "{")
    }

    @Test("a file or folder that other accounts may change lets nobody in", arguments: [0o666, 0o604, 0o620, 0o640])
    func loose(mode: Int) throws {
        try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: file.path)
        if mode == 0o640 {
            _ = try store.verify(key)
        } else {
            expectNobody("chmod 600")
        }
        try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: file.path)
        try FileManager.default.setAttributes([.posixPermissions: 0o777], ofItemAtPath: folder.url.path)
        // Touching the file is what makes the store look again.
        try overwrite(sound)
        expectNobody("chmod 700")
        try FileManager.default.setAttributes([.posixPermissions: 0o700], ofItemAtPath: folder.url.path)
    }

    @Test("a folder where the file should be, and a file that is far too large, are faults")
    func notAFile() throws {
        try overwrite(sound + String(repeating: " ", count: KeyFile.mostBytes))
        expectNobody("MB")
        try FileManager.default.removeItem(at: file)
        try FileManager.default.createDirectory(at: file, withIntermediateDirectories: false)
        expectNobody("not a file")
    }

    @Test("a file that is taken away takes its keys with it")
    func removed() throws {
        _ = try store.verify(key)
        try FileManager.default.removeItem(at: file)
        let error = #expect(throws: AccessError.self) { try store.verify(key) }
        #expect(error?.code == .credentialRefused)
    }

    @Test("who holds the lock for too long is an error and not a hang")
    func locked() async throws {
        let url = folder.url.appending(path: "held.lock")
        let held = try await KeyFileLock(url)
        let error = await #expect(throws: AccessError.self) {
            _ = try await KeyFileLock(url, patience: .milliseconds(50))
        }
        #expect(error?.code == .keyStoreLocked)
        withExtendedLifetime(held) {}
    }

    @Test("truncated at any byte, or with any byte changed, the file never lets a stranger in and never crashes")
    func mutations() throws {
        let seed = randomSeed()
        print("seed \(seed): LYCEUM_SEED repeats it")
        var generator = SeededGenerator(seed: seed)
        let bytes = Array(sound.utf8)
        let stranger = "lyc_aaaaaaaaaaaa_" + String(repeating: "a", count: 43)
        for _ in 0..<400 {
            var mutated = bytes
            if Bool.random(using: &generator) {
                mutated.removeLast(Int.random(in: 1..<bytes.count, using: &generator))
            } else {
                mutated[Int.random(in: 0..<bytes.count, using: &generator)] = .random(in: 0...255, using: &generator)
            }
            // Straight to the reader: what the store does with it is the same each time.
            let records = (try? KeyFile.records(in: Data(mutated))) ?? []
            #expect(!records.contains { ConstantTime.equal($0.digest, KeyRecord.digest(of: stranger)) })
            for record in records where record.digest == KeyRecord.digest(of: key) {
                #expect(record.scopes.isSubset(of: record.role.scopes), "seed \(seed)")
            }
        }
    }
}
