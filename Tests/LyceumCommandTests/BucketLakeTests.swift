// The whole way of the data into a lake in S3, on a real server.

import Foundation
import Testing

@Suite("A lake in S3", .timeLimit(.minutes(20)))
struct BucketLakeTests {
    @Test("a run fills the bucket, a second publishes nothing, and every command reads it as a folder")
    func wholeRun() async throws {
        let server = try Self.startServer()
        defer { kill(server.pid, SIGTERM) }
        let home = try Program.temporaryFolder()
        let file = home.appending(path: "lyceum.yaml")
        let sandbox = try Running(["sandbox", "--sample", "--json", "--home", home.path])
        _ = try await sandbox.waitFor("\"workday\"", within: .seconds(300))
        let text = try String(contentsOf: file, encoding: .utf8)
        let line = try #require(text.split(separator: "\n").first { $0.hasPrefix("lake:") })
        let place =
            "lake: {s3: {bucket: \(server["bucket"]), prefix: campus/lake, endpoint: \"\(server["endpoint"])\"}}"
        try text.replacing(line, with: place).write(to: file, atomically: true, encoding: .utf8)
        let environment = [
            "AWS_ACCESS_KEY_ID": server["access_key"], "AWS_SECRET_ACCESS_KEY": server["secret_key"],
            "AWS_EC2_METADATA_DISABLED": "true",
        ]
        func lyceum(_ arguments: String...) async throws -> Program.Outcome {
            let outcome = try await Program.run(
                arguments + ["--config", file.path, "--json"],
                environment: environment,
                timeout: .seconds(900)
            )
            #expect(!(outcome.output + outcome.errors).contains(server["secret_key"]))
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

    private struct Server {
        var values: [String: String]
        var pid: Int32 { Int32(values["pid"] ?? "") ?? 0 }
        subscript(_ name: String) -> String { values[name] ?? "" }
    }

    private static func startServer() throws -> Server {
        let process = Process()
        process.executableURL = Program.repository.appending(path: "scripts/start-s3")
        process.arguments = ["--until-exit-of", "\(ProcessInfo.processInfo.processIdentifier)"]
        let output = Pipe()
        process.standardOutput = output
        try process.run()
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        try #require(process.terminationStatus == 0, "SeaweedFS does not start: run scripts/setup --tests")
        let pairs = text.split(separator: "\n").map { $0.split(separator: "=", maxSplits: 1).map(String.init) }
        return Server(values: Dictionary(uniqueKeysWithValues: pairs.filter { $0.count == 2 }.map { ($0[0], $0[1]) }))
    }
}
