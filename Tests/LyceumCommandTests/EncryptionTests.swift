// The demo's lake, whose tables about people are encrypted, as a user and as a thief see it.

import Foundation
import Testing

@Suite struct EncryptionTests {
    /// Whether any file below a folder holds one of some texts.
    private static func scan(_ folders: [URL], for needles: [String]) throws -> [String] {
        var found: [String] = []
        for folder in folders {
            let files = FileManager.default.enumerator(at: folder, includingPropertiesForKeys: [.isRegularFileKey])
            for case let file as URL in files ?? FileManager.DirectoryEnumerator() {
                guard try file.resourceValues(forKeys: [.isRegularFileKey]).isRegularFile == true else { continue }
                let bytes = try Data(contentsOf: file)
                for needle in needles where bytes.range(of: Data(needle.utf8)) != nil {
                    found.append("\(file.lastPathComponent): \(needle)")
                }
            }
        }
        return found
    }

    private static func people(_ config: String) async throws -> [String] {
        // Some of the campus's addresses are spoilt; those are no proof.
        let query = """
            SELECT email AS text FROM clean.students WHERE regexp_full_match(email, '[A-Za-z0-9._-]+@[A-Za-z0-9.-]+')
            ORDER BY student_id LIMIT 40
            """
        let outcome = try await Program.run("sql", query, "--config", config, "--json")
        try #require(outcome.status == 0, "\(outcome.errors)")
        let texts = outcome.output.matches(of: /[A-Za-z0-9._-]+@[A-Za-z0-9.-]+/).map { String($0.0) }
        try #require(texts.count == 40, "\(outcome.output.prefix(300))")
        // Snappy writes out what is new and points back at what is not: of addresses that are much alike the domain is
        // what stands in plain files for certain.
        return texts + Set(texts.compactMap { text in text.firstIndex(of: "@").map { String(text[$0...]) } }).sorted()
    }

    @Test(
        "No byte of the lake or the ledger gives an e-mail address away, and the same scan finds them in plain Parquet"
    )
    func scan() async throws {
        let home = try await SampleHome.ready()
        let people = try await Self.people(home.config)
        let lake = home.folder.appending(path: "lake")
        #expect(try Self.scan([lake], for: people).isEmpty)
        for name in ["ledger.sqlite", "ledger.sqlite-wal"] {
            guard let bytes = try? Data(contentsOf: home.folder.appending(path: name)) else { continue }
            for text in people { #expect(bytes.range(of: Data(text.utf8)) == nil, "\(name)") }
        }
        let plain = try Program.temporaryFolder("plain")
        let outcome = try await Program.run(
            "source",
            "export",
            "registrar",
            "students",
            plain.path,
            "--config",
            home.config
        )
        try #require(outcome.status == 0, "\(outcome.errors)")
        #expect(try !Self.scan([plain], for: people).isEmpty)
    }

    @Test("Tables about people are encrypted, others stay open Parquet, and encryption status says so")
    func status() async throws {
        let home = try await SampleHome.ready()
        let outcome = try await Program.run("encryption", "status", "--config", home.config, "--json")
        #expect(outcome.status == 0, "\(outcome.errors)")
        let status = try outcome.json()
        #expect(status["plain_personal_files"] as? Int == 0)
        let tables = try #require(status["tables"] as? [[String: Any]])
        #expect(tables.contains { $0["table"] as? String == "curated.student_profile" && $0["plain"] as? Int == 0 })
        #expect(tables.contains { $0["table"] as? String == "curated.job_posting" && $0["encrypted"] as? Int == 0 })
        #expect(
            tables.allSatisfy { ($0["table"] as? String)?.hasPrefix("quarantine.") != true || $0["plain"] as? Int == 0 }
        )
    }

    @Test("With another master key, or none, nothing opens, and the error names the right one's fingerprint")
    func wrongKey() async throws {
        let home = try await SampleHome.ready()
        let list = try await Program.run("encryption", "list", "--config", home.config, "--json")
        let master = try #require(try list.json()["master"] as? String)
        let folder = try Program.temporaryFolder("thief")
        let generated = try await Program.run("encryption", "generate", "key", in: folder)
        #expect(generated.status == 0, "\(generated.errors)")
        let mode = try FileManager.default.attributesOfItem(atPath: folder.appending(path: "key").path)
        #expect((mode[.posixPermissions] as? NSNumber)?.uint16Value == 0o600)
        let settings = """
            lake: \(home.folder.path)/lake
            ledger: \(home.folder.path)/ledger.sqlite
            sources: {files: {type: files, path: .}}

            """
        for line in ["", "encryption: {master_key: {file: key}}\n"] {
            let config = folder.appending(path: "lyceum.yaml")
            try Data((settings + line).utf8).write(to: config)
            let outcome = try await Program.run("sql", "SELECT 1", "--config", config.path, "--json")
            #expect(outcome.status == 1)
            let error = try outcome.errorObject()
            #expect(error["code"] as? String == "wrong_key")
            #expect((error["message"] as? String)?.contains(master) == true, "\(error)")
        }
        // A key that every account of the machine can read is no secret.
        try FileManager.default.setAttributes(
            [.posixPermissions: 0o644],
            ofItemAtPath: folder.appending(path: "key").path
        )
        let open = try await Program.run("sql", "SELECT 1", in: folder)
        #expect(open.status == 78)
        #expect(open.errors.contains("chmod 600"))
    }
}
