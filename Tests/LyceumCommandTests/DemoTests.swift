// The main job on the sample campus: run, look at the lake, search, recommend, quarantine.

import Foundation
import Testing

@Suite("The demo's home", .timeLimit(.minutes(15)))
struct DemoTests {
    @Test("the run ends with one JSON object with the promised fields and balanced counts")
    func report() async throws {
        let report = try await SampleHome.ready().outcome.json()
        #expect(report["status"] as? String == "succeeded")
        #expect((report["run_id"] as? String)?.isEmpty == false)
        let seconds = try #require(report["seconds"] as? Double)
        let records = try #require(report["records"] as? Int)
        #expect(seconds > 0 && records > 10_000)
        #expect(report["records_per_second"] is NSNumber)
        let tables = try #require(report["tables"] as? [[String: Any]])
        #expect(Set(tables.compactMap { $0["zone"] as? String }) == ["raw", "clean", "enriched", "curated"])
        for table in tables {
            let name = table["table"] as? String ?? "?"
            let counts = ["in", "out", "quarantined", "deduplicated"].map { table[$0] as? Int }
            let (rowsIn, out, quarantined, deduplicated) = (counts[0], counts[1], counts[2], counts[3])
            #expect(try #require(rowsIn) == #require(out) + #require(quarantined) + #require(deduplicated), "\(name)")
        }
        let published = try #require(report["published"] as? [String])
        for table in ["student_profile", "job_posting", "course", "program"] {
            #expect(published.contains("curated.\(table)"))
        }
        let index = try #require(report["index"] as? [String: Any])
        #expect((index["version"] as? String)?.isEmpty == false)
        for collection in ["students", "jobs", "courses"] {
            #expect(try #require(index[collection] as? Int) > 0)
        }
    }

    @Test("with --json nothing but the result goes to standard output")
    func onlyJSON() async throws {
        let outcome = try await SampleHome.ready().outcome
        #expect(outcome.output.split(separator: "\n").count == 1)
    }

    @Test("secrets are readable by their owner only and stand in no other file of the home")
    func secrets() async throws {
        let home = try await SampleHome.ready()
        let secrets = home.folder.appending(path: "secrets")
        let names = try FileManager.default.contentsOfDirectory(atPath: secrets.path)
        #expect(names.contains("master_key"))
        let config = try String(contentsOf: URL(filePath: home.config), encoding: .utf8)
        for name in names {
            let file = secrets.appending(path: name)
            let attributes = try FileManager.default.attributesOfItem(atPath: file.path)
            #expect((attributes[.posixPermissions] as? NSNumber)?.intValue == 0o600, "\(name)")
            let secret = try String(contentsOf: file, encoding: .utf8)
            #expect(secret.utf8.count >= 16)
            #expect(!config.contains(secret))
        }
    }

    @Test("status lists the run, and shows it table by table")
    func status() async throws {
        let home = try await SampleHome.ready()
        let list = try await Program.run("status", "--config", home.config, "--json").json()
        let runs = try #require(list["runs"] as? [[String: Any]])
        let id = try #require(try home.outcome.json()["run_id"] as? String)
        #expect(runs.contains { $0["run_id"] as? String == id && $0["status"] as? String == "succeeded" })
        let detail = try await Program.run("status", id, "--config", home.config, "--json").json()
        #expect((detail["tables"] as? [Any])?.isEmpty == false)
        #expect((detail["tests"] as? [Any])?.isEmpty == false)
        let text = try await Program.run("status", "last", "--config", home.config)
        #expect(text.status == 0)
        #expect(text.output.contains("student_profile"))
    }

    @Test("status of a run that never was fails with status 1")
    func unknownRun() async throws {
        let home = try await SampleHome.ready()
        let outcome = try await Program.run("status", "20200101T000000Z-000000", "--config", home.config)
        #expect(outcome.status == 1)
        #expect(outcome.errors.contains("20200101T000000Z-000000"))
    }

    @Test("tables lists the lake and describes one table with its columns")
    func tables() async throws {
        let home = try await SampleHome.ready()
        let list = try await Program.run("tables", "--config", home.config, "--json").json()
        let tables = try #require(list["tables"] as? [[String: Any]])
        let profile = try #require(tables.first { $0["table"] as? String == "student_profile" })
        #expect(profile["zone"] as? String == "curated")
        #expect(try #require(profile["rows"] as? Int) > 1000)
        let text = try await Program.run("tables", "curated.student_profile", "--config", home.config)
        #expect(text.status == 0)
        #expect(text.output.contains("personal_info"))
        let unknown = try await Program.run("tables", "curated.nothing", "--config", home.config)
        #expect(unknown.status == 1)
    }

