// `lyceum.yaml`: what is accepted, and how faults are told.

import Foundation
import LyceumCore
import LyceumLake
import Testing

@testable import LyceumPipeline

private func parse(_ text: String, _ environment: [String: String] = [:]) throws -> Configuration {
    try Configuration.parse(text, file: URL(filePath: "/etc/lyceum/lyceum.yaml"), environment: environment)
}

private let registrar = "sources:\n  registrar: {type: oracle, driver: duckdb, path: registrar.duckdb}\n"

@Test("A full configuration is read, paths relative to the file, secrets from the environment")
func fullConfiguration() throws {
    let configuration = try parse(
        """
        lake: data/lake
        index: /var/index
        engine: {memory_limit: 512MB, threads: 2}
        server: {host: 0.0.0.0, port: 0, api_key: "${KEY}"}
        sources:
          registrar:
            type: oracle
            uri: ${URI}
            watermark_lag_seconds: 60
            tables: {students: {from: SIS.STUDENTS, filter: "CAMPUS = 'N'"}}
          hr:
            type: workday
            host: https://wd.example
            tenant: campus
            client_id: ${ID}
            client_secret: ${SECRET}
            refresh_token: ${SECRET}
            requests_per_second: 10
          board: {type: tableau, server: "https://bi.example", token_name: lyceum, token_secret: "${SECRET}"}
          exports: {type: files, path: exports, mapping: oulad}
        """,
        ["KEY": "k", "URI": "oracle://u:p@h/s", "ID": "id", "SECRET": "s"]
    )
    #expect(configuration.lake.place == .folder(URL(filePath: "/etc/lyceum/data/lake")))
    #expect(configuration.lake.ledger == .file(URL(filePath: "/etc/lyceum/ledger.sqlite")))
    #expect(configuration.index.path == "/var/index")
    #expect(configuration.engine == DuckDBEngine.Limits(memory: "512MB", threads: 2))
    #expect(configuration.server.port == 0)
    #expect(configuration.sources.map(\.name) == ["registrar", "hr", "board", "exports"])
    guard case .oracle(let oracle) = configuration.sources[0] else { throw PipelineError(.notFound, "no oracle") }
    #expect(oracle.uri.reveal() == "oracle://u:p@h/s")
    #expect(oracle.tables["oracle_students"]?.from == "SIS.STUDENTS")
    #expect(oracle.tables["oracle_students"]?.key == ["student_id"])
    #expect(oracle.tables["oracle_courses"] != nil)
}

@Test(
    "Faults are told with file and line",
    arguments: [
        ("", "names no source"),
        ("lake: [1]\n" + registrar, "lyceum.yaml:1: 'lake' must be text"),
        (registrar + "lak: x\n", "lyceum.yaml:3: unknown key 'lak'; did you mean 'lake'?"),
        (
            registrar + "server: {port: 70000}\n",
            "lyceum.yaml:3: 'server.port' is 70000; it must lie between 0 and 65535"
        ),
        (registrar + "engine: {memory_limit: lots}\n", "must be a size such as 1GB"),
        ("sources:\n  x: {type: orcale}\n", "lyceum.yaml:2: 'sources.x.type' is 'orcale'; it must be one of"),
        ("sources:\n  x: {type: oracle, uri: \"oracle://u:p@h/s\"}\n", "'uri' must not stand in this file"),
        ("sources:\n  x: {type: oracle, uri: \"${NOPE}\"}\n", "the environment variable NOPE is not set"),
        ("sources:\n  ../x: {type: oracle}\n", "source name '../x' must be lower-case letters"),
        ("sources:\n  x: {type: tableau, server: \"http://bi.example\", token_name: a}\n", "must use https"),
        ("sources:\n  x: {type: files}\n", "has no 'path'"),
        ("a: b: c\n", "is not valid YAML"),
        (registrar + registrar, "sources"),
        ("- 1\n", "must be a mapping"),
    ]
)
func configurationFaults(text: String, message: String) {
    let error = #expect(throws: PipelineError.self) { try parse(text) }
    #expect(error?.code == .badConfiguration)
    #expect(error.map { "\($0)" }?.contains(message) == true, "\(error.map { "\($0)" } ?? "")")
    #expect(error.map { "\($0)" }?.contains("/etc/lyceum/lyceum.yaml") == true)
}

