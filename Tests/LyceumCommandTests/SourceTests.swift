// Looking into a source and copying a table out of it, by the command line.

import Foundation
import Testing

@Suite("Sources on the command line", .serialized, .timeLimit(.minutes(15)))
struct SourceTests {
    @Test("discover lists a database's tables, one table's columns, and a section to paste into the configuration")
    func discover() async throws {
        let config = try await SampleHome.ready().config
        let list = try await Program.run("source", "discover", "registrar", "--config", config)
        #expect(list.status == 0, "\(list.errors)")
        #expect(list.output.contains("students") && list.output.contains("enrollments"), "\(list.output)")

        let one = try await Program.run("source", "discover", "registrar", "STUDENTS", "--config", config, "--json")
        #expect(one.status == 0, "\(one.errors)")
        let tables = try #require(
            try JSONSerialization.jsonObject(with: Data(one.lastLine.utf8)) as? [[String: Any]]
        )
        #expect(tables.count == 1)
        let columns = try #require(tables.first?["columns"] as? [[String: Any]])
        let types = Dictionary(uniqueKeysWithValues: columns.map { ("\($0["name"] ?? "")", "\($0["type"] ?? "")") })
        #expect(types["student_id"] != nil && types["gpa"]?.hasPrefix("DECIMAL") == true, "\(types)")

        let yaml = try await Program.run("source", "discover", "registrar", "--yaml", "--config", config)
        #expect(yaml.status == 0)
        #expect(yaml.output.hasPrefix("tables:\n") && yaml.output.contains("\n  students:\n"))
        // What is proposed is what a configuration takes, once keys are named where the database has none.
        let folder = try Program.temporaryFolder()
        let section = yaml.output.split(separator: "\n").map { "    " + $0 }.joined(separator: "\n")
            .replacing("key: [] ", with: "key: [id] ")
        try Data("sources:\n  registrar:\n    type: oracle\n    uri: ${ORACLE_URI}\n\(section)\n".utf8)
            .write(to: folder.appending(path: "lyceum.yaml"))
        let plan = try await Program.run("status", in: folder, environment: ["ORACLE_URI": "oracle://a:b@c/d"])
        #expect(plan.status == 0, "\(plan.errors)")
    }

    @Test("preview shows the first rows by each of a table's names, export copies all of them")
    func previewAndExport() async throws {
        let home = try await SampleHome.ready()
        for table in ["students", "oracle_students", "STUDENTS"] {
            let shown = try await Program.run(
                "source",
                "preview",
                "registrar",
                table,
                "--limit",
                "4",
                "--config",
                home.config,
                "--json"
            )
            #expect(shown.status == 0, "\(shown.errors)")
            let report = try shown.json()
            #expect((report["rows"] as? [Any])?.count == 4)
            #expect(shown.lastLine.contains("student_id"))
        }
        let table = try await Program.run("source", "preview", "registrar", "students", "--config", home.config)
        #expect(table.output.split(separator: "\n").count >= 11 && table.output.contains("student_id"))

        let target = try Program.temporaryFolder("copy").appending(path: "students")
        let arguments = ["source", "export", "registrar", "students", target.path, "--config", home.config, "--json"]
        let copied = try await Program.run(arguments)
        #expect(copied.status == 0, "\(copied.errors)")
        let report = try copied.json()
        let files = try #require(report["files"] as? [String])
        #expect(files.allSatisfy { FileManager.default.fileExists(atPath: $0) } && !files.isEmpty)
        let landed = try await Program.run(
            "sql",
            "SELECT count(*) AS n FROM raw.oracle_students",
            "--config",
            home.config,
            "--json"
        ).json()
        let count = try #require((landed["rows"] as? [[String: Any]])?.first?["n"])
        #expect("\(report["rows"] ?? "")" == "\(count)")
        // What is there is not written over.
        let again = try await Program.run(arguments)
        #expect(again.status != 0 && again.output.isEmpty)
        #expect((try again.errorObject()["message"] as? String)?.contains("already holds") == true)
    }

    @Test("a source, a table or a server that is not there is named, with status and remedy")
    func notThere() async throws {
        let config = try await SampleHome.ready().config
        for (arguments, named) in [
            (["discover", "nowhere"], "registrar"), (["discover", "registrar", "nothing"], "nothing"),
            (["preview", "registrar", "nothing"], "nothing"),
            (["export", "registrar", "nothing", "x"], "oracle_students"),
            // The sandbox of the demo has ended: no one answers.
            (["preview", "workday", "students"], "connection"),
        ] {
            let outcome = try await Program.run(["source"] + arguments + ["--config", config, "--json"])
            #expect(outcome.status != 0, "\(arguments)")
            #expect(outcome.output.isEmpty)
            let error = try outcome.errorObject()
            let text = "\(error["message"] ?? "") \(error["location"] ?? "") \(error["remedy"] ?? "")"
            #expect(text.contains(named), "\(arguments): \(text)")
        }
    }
}