    @Test("a table's history names the snapshots that sql can go back to, and a vacuum has nothing to do")
    func history() async throws {
        let home = try await SampleHome.ready()
        let list = try await Program.run("tables", "history", "clean.students", "--config", home.config, "--json")
            .json()
        let snapshot = try #require((list["snapshots"] as? [[String: Any]])?.last?["snapshot"] as? Int)
        let query = "select count(*) as n from clean.students"
        let then = try await Program.run("sql", query, "--at", "\(snapshot)", "--config", home.config, "--json").json()
        #expect(try #require((then["rows"] as? [[String: Any]])?.first?["n"] as? Int) > 1000)
        let never = try await Program.run("sql", query, "--at", "2001-01-01", "--config", home.config)
        #expect(never.status == 1)
        let wrong = try await Program.run("sql", query, "--at", "yesterday", "--config", home.config)
        #expect(wrong.status == 64)
        #expect(wrong.errors.contains("yesterday"))
        let vacuum = try await Program.run("lake", "vacuum", "--dry-run", "--config", home.config, "--json").json()
        #expect((vacuum["orphans"] as? [Any])?.isEmpty == true)
        #expect((vacuum["foreign"] as? [Any])?.isEmpty == true)
    }

    @Test("sql reads the published tables")
    func sql() async throws {
        let home = try await SampleHome.ready()
        let query = "select count(*) as n, count(distinct student_id) as ids from curated.student_profile"
        let result = try await Program.run("sql", query, "--config", home.config, "--json").json()
        let row = try #require((result["rows"] as? [[String: Any]])?.first)
        #expect(try #require(row["n"] as? Int) > 1000)
        #expect(row["n"] as? Int == row["ids"] as? Int)
        let text = try await Program.run("sql", "select 'é' as letter, 1.50 as price", "--config", home.config)
        #expect(text.status == 0, "\(text.errors)")
        #expect(text.output.contains("letter"))
        #expect(text.output.contains("1.50"))
    }

    @Test(
        "sql refuses to write, to leave the lake and to run several statements",
        arguments: [
            "drop table clean.students", "delete from clean.students", "create table x as select 1",
            "copy (select 1) to '/tmp/lyceum-should-not-exist.csv'", "select 1; select 2", "attach '/tmp/x.duckdb'",
            "select * from read_csv('/etc/passwd')", "install httpfs", "set memory_limit = '1GB'", "pragma version",
            "select * from read_text('/etc/hostname')", "not sql at all", "",
        ]
    )
    func sqlRefuses(query: String) async throws {
        let home = try await SampleHome.ready()
        let outcome = try await Program.run("sql", query, "--config", home.config, "--json")
        #expect(outcome.status == 1, "\(outcome.output)")
        #expect(outcome.output.isEmpty)
        #expect(try outcome.errorObject()["code"] as? String == "badQuery", "\(outcome.errors)")
        #expect(!FileManager.default.fileExists(atPath: "/tmp/lyceum-should-not-exist.csv"))
    }

    @Test("search finds jobs by words, with facets and explanations")
    func searchJobs() async throws {
        let home = try await SampleHome.ready()
        let result = try await Program.run(
            "search",
            "jobs",
            "data analyst",
            "--limit",
            "5",
            "--facet",
            "location",
            "--explain",
            "--config",
            home.config,
            "--json"
        ).json()
        #expect(try #require(result["total"] as? Int) > 0)
        #expect(result["took_us"] is NSNumber)
        let hits = try #require(result["hits"] as? [[String: Any]])
        #expect((1...5).contains(hits.count))
        let scores = hits.compactMap { $0["score"] as? Double }
        #expect(scores.count == hits.count)
        #expect(scores == scores.sorted(by: >))
        for hit in hits {
            let document = try #require(hit["document"] as? [String: Any])
            #expect(document["job_posting_id"] as? String == hit["id"] as? String)
            #expect(document["requirements"] is [String: Any])
            #expect(hit["explain"] != nil)
        }
        #expect((result["facets"] as? [String: Any])?["location"] != nil)
    }

    @Test("search keeps to its filters and shows the same to people")
    func searchStudents() async throws {
        let home = try await SampleHome.ready()
        let result = try await Program.run(
            "search",
            "students",
            "",
            "--filter",
            "gpa >= 3",
            "--filter",
            "gpa <= 3.5",
            "--sort",
            "-gpa",
            "--config",
            home.config,
            "--json"
        ).json()
        let hits = try #require(result["hits"] as? [[String: Any]])
        #expect(!hits.isEmpty)
        for hit in hits {
            let academic = (hit["document"] as? [String: Any])?["academic_info"] as? [String: Any]
            let gpa = try #require(academic?["gpa"] as? Double)
            #expect((3...3.5).contains(gpa))
        }
        let text = try await Program.run("search", "courses", "statistics", "--config", home.config)
        #expect(text.status == 0)
        #expect(text.output.contains("courses"))
    }

