// The whole way of the data into a lake in S3, on a real server.

import Foundation
import TestServers
import Testing

@Suite("A lake in S3", .timeLimit(.minutes(20)))
struct BucketLakeTests {
    @Test("a run fills the bucket, a second publishes nothing, and every command reads it as a folder")
    func wholeRun() async throws {
        let server = try ScriptServer.start("start-s3")
        defer { server.stop() }
        let secret = try server["secret_key"]
        let home = try Program.temporaryFolder()
        let file = home.appending(path: "lyceum.yaml")
        let sandbox = try Running(["sandbox", "--sample", "--json", "--home", home.path])
        _ = try await sandbox.waitFor("\"workday\"", within: .seconds(300))
        let text = try String(contentsOf: file, encoding: .utf8)
        let line = try #require(text.split(separator: "\n").first { $0.hasPrefix("lake:") })
        let place =
            "lake: {s3: {bucket: \(try server["bucket"]), prefix: campus/lake, endpoint: \"\(try server["endpoint"])\"}}"
        try text.replacing(line, with: place).write(to: file, atomically: true, encoding: .utf8)
        let environment = [
            "AWS_ACCESS_KEY_ID": try server["access_key"], "AWS_SECRET_ACCESS_KEY": secret,
            "AWS_ENDPOINT_URL_S3": try server["endpoint"], "AWS_EC2_METADATA_DISABLED": "true",
        ]
        func lyceum(_ arguments: String...) async throws -> Program.Outcome {
            let outcome = try await Program.run(
                arguments + ["--config", file.path, "--json"],
                environment: environment,
                timeout: .seconds(900)
            )
            #expect(!(outcome.output + outcome.errors).contains(secret))
            return outcome
        }

        let first = try await lyceum("run")
        #expect(first.status == 0, "\(first.errors)")
        let published = try #require(try first.json()["published"] as? [String])
        #expect(published.contains("curated.student_profile") && published.contains("raw.oracle_students"))
        let tables = try #require(try await lyceum("tables").json()["tables"] as? [[String: Any]])
        #expect(tables.count >= published.count)
        let counted = try await lyceum("sql", "SELECT count(*) AS n FROM curated.student_profile")
        #expect(counted.status == 0 && counted.output.contains("\"n\""), "\(counted.output) \(counted.errors)")
        let doctor = try await lyceum("doctor")
        #expect(doctor.status == 0 && doctor.output.contains("s3:"), "\(doctor.output) \(doctor.errors)")

        let second = try await lyceum("run")
        #expect(second.status == 0, "\(second.errors)")
        #expect(try second.json()["published"] as? [String] == [])
        sandbox.send(SIGINT)
        _ = try await sandbox.end()

        // A person is forgotten in the bucket as on a disk.
        let anyone = try await lyceum("sql", "SELECT max(student_id) AS id FROM curated.student_profile")
        let student = try #require(anyone.output.firstMatch(of: /"id":"?([0-9]+)/).map { String($0.1) })
        let erased = try await lyceum("subject", "erase", student, "--yes")
        #expect(erased.status == 0, "\(erased.errors)")
        for table in ["raw.oracle_students", "clean.students", "curated.student_profile"] {
            let query = "SELECT count(*) AS n FROM \(table) WHERE CAST(student_id AS VARCHAR) = '\(student)'"
            #expect(try await lyceum("sql", query).output.contains(/"n":0\b/), "\(table)")
        }

        // Backups stand in a bucket too, and become a lake on a disk.
        let vault = "s3://\(try server["bucket"])/backups"
        #expect(try await lyceum("backup", vault).status == 0)
        #expect(try await lyceum("backup", "verify", vault, "--deep").json()["ok"] as? Bool == true)
        let copy = home.appending(path: "copy", directoryHint: .isDirectory)
        let restored = try await lyceum("restore", vault, "--to", copy.path)
        #expect(restored.status == 0, "\(restored.errors)")
        #expect(try restored.json()["rows"] as? Int ?? 0 > 0)
        try FileManager.default.removeItem(at: copy)

        // No data file stays on this machine, and a query reaches nothing but the lake.
        let here = FileManager.default.enumerator(atPath: home.path)?.allObjects.compactMap { $0 as? String } ?? []
        #expect(
            !here.contains { $0.hasSuffix(".parquet") && !$0.hasPrefix("campus") && !$0.hasPrefix("data") },
            "\(here)"
        )
        let elsewhere = try await lyceum("sql", "SELECT * FROM read_text('s3://other/x')")
        #expect(elsewhere.status == 1)
        let wrong = try await Program.run(
            ["tables", "--config", file.path],
            environment: environment.merging(["AWS_SECRET_ACCESS_KEY": "not-the-secret"]) { $1 }
        )
        #expect(wrong.status == 1 && wrong.errors.contains("credentials"), "\(wrong.errors)")
        #expect(!wrong.errors.contains("not-the-secret"))
    }
}
