// Help, wrong usage, wrong configuration: what a user meets first.

import Foundation
import Testing

@Suite("Usage")
struct UsageTests {
    @Test(
        "every command explains itself",
        arguments: [
            [], ["init"], ["demo"], ["sandbox"], ["plan"], ["run"], ["status"], ["tables"], ["tables", "show"],
            ["tables", "history"], ["tables", "rollback"], ["lake"], ["lake", "vacuum"], ["sql"], ["quarantine"],
            ["quarantine", "list"], ["quarantine", "show"], ["quarantine", "replay"], ["index"], ["serve"], ["search"],
            ["recommend"], ["doctor"], ["source", "discover"], ["source", "preview"], ["source", "export"],
            ["audit", "verify"], ["audit", "search"], ["audit", "export"], ["audit", "disclosures"], ["audit", "head"],
        ]
    )
    func help(command: [String]) async throws {
        let outcome = try await Program.run(command + ["--help"])
        #expect(outcome.status == 0)
        #expect(outcome.output.contains("USAGE: lyceum"))
        #expect(outcome.errors.isEmpty)
        if !command.isEmpty, ![["quarantine"], ["tables"], ["lake"]].contains(command) {
            #expect(outcome.output.contains("--config"))
            #expect(outcome.output.contains("--json"))
        }
    }

    @Test(
        "wrong usage ends with status 64 and says what is wrong",
        arguments: [
            (["serch", "jobs", "x"], "serch"), (["search", "people", "x"], "people"), (["run", "--nope"], "--nope"),
            (["search", "jobs", "x", "--limit", "0"], "--limit"), (["recommend", "jobs"], "student-id"),
            (["sandbox", "--scale", "0"], "--scale"), (["demo", "--sample", "--reference"], "--reference"),
            (["serve", "--port", "70000"], "--port"), (["status", "--limit", "-1"], "--limit"),
        ] as [([String], String)]
    )
    func wrongUsage(arguments: [String], named: String) async throws {
        let outcome = try await Program.run(arguments)
        #expect(outcome.status == 64)
        #expect(outcome.output.isEmpty)
        #expect(outcome.errors.contains(named), "\(outcome.errors)")
    }

    @Test("a misspelled command is answered with the one that was meant")
    func misspelled() async throws {
        let outcome = try await Program.run("quarantin", "list")
        #expect(outcome.status == 64)
        #expect(outcome.errors.contains("did you mean 'quarantine'?"))
    }

    @Test("wrong usage with --json is a JSON object")
    func wrongUsageAsJSON() async throws {
        let outcome = try await Program.run("run", "--nope", "--json")
        #expect(outcome.status == 64)
        let error = try outcome.errorObject()
        #expect(error["code"] as? String == "usage")
        #expect(error["exit_code"] as? Int == 64)
    }

    @Test("without a configuration says so, with status 78 and what to do")
    func noConfiguration() async throws {
        let outcome = try await Program.run("run", in: try Program.temporaryFolder())
        #expect(outcome.status == 78)
        #expect(outcome.output.isEmpty)
        #expect(outcome.errors.contains("lyceum.yaml"))
        #expect(outcome.errors.contains("lyceum init"))
    }

    @Test("init writes a configuration that is valid as it stands, and never overwrites one")
    func initialise() async throws {
        let folder = try Program.temporaryFolder()
        let first = try await Program.run("init", in: folder)
        #expect(first.status == 0, "\(first.errors)")
        let file = folder.appending(path: "lyceum.yaml")
        let text = try String(contentsOf: file, encoding: .utf8)
        #expect(text.contains("sources:"))
        let status = try await Program.run("status", in: folder)
        #expect(status.status == 0, "\(status.errors)")
        #expect(status.output.contains("No run yet"))
        let again = try await Program.run("init", in: folder)
        #expect(again.status == 1)
        #expect(again.errors.contains("already"))
        #expect(try String(contentsOf: file, encoding: .utf8) == text)
    }

    @Test(
        "a wrong configuration ends with status 78 and the line",
        arguments: [
            ("lakes: here\nsources:\n  a: {type: files, path: x}\n", 1, "lakes"),
            ("lake: lake\nsources:\n  a: {type: nope}\n", 3, "nope"),
            ("lake: lake\nsources:\n  a:\n    type: files\n    path: x\nserver: {port: many}\n", 6, "port"),
            ("lake: [\n", 2, ""), ("\tlake: x\n", 1, ""),
        ] as [(String, Int, String)]
    )
    func wrongConfiguration(text: String, line: Int, named: String) async throws {
        let folder = try Program.temporaryFolder()
        try Data(text.utf8).write(to: folder.appending(path: "lyceum.yaml"))
        let outcome = try await Program.run("plan", "--json", in: folder)
        #expect(outcome.status == 78)
        #expect(outcome.output.isEmpty)
        let error = try outcome.errorObject()
        let place = "\(error["location"] ?? "") \(error["message"] ?? "")"
        #expect(place.contains("lyceum.yaml:\(line)") || place.contains("line \(line)"), "\(error)")
        #expect((error["message"] as? String)?.contains(named) == true || named.isEmpty, "\(error)")
    }

    @Test("a secret written into the configuration is refused and not repeated")
    func secretInConfiguration() async throws {
        let folder = try Program.temporaryFolder()
        let text = """
            sources:
              hr:
                type: workday
                host: https://example.org
                tenant: t
                client_id: c
                client_secret: hunter2-in-plain-sight
                refresh_token: ${TOKEN}
            """
        try Data(text.utf8).write(to: folder.appending(path: "lyceum.yaml"))
        let outcome = try await Program.run("plan", in: folder, environment: ["TOKEN": "t"])
        #expect(outcome.status == 78)
        #expect(outcome.errors.contains("lyceum.yaml:7"))
        #expect(!outcome.errors.contains("hunter2"))
    }

    @Test("says its version")
    func version() async throws {
        let outcome = try await Program.run("--version")
        #expect(outcome.status == 0)
        #expect(outcome.output.contains(/^[0-9]+\.[0-9]+\.[0-9]+/))
    }
}