    @Test("search goes on where the page before ended")
    func paging() async throws {
        let home = try await SampleHome.ready()
        let query = ["search", "jobs", "manager", "--limit", "3", "--config", home.config, "--json"]
        let first = try await Program.run(query).json()
        let cursor = try #require(first["next_cursor"] as? String)
        let second = try await Program.run(query + ["--cursor", cursor]).json()
        let ids = [first, second].flatMap {
            (($0["hits"] as? [[String: Any]]) ?? []).compactMap { $0["id"] as? String }
        }
        #expect(ids.count == 6)
        #expect(Set(ids).count == 6)
    }

    @Test("a run while another holds the lake's lock fails at once and says who holds it")
    func locked() async throws {
        let home = try await SampleHome.ready()
        let holder = Process()
        holder.executableURL = URL(filePath: "/usr/bin/flock")
        holder.arguments = [home.folder.appending(path: "lake/_run.lock").path, "sleep", "60"]
        try holder.run()
        defer { holder.terminate() }
        try await Task.sleep(for: .milliseconds(500))
        let outcome = try await Program.run("run", "--config", home.config, "--json")
        #expect(outcome.status == 1)
        #expect(outcome.output.isEmpty)
        #expect(try outcome.errorObject()["code"] as? String == "locked")
    }

    @Test("search says where a filter is wrong", arguments: ["gpa >=", "shoe_size > 3", "gpa >= 'x", "AND"])
    func wrongFilter(filter: String) async throws {
        let home = try await SampleHome.ready()
        let outcome = try await Program.run("search", "students", "x", "--filter", filter, "--config", home.config)
        #expect(outcome.status == 1)
        #expect(outcome.errors.contains("error:"))
        #expect(outcome.output.isEmpty)
    }

    @Test("recommends jobs and courses to a student, with reasons")
    func recommend() async throws {
        let home = try await SampleHome.ready()
        let query = """
            select student_id from curated.student_profile where len(skills) > 2
                and len(career_info.skill_gaps) > 0 order by student_id limit 1
            """
        let rows = try await Program.run("sql", query, "--config", home.config, "--json").json()
        let student = try #require((rows["rows"] as? [[String: Any]])?.first?["student_id"])
        for what in ["jobs", "courses"] {
            let result = try await Program.run(
                "recommend",
                what,
                "\(student)",
                "--limit",
                "5",
                "--config",
                home.config,
                "--json"
            ).json()
            let hits = try #require(result["hits"] as? [[String: Any]])
            #expect(!hits.isEmpty, "\(what)")
            for hit in hits { #expect(hit["reasons"] is [String: Any]) }
        }
        let text = try await Program.run("recommend", "jobs", "\(student)", "--config", home.config)
        #expect(text.status == 0)
        #expect(text.output.contains("skills"))
    }

    @Test("recommend for a student who does not exist fails with status 1")
    func recommendNobody() async throws {
        let home = try await SampleHome.ready()
        let outcome = try await Program.run("recommend", "jobs", "no-such-student", "--config", home.config)
        #expect(outcome.status == 1)
        #expect(outcome.errors.contains("no student"))
    }

    @Test("quarantine counts what was set aside and shows the rows with rule, reason and run")
    func quarantine() async throws {
        let home = try await SampleHome.ready()
        let list = try await Program.run("quarantine", "list", "--config", home.config, "--json").json()
        let counts = try #require(list["quarantine"] as? [[String: Any]])
        let worst = try #require(counts.first { $0["severity"] as? String == "error" })
        let table = try #require(worst["table"] as? String)
        #expect((worst["rule"] as? String)?.isEmpty == false)
        let shown = try await Program.run(
            "quarantine",
            "show",
            table,
            "--limit",
            "3",
            "--config",
            home.config,
            "--json"
        ).json()
        let rows = try #require(shown["rows"] as? [[String: Any]])
        #expect((1...3).contains(rows.count))
        let run = try home.outcome.json()["run_id"] as? String
        for row in rows {
            #expect(row["run_id"] as? String == run)
            #expect((row["rules"] as? [String])?.isEmpty == false)
            #expect((row["reasons"] as? [String])?.isEmpty == false)
        }
    }
}