@Test("No message repeats a secret that stands in the file")
func secretsAreNotEchoed() {
    let error = #expect(throws: PipelineError.self) {
        try parse("sources:\n  x: {type: oracle, uri: \"oracle://scott:tiger@h/s\"}\n")
    }
    #expect(error.map { "\($0)" }?.contains("tiger") == false)
}

@Test("A secret is read from a file without its final line break")
func secretFile() throws {
    let folder = URL(filePath: NSTemporaryDirectory()).appending(path: "lyceum-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    try "hidden\n".write(to: folder.appending(path: "key"), atomically: true, encoding: .utf8)
    let configuration = try Configuration.parse(
        registrar + "server: {api_key: {file: key}}\n",
        file: folder.appending(path: "lyceum.yaml"),
        environment: [:]
    )
    #expect(configuration.server.apiKey?.reveal() == "hidden")
}

@Test("A database's tables may be chosen, cut down, divided and compared as configured")
func databaseTables() throws {
    let configuration = try parse(
        """
        sources:
          registrar:
            type: oracle
            driver: duckdb
            path: registrar.duckdb
            standard_tables: false
            tables:
              grades:
                {from: SIS.GRADES, key: [ID], watermark: null, select: [Name], exclude: [SSN], division: key, deletes: full}
              notes: {key: [id], watermark: CHANGED, deletes: keys, deletes_every_hours: 12}
        """
    )
    guard case .oracle(let oracle) = configuration.sources[0] else { throw PipelineError(.notFound, "no oracle") }
    #expect(oracle.tables.keys.sorted() == ["oracle_grades", "oracle_notes"])
    let grades = try #require(oracle.tables["oracle_grades"])
    #expect(grades.key == ["id"] && grades.watermark == nil && grades.select == ["name"] && grades.exclude == ["ssn"])
    #expect(grades.division == .key && grades.deletes == .full)
    let notes = try #require(oracle.tables["oracle_notes"])
    #expect(notes.watermark == "changed" && notes.deletes == .keys && notes.deletesEveryHours == 12)
    #expect(throws: PipelineError.self) {
        try parse("sources: {r: {type: oracle, driver: duckdb, path: x, tables: {t: {key: [a], deletes: maybe}}}}")
    }
}

@Test("Workday's grants, reports and queries are read")
func workdayConfiguration() throws {
    let configuration = try parse(
        """
        sources:
          hr:
            type: workday
            host: https://wd.example
            tenant: campus
            grant: jwt_bearer
            client_id: client
            private_key: ${KEY}
            subject: ISU_Lyceum
            report_user: ISU_Lyceum
            report_password: ${PASSWORD}
            connect_timeout_seconds: 3
            ca_file: certs/campus.pem
            resources:
              academic_programs: off
              students: {wql: "SELECT id FROM students", fields: {student_id: [badge, studentId]}}
              job_posting_terms: {report: Lyceum/Job_Posting_Terms, prompts: {As_Of: "2026-01-01"}}
              job_postings: {version: v5}
        """,
        ["KEY": "-----BEGIN", "PASSWORD": "p"]
    )
    guard case .workday(let workday) = configuration.sources[0] else { throw PipelineError(.notFound, "no workday") }
    #expect(workday.grant == .jwtBearer && workday.subject == "ISU_Lyceum" && workday.clientSecret == nil)
    #expect(workday.reportPassword == Secret("p"))
    #expect(workday.connection.connectTimeoutSeconds == 3)
    #expect(workday.connection.caFile == "/etc/lyceum/certs/campus.pem")
    #expect(workday.resources["workday_academic_programs"] == nil)
    #expect(workday.resources["workday_students"]?.access == .wql(query: "SELECT id FROM students"))
    #expect(workday.resources["workday_students"]?.fields == ["student_id": ["badge", "studentId"]])
    #expect(
        workday.resources["workday_job_posting_terms"]?.access
            == .report(owner: "Lyceum", name: "Job_Posting_Terms", prompts: ["As_Of": "2026-01-01"])
    )
    #expect(
        workday.resources["workday_job_postings"]?.access
            == .rest(service: "recruiting", version: "v5", resource: "jobPostings")
    )
}

