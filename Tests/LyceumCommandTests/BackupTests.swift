// `lyceum backup` and `lyceum restore`, as a user runs them.

import Foundation
import Testing

@Suite("lyceum backup and restore")
struct BackupTests {
    @Test("a campus is backed up twice, verified, restored elsewhere and pruned")
    func wholeWay() async throws {
        let home = try await SampleHome.ready()
        let vault = try Program.temporaryFolder("vault").path
        let first = try await Program.run("backup", vault, "--config", home.config, "--json")
        #expect(first.status == 0, "\(first.errors)")
        let files = try #require(try first.json()["files"] as? Int)
        #expect(try first.json()["new_objects"] as? Int ?? 0 > files)
        let second = try await Program.run("backup", vault, "--config", home.config, "--json")
        #expect(try second.json()["new_objects"] as? Int ?? 99 < 10, "nothing has changed but the ledger")
        let verified = try await Program.run("backup", "verify", vault, "--deep", "--json")
        #expect(verified.status == 0)
        #expect(try verified.json()["ok"] as? Bool == true)

        let place = try Program.temporaryFolder("restored")
        let restored = try await Program.run("restore", vault, "--to", place.path, "--config", home.config, "--json")
        #expect(restored.status == 0, "\(restored.errors)")
        #expect(try restored.json()["files"] as? Int == files)
        let config = place.appending(path: "lyceum.yaml")
        try FileManager.default.copyItem(at: URL(filePath: home.config), to: config)
        try FileManager.default.copyItem(
            at: home.folder.appending(path: "secrets"),
            to: place.appending(path: "secrets")
        )
        let query = "SELECT count(*) AS n, CAST(sum(hash(t)) AS VARCHAR) AS h FROM curated.student_profile t"
        let original = try await Program.run("sql", query, "--config", home.config, "--json")
        let copy = try await Program.run("sql", query, "--config", config.path, "--json")
        #expect(original.status == 0 && copy.output == original.output, "\(copy.errors)")

        let pruned = try await Program.run("backup", "prune", vault, "--keep", "1", "--config", home.config, "--json")
        #expect(try (pruned.json()["removed"] as? [String])?.count == 1)
        let list = try await Program.run("backup", "list", vault, "--json")
        #expect(try (list.json()["backups"] as? [[String: Any]])?.count == 1)
    }

    @Test("a lake that is there is not overwritten, and a place without backups says so")
    func refusals() async throws {
        let home = try await SampleHome.ready()
        let vault = try Program.temporaryFolder("vault").path
        let none = try await Program.run("restore", vault, "--config", home.config, "--json")
        #expect(none.status == 1)
        #expect(try none.errorObject()["code"] as? String == "unknown_backup")
        _ = try await Program.run("backup", vault, "--config", home.config)
        let refused = try await Program.run("restore", vault, "--config", home.config, "--json")
        #expect(refused.status == 1)
        // Other tests run in the same lake: whichever reason is met first, nothing is overwritten.
        let code = try refused.errorObject()["code"] as? String
        #expect(["not_empty", "locked"].contains(code), "\(refused.errors)")
        let misspelt = try await Program.run("restore", vault, "--at", "yesterday", "--config", home.config)
        #expect(misspelt.status == 64)
    }
}
