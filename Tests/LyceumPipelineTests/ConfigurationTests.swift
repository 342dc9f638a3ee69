// `lyceum.yaml`: what is accepted, and how faults are told.

import Foundation
import LyceumAWS
import LyceumCore
import LyceumLake
import LyceumSearch
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
        server: {host: 0.0.0.0, port: 0, keys: secrets/keys.json}
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
        ["URI": "oracle://u:p@h/s", "ID": "id", "SECRET": "s"]
    )
    #expect(configuration.lake.place == .folder(URL(filePath: "/etc/lyceum/data/lake")))
    #expect(configuration.lake.ledger == .file(URL(filePath: "/etc/lyceum/ledger.sqlite")))
    #expect(configuration.index.path == "/var/index")
    #expect(configuration.engine == DuckDBEngine.Limits(memory: "512MB", threads: 2))
    #expect(configuration.server.port == 0)
    #expect(configuration.server.access.keys.path == "/etc/lyceum/secrets/keys.json")
    #expect(configuration.sources.map(\.name) == ["registrar", "hr", "board", "exports"])
    guard case .oracle(let oracle) = configuration.sources[0] else { throw PipelineError(.notFound, "no oracle") }
    #expect(oracle.uri.reveal() == "oracle://u:p@h/s")
    #expect(oracle.tables["oracle_students"]?.from == "SIS.STUDENTS")
    #expect(oracle.tables["oracle_students"]?.key == ["student_id"])
    #expect(oracle.tables["oracle_courses"] != nil)
}

@Test("An encoder is named by its folder, and one that cannot be used is an error, no silent table")
func encoder() throws {
    #expect(try parse(registrar).embedders().isEmpty)
    let configuration = try parse("index_encoder: models/minilm\n" + registrar)
    #expect(configuration.indexEncoder?.path == "/etc/lyceum/models/minilm")
    let error = #expect(throws: SearchError.self) { try configuration.embedders() }
    #expect(error?.message.contains("scripts/setup --encoder") == true)
    let home = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()
    let folder = home.appending(path: ".lyceum/encoder").path
    #expect(FileManager.default.fileExists(atPath: folder), "run scripts/setup --tests")
    let models = try parse("index_encoder: \(folder)\n" + registrar).embedders()
    #expect(models.map(\.dimensions) == [640])
}

@Test("A lake in S3 is named in one line or in full")
func lakeInBucket() throws {
    let environment = ["AWS_REGION": "eu-central-1"]
    let short = try parse("lake: s3://campus/lakes/one/\n" + registrar, environment)
    guard case .s3(let place) = short.lake.place else {
        Issue.record("\(short.lake.place)")
        return
    }
    #expect(place.description == "s3://campus/lakes/one" && place.bucket.region == "eu-central-1")
    let full = try parse(
        """
        lake:
          s3: {bucket: campus, prefix: p, region: us-west-2, endpoint: "https://s3.example.edu:8333", style: path,
               encryption: sse-kms, kms_key: alias/lake, profile: lake}
        """ + "\n" + registrar,
        environment
    )
    let bucket = S3Configuration(
        bucket: "campus",
        region: "us-west-2",
        endpoint: "https://s3.example.edu:8333",
        addressStyle: .path,
        encryption: .kms(keyID: "alias/lake")
    )
    #expect(full.lake.place == .s3(S3Location(bucket: bucket, prefix: "p", profile: "lake")))
}

@Test("The audit record stands beside the ledger, its secret beside the configuration, unless it is said otherwise")
func auditSection() throws {
    let usual = try parse(registrar + "ledger: /var/lib/lyceum/ledger.sqlite\n").audit
    #expect(usual.folder.path == "/var/lib/lyceum/audit")
    #expect(usual.keyFile.path == "/etc/lyceum/audit.key")
    #expect(usual.secret == nil)
    let stated = try parse(registrar + "audit: {folder: /srv/audit, secret: \"${KEY}\"}\n", ["KEY": "k"]).audit
    #expect(stated.folder.path == "/srv/audit")
    #expect(stated.secret?.reveal() == "k")
    let server = try parse(registrar + "ledger: ${URI}\n", ["URI": "postgresql://u:p@h/d"]).audit
    #expect(server.folder.path == "/etc/lyceum/audit")
}