@Test("Any REST interface is described by its address, its proof, its paging and its columns")
func restConfiguration() throws {
    let configuration = try parse(
        """
        sources:
          board:
            type: rest
            url: https://api.example/v2
            auth: {style: token, header: X-Api-Key, token: "${KEY}"}
            headers: {Accept-Language: en}
            tables:
              board_jobs:
                path: jobs
                query: {state: open}
                records: result.items
                total: meta.count
                paging: {style: page, parameter: page, size_parameter: per_page, size: 50}
                key: job_id
                columns: {job_id: ref.id, title: [name, label], tags: tags}
                json_columns: tags
              board_places: {path: /places, paging: {style: link}, key: id, columns: {id: id}}
        """,
        ["KEY": "k"]
    )
    guard case .rest(let rest) = configuration.sources[0] else { throw PipelineError(.notFound, "no rest") }
    #expect(rest.authentication == .token(header: "X-Api-Key", prefix: "", token: Secret("k")))
    #expect(rest.headers == ["Accept-Language": "en"])
    let jobs = try #require(rest.tables["board_jobs"])
    #expect(jobs.paging == .pageNumber(parameter: "page", first: 1, size: .init(name: "per_page", count: 50)))
    #expect(jobs.columns == ["job_id": ["ref.id"], "title": ["name", "label"], "tags": ["tags"]])
    #expect(jobs.key == ["job_id"] && jobs.jsonColumns == ["tags"] && jobs.records == "result.items")
    #expect(rest.tables["board_places"]?.paging == .link(member: nil, size: nil))
}

@Test(
    "Faults in Workday's and REST settings are told with their line",
    arguments: [
        (
            "hr: {type: workday, host: 'https://w.example', tenant: t, grant: jwt, client_id: c}",
            "must be one of refresh_token"
        ),
        (
            "hr: {type: workday, host: 'https://w.example', tenant: t, grant: jwt_bearer, client_id: c, private_key: '${S}'}",
            "subject' is missing"
        ),
        (
            "hr: {type: workday, host: 'https://w.example', tenant: t, client_id: c, client_secret: '${S}', refresh_token: '${S}', resources: {jobs: off}}",
            "Workday has no table 'jobs'"
        ),
        (
            "hr: {type: workday, host: 'https://w.example', tenant: t, client_id: c, client_secret: '${S}', refresh_token: '${S}', resources: {students: {report: Students}}}",
            "OWNER/REPORT_NAME"
        ),
        (
            "b: {type: rest, url: 'http://api.example', tables: {t: {path: x, key: id, columns: {id: id}}}}",
            "must use https"
        ),
        ("b: {type: rest, url: 'https://api.example'}", "needs 'tables'"),
        (
            "b: {type: rest, url: 'https://api.example', tables: {t: {path: x, key: no, columns: {id: id}}}}",
            "none of 'columns'"
        ),
        (
            "b: {type: rest, url: 'https://api.example', tables: {t: {path: x, key: id, columns: {id: id}, paging: {style: offset}}}}",
            "'size' is missing"
        ),
        (
            "b: {type: rest, url: 'https://api.example', auth: {style: token, token: plain}, tables: {t: {path: x, key: id, columns: {id: id}}}}",
            "must not stand in this file"
        ),
    ]
)
func httpSourceFaults(text: String, message: String) {
    #expect {
        _ = try parse("sources:\n  \(text)\n", ["S": "s"])
    } throws: {
        let said = "\($0)"
        if !said.contains(message) { Issue.record("\(said)") }
        return said.contains(message) && said.contains("lyceum.yaml:2")
    }
}
