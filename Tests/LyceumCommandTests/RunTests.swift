// Runs one after the other, stopped ones, and the servers: each test has a home of its own.

import Foundation
import Testing

#if canImport(FoundationNetworking)
    import FoundationNetworking
#endif

@Suite("Runs and servers", .serialized, .timeLimit(.minutes(20)))
struct RunTests {
    @Test("a second run with nothing new publishes nothing")
    func secondRun() async throws {
        let home = try Program.temporaryFolder()
        let arguments = ["demo", "--sample", "--no-serve", "--json", "--home", home.path]
        let first = try await Program.run(arguments, timeout: .seconds(600))
        #expect(first.status == 0, "\(first.errors)")
        let second = try await Program.run(arguments, timeout: .seconds(600))
        #expect(second.status == 0, "\(second.errors)")
        let report = try second.json()
        #expect(report["published"] as? [String] == [])
        #expect(report["records"] as? Int == 0)
        let index = try #require(report["index"] as? [String: Any])
        #expect(index["version"] as? String == (try first.json()["index"] as? [String: Any])?["version"] as? String)
    }

    @Test("in a pipe the demo prints plain lines and ends with commands that work")
    func suggestions() async throws {
        let home = try Program.temporaryFolder()
        let outcome = try await Program.run(
            ["demo", "--sample", "--no-serve", "--home", home.path],
            timeout: .seconds(600)
        )
        #expect(outcome.status == 0, "\(outcome.errors)")
        #expect(!outcome.output.contains("\u{1B}"))
        let commands = outcome.output.split(separator: "\n")
            .filter { $0.contains("lyceum ") && $0.contains("--config") && $0.hasPrefix("  ") }
        #expect(commands.count == 3, "\(outcome.output)")
        for command in commands {
            let shell = Process()
            shell.executableURL = URL(filePath: "/bin/sh")
            shell.arguments = ["-c", String(command)]
            var variables = ProcessInfo.processInfo.environment
            variables["LYCEUM_DRIVERS"] = Program.repository.appending(path: ".lyceum/drivers").path
            shell.environment = variables
            shell.standardOutput = FileHandle.nullDevice
            try shell.run()
            shell.waitUntilExit()
            #expect(shell.terminationStatus == 0, "\(command)")
        }
    }

    @Test("Ctrl-C stops a run with status 130; nothing is published, and the next run completes")
    func interrupted() async throws {
        let home = try Program.temporaryFolder()
        let arguments = ["demo", "--sample", "--no-serve", "--home", home.path]
        let running = try Running(arguments)
        _ = try await running.waitFor("\nrun ", within: .seconds(300))
        running.send(SIGINT)
        let stopped = try await running.end(within: .seconds(120))
        #expect(stopped.status == 130, "\(stopped.output) \(stopped.errors)")
        #expect(stopped.errors.contains("nothing half-done"))
        let config = home.appending(path: "lyceum.yaml").path
        let tables = try await Program.run("tables", "--config", config, "--json").json()
        #expect((tables["tables"] as? [Any])?.isEmpty == true)
        let again = try await Program.run(arguments + ["--json"], timeout: .seconds(600))
        #expect(again.status == 0, "\(again.errors)")
        #expect(((try again.json()["published"] as? [String]) ?? []).contains("curated.student_profile"))
    }