@Test(
    "Faults are told with file and line",
    arguments: [
        ("", "names no source"),
        ("lake: [1]\n" + registrar, "lyceum.yaml:1: 'lake' must be text"),
        ("lake: {s3: {bucket: campus, buckt: x}}\n" + registrar, "lyceum.yaml:1: unknown key 'lake.s3.buckt'"),
        ("lake: {folder: x}\n" + registrar, "or {s3: {bucket: …}}"),
        ("lake: s3://No_Bucket/x\n" + registrar, "lyceum.yaml:1: No_Bucket is no bucket name"),
        ("lake: {s3: {bucket: campus, kms_key: k}}\n" + registrar, "'kms_key' is of use with 'encryption: sse-kms'"),
        ("lake: {s3: {bucket: campus, endpoint: \"http://s3.example\"}}\n" + registrar, "use https"),
        ("lake: {s3: {bucket: campus, style: host}}\n" + registrar, "must be one of"),
        (registrar + "lak: x\n", "lyceum.yaml:3: unknown key 'lak'; did you mean 'lake'?"),
        (
            registrar + "server: {port: 70000}\n",
            "lyceum.yaml:3: 'server.port' is 70000; it must lie between 0 and 65535"
        ),
        (registrar + "audit: {folder: .}\n", "lyceum.yaml:3: 'audit.folder' must be a folder of the record's own"),
        (registrar + "audit: {folder: /etc}\n", "'audit.folder' must be a folder of the record's own"),
        (registrar + "audit: {secret: 00aa11bb}\n", "'secret' must not stand in this file"),
        (registrar + "audit: {file: x}\n", "unknown key 'audit.file'"),
        (registrar + "server:\n  tls: {certificate: a.pem}\n", "'server.tls.key' is missing"),
        (
            registrar + "server:\n  port: 1\n  tls: {certificate: a, key: b, minimum: 1.1}\n",
            "lyceum.yaml:5: 'server.tls.minimum' is '1.1'; it must be one of 1.2, 1.3"
        ),
        (
            registrar + "server:\n  tls:\n    certificate: a\n    key: b\n    ciphers: all\n",
            "lyceum.yaml:7: unknown key 'server.tls.ciphers'"
        ),
        (registrar + "server: {cors: {credentials: true}}\n", "'server.cors.origins' is missing"),
        (registrar + "server: {cors: {origins: [\"*\"], credentials: true}}\n", "cannot be allowed to any site"),
        (registrar + "server: {shutdown: {limit_seconds: 0}}\n", "it must lie between 1 and 3600"),
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

@Test("The server's certificate, its callers on other sites and its end are read")
func serverSection() throws {
    let server = try parse(
        registrar + """
            server:
              tls: {certificate: tls/chain.pem, key: /run/secrets/key.pem, minimum: 1.3}
              cors: {origins: ["https://portal.example.edu"], max_age_seconds: 60}
              access_log: log/access.jsonl
              shutdown: {notice_seconds: 5, limit_seconds: 30}
              behind_https: true
              trusted_proxies: [127.0.0.1, 10.0.0.0/8]
              limits: {concurrent_requests: 8, queued_requests: 16, queue_milliseconds: 250, body_bytes: 4096}
            """
    ).server
    #expect(server.isBehindHTTPS)
    #expect(server.trustedProxies.contains("10.1.2.3") && !server.trustedProxies.contains("11.1.2.3"))
    #expect(server.limits.concurrentRequests == 8 && server.limits.queuedRequests == 16)
    #expect(server.limits.queueMilliseconds == 250 && server.limits.bodyBytes == 4096)
    #expect(server.limits.connections == nil && server.limits.idleSeconds == nil)
    #expect(server.tls?.certificate.path == "/etc/lyceum/tls/chain.pem")
    #expect(server.tls?.key.path == "/run/secrets/key.pem")
    #expect(server.tls?.minimum == .tls13)
    #expect(server.crossOrigin?.origins == ["https://portal.example.edu"])
    #expect(server.crossOrigin?.credentials == false)
    #expect(server.crossOrigin?.maximumAge == 60)
    #expect(server.accessLog == .file(URL(filePath: "/etc/lyceum/log/access.jsonl")))
    #expect(server.shutdownNotice == 5 && server.shutdownLimit == 30)
    let plain = try parse(registrar).server
    #expect(!plain.isBehindHTTPS && plain.limits == .init())
    #expect(plain.tls == nil && plain.crossOrigin == nil && plain.accessLog == .whenPiped)
    for (word, expected) in [("off", Configuration.ServerSettings.AccessLog.off), ("stderr", .standardError)] {
        #expect(try parse(registrar + "server: {access_log: \(word)}\n").server.accessLog == expected)
    }
}

@Test("A TLS key that others may read is refused, also behind a link")
func openKey() throws {
    let folder = URL(filePath: NSTemporaryDirectory()).appending(path: "lyceum-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let (key, link) = (folder.appending(path: "key-1.pem"), folder.appending(path: "key.pem"))
    try Data("key".utf8).write(to: key)
    try FileManager.default.createSymbolicLink(at: link, withDestinationURL: key)
    let text = registrar + "server: {tls: {certificate: \(folder.path)/chain.pem, key: \(link.path)}}\n"
    for (mode, isRefused) in [(0o644, true), (0o660, true), (0o640, false), (0o600, false)] {
        try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: key.path)
        if isRefused {
            let error = #expect(throws: PipelineError.self) { try parse(text) }
            #expect(error.map { "\($0)" }?.contains("chmod 600") == true)
        } else {
            #expect(try parse(text).server.tls?.key.path == link.path)
        }
    }
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
        registrar + "privacy: {key: {file: key}}\n",
        file: folder.appending(path: "lyceum.yaml"),
        environment: [:]
    )
    #expect(configuration.privacy.key?.reveal() == "hidden")
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

@Test("The ledger is a file, or a schema on a server whose URI is a secret")
func ledgerLocations() throws {
    let uri = "postgresql://lyceum:sesame@db.campus.edu/lake"
    func ledger(_ text: String) throws -> LedgerLocation {
        try parse("ledger: \(text)\n" + registrar, ["URI": uri, "FILE": "kept.sqlite"]).lake.ledger
    }
    #expect(try ledger("data/l.sqlite") == .file(URL(filePath: "/etc/lyceum/data/l.sqlite")))
    #expect(try ledger("${FILE}") == .file(URL(filePath: "/etc/lyceum/kept.sqlite")))
    #expect(try ledger("${URI}") == .postgresql(uri: Secret(uri), schema: "lyceum"))
    #expect(try ledger("{postgresql: \"${URI}\", schema: campus}") == .postgresql(uri: Secret(uri), schema: "campus"))
    for (text, reason) in [
        (uri, "holds a password"), ("{postgresql: \"\(uri)\"}", "must not stand in this file"),
        ("{postgresql: \"${FILE}\"}", "must be a URI"), ("{postgresql: \"${URI}\", shema: x}", "unknown key"),
    ] {
        let error = #expect(throws: PipelineError.self) { try ledger(text) }
        #expect(error.map { "\($0)".contains(reason) && !"\($0)".contains("sesame") } == true, "\(text)")
    }
}