    @Test("doctor is content while the sources run, and names each that does not, with status 1")
    func doctor() async throws {
        let home = try Program.temporaryFolder()
        let config = home.appending(path: "lyceum.yaml").path
        let sandbox = try Running(["sandbox", "--sample", "--json", "--home", home.path])
        let line = try await sandbox.waitFor("\"workday\"", within: .seconds(300))
        #expect(line.contains("\"dirt\""))
        let run = try await Program.run(["run", "--config", config, "--json"], timeout: .seconds(600))
        #expect(run.status == 0, "\(run.errors)")
        let healthy = try await Program.run("doctor", "--config", config, "--json")
        #expect(healthy.status == 0, "\(healthy.output) \(healthy.errors)")
        let plan = try await Program.run("plan", "--config", config, "--json").json()
        #expect((plan["extract"] as? [Any])?.count == 9)
        let replay = try await Program.run(
            ["quarantine", "replay", "--config", config, "--json"],
            timeout: .seconds(600)
        )
        #expect(replay.status == 0, "\(replay.errors)")
        sandbox.send(SIGINT)
        #expect(try await sandbox.end().status == 0)

        let ill = try await Program.run("doctor", "--config", config, "--json")
        #expect(ill.status == 1)
        let checks = try #require(try ill.json()["checks"] as? [[String: Any]])
        let broken = checks.filter { $0["ok"] as? Bool == false }
        #expect(Set(broken.compactMap { $0["subject"] as? String }) == ["source workday", "source tableau"])
        for check in broken { #expect((check["mend"] as? String)?.isEmpty == false) }

        let failed = try await Program.run(["run", "--config", config, "--json"], timeout: .seconds(600))
        #expect(failed.status == 1)
        #expect(try failed.errorObject()["message"] is String)
        let status = try await Program.run("status", "--config", config, "--json").json()
        let runs = try #require(status["runs"] as? [[String: Any]])
        #expect(runs.first?["status"] as? String == "failed")
    }

    @Test("the demo serves jobs to everyone and students to who has the key, and ends well on Ctrl-C")
    func serve() async throws {
        let home = try Program.temporaryFolder()
        let demo = try Running(["demo", "--sample", "--port", "0", "--json", "--home", home.path])
        let printed = try await demo.waitFor("\"url\"", within: .seconds(600))
        let last = try #require(printed.split(separator: "\n").last)
        let object = try JSONSerialization.jsonObject(with: Data(last.utf8)) as? [String: Any]
        let base = try #require(object?["url"] as? String)
        let keys = try #require(object?["keys"] as? [String: String])
        #expect(
            Set(keys.keys) == ["registrar", "adviser", "student", "employer", "auditor", "administrator"]
        )
        let key = try #require(keys["registrar"])
        let store = try String(contentsOf: home.appending(path: "access/keys.json"), encoding: .utf8)
        for secret in keys.values.compactMap({ $0.split(separator: "_").last }) { #expect(!store.contains(secret)) }

        // Listening comes before the first snapshot is open; readiness says when it is.
        for _ in 0..<100 where try await get("\(base)/health/ready").status != 200 {
            try await Task.sleep(for: .milliseconds(100))
        }
        #expect(try await get("\(base)/health/ready").status == 200)
        let jobs = try await get("\(base)/v1/jobs/search?q=engineer&limit=2")
        #expect(jobs.status == 200)
        #expect((jobs.json?["hits"] as? [Any])?.count == 2)
        #expect(try await get("\(base)/v1/students/search?q=engineer").status == 401)
        #expect(try await get("\(base)/v1/students/search?q=engineer", key: key).status == 400)
        var totals: [String: Int] = [:]
        for (role, purpose) in [("registrar", "registration"), ("adviser", "advising"), ("employer", "recruiting")] {
            let found = try await get("\(base)/v1/students/search?limit=1", key: keys[role], purpose: purpose)
            #expect(found.status == 200, "\(found.text)")
            totals[role] = found.json?["total"] as? Int
        }
        let (all, advised, consenting) = (totals["registrar"] ?? 0, totals["adviser"] ?? 0, totals["employer"] ?? 0)
        #expect(0 < advised && advised < consenting && consenting < all, "\(totals)")
        #expect(try await get("\(base)/v1/audit", key: keys["registrar"]).status == 403)
        let looks = try await get("\(base)/v1/audit?action=search", key: keys["auditor"])
        #expect((looks.json?["entries"] as? [Any])?.count == 4)
        let runs = try await get("\(base)/v1/runs", key: key)
        #expect(runs.status == 200)
        let page = try await get(base)
        #expect(page.status == 200)
        #expect(page.text.contains("<html"))
        demo.send(SIGINT)
        let ended = try await demo.end()
        #expect(ended.status == 0, "\(ended.errors)")
        let config = home.appending(path: "lyceum.yaml").path
        let verified = try await Program.run("audit", "verify", "--config", config)
        #expect(verified.status == 0, "\(verified.errors)")
    }

    private func get(_ url: String, key: String? = nil, purpose: String? = nil) async throws -> Answer {
        var request = URLRequest(url: try #require(URL(string: url)))
        request.timeoutInterval = 20
        if let key { request.setValue("Bearer \(key)", forHTTPHeaderField: "Authorization") }
        if let purpose { request.setValue(purpose, forHTTPHeaderField: "X-Purpose") }
        let (data, response) = try await URLSession.shared.data(for: request)
        return Answer(
            status: (response as? HTTPURLResponse)?.statusCode ?? 0,
            text: String(decoding: data, as: UTF8.self)
        )
    }

    private struct Answer: Sendable {
        var status: Int
        var text: String
        var json: [String: Any]? { try? JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any] }
    }
}
