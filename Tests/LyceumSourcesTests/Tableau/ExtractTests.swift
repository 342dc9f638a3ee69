// Extracts, with Tableau's own Hyper where it is installed.

import ADBC
import Foundation
import Logging
import LyceumCore
import Testing

@testable import LyceumSources

@Suite("Tableau's extracts") struct ExtractTests {
    #if arch(x86_64)
        private static let isMade = true
    #else
        private static let isMade = false
    #endif
    private static let why: Comment = "Tableau makes Hyper for x86-64 only"

    /// A packaged data source with one table, made by Hyper.
    private func packaged(in folder: URL, tables: [String]) async throws -> [UInt8] {
        let hyper = folder.appending(path: "x.hyper").path
        let server = try await HyperServer.start(try HyperServer.find(nil))
        let connection = try await server.connect()
        try await connection.execute("CREATE DATABASE \"\(hyper)\"")
        try await connection.execute("ATTACH DATABASE \"\(hyper)\" AS x")
        try await connection.execute("CREATE SCHEMA x.\"Extract\"")
        for table in tables {
            try await connection.execute(
                """
                CREATE TABLE x."Extract"."\(table)" ("Student Id" BIGINT, "Score" NUMERIC(18, 3), "Name" TEXT, "Day" DATE)
                """
            )
            try await connection.execute(
                """
                INSERT INTO x."Extract"."\(table)" VALUES (11391, 82.125, 'Zoë', DATE '2014-05-01'), (28400, NULL, NULL, NULL)
                """
            )
        }
        try await connection.execute("DETACH DATABASE x")
        try await connection.close()
        await server.stop()
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = [
            "python3", "-c",
            "import zipfile; z = zipfile.ZipFile('a.tdsx', 'w', zipfile.ZIP_DEFLATED); z.writestr('a.tds', '<datasource/>'); "
                + "z.write('x.hyper', 'Data/Extracts/x.hyper'); z.close()",
        ]
        process.currentDirectoryURL = folder
        try process.run()
        process.waitUntilExit()
        return Array(try Data(contentsOf: folder.appending(path: "a.tdsx")))
    }

    private func answer(_ request: StubRequest, _ content: [UInt8]) -> StubResponse {
        if request.path.hasSuffix("/signin") {
            return .json(#"{"credentials":{"token":"t","site":{"id":"s"},"user":{"id":"u"}}}"#)
        }
        if request.path.hasSuffix("/datasources") {
            return .json(
                #"{"pagination":{"pageNumber":"1","pageSize":"100","totalAvailable":"1"},"datasources":{"datasource":[{"id":"d","name":"Students"}]}}"#
            )
        }
        return request.path.hasSuffix("/content") ? StubResponse(body: content) : StubResponse(status: 204)
    }

    private func source(_ server: FaultServer, hyper: String? = nil, table: String? = nil) throws -> TableauSource {
        try TableauSource(
            TableauConfiguration(
                name: "tableau",
                server: try #require(URL(string: server.url)),
                tokenName: "etl",
                tokenSecret: Secret("hush-hush-42"),
                tables: ["t": .init(.extract(datasource: "Students", table: table), key: ["student_id"])],
                hyper: hyper,
                requestsPerSecond: 0
            ),
            policy: RetryPolicy(),
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        )
    }

    @Test(
        "an extract's rows come with their own types",
        .enabled(if: isMade, why)
    )
    func rows() async throws {
        let folder = try TemporaryFolder()
        let content = try await packaged(in: URL(fileURLWithPath: folder.path), tables: ["Extract"])
        let server = try await FaultServer { answer($0, content) }
        let source = try source(server)
        let sink = RecordingSink()
        let dataset = try #require(try await source.datasets().first)
        let result = try await source.extract(ExtractRequest(dataset: dataset), into: sink)
        await source.close()
        #expect(result.rows == 2 && result.isComplete)
        #expect(
            await sink.rows.sorted { ($0["student_id"] ?? "") < ($1["student_id"] ?? "") } == [
                ["student_id": "11391", "score": "82.125", "name": "Zoë", "day": "2014-05-01"], ["student_id": "28400"],
            ]
        )
    }

    @Test(
        "of several tables one has to be named",
        .enabled(if: isMade, why)
    )
    func severalTables() async throws {
        let folder = try TemporaryFolder()
        let content = try await packaged(in: URL(fileURLWithPath: folder.path), tables: ["A", "B"])
        let server = try await FaultServer { answer($0, content) }
        let unnamed = try source(server)
        let dataset = try #require(try await unnamed.datasets().first)
        await #expect {
            _ = try await unnamed.extract(ExtractRequest(dataset: dataset), into: RecordingSink())
        } throws: { error in
            (error as? SourceError)?.message.contains("Extract.A, Extract.B") == true
        }
        let named = try source(server, table: "Extract.B")
        let sink = RecordingSink()
        #expect(try await named.extract(ExtractRequest(dataset: dataset), into: sink).rows == 2)
        await unnamed.close()
        await named.close()
    }

    @Test("Hyper leaves nothing behind", .enabled(if: isMade, why))
    func nothingLeft() async throws {
        let server = try await HyperServer.start(try HyperServer.find(nil))
        let folder = await server.folder
        let attributes = try FileManager.default.attributesOfItem(atPath: folder)
        #expect(attributes[.posixPermissions] as? Int == 0o700)
        let pid = await server.pid
        // By itself, long before it would be killed.
        let state = { (try? String(contentsOfFile: "/proc/\(pid)/status", encoding: .utf8)) ?? "" }
        #expect(!state().isEmpty && state().contains("SigBlk:\t0000000000000000") == true)
        await server.stop()
        #expect(kill(pid, 0) != 0)
        #expect(!FileManager.default.fileExists(atPath: folder))
    }

    @Test("without Hyper the error says what to install, before anything is downloaded")
    func missing() async throws {
        let server = try await FaultServer { answer($0, []) }
        let source = try source(server, hyper: "/nowhere/hyperd")
        let dataset = try #require(try await source.datasets().first)
        await #expect {
            _ = try await source.extract(ExtractRequest(dataset: dataset), into: RecordingSink())
        } throws: { ($0 as? SourceError)?.code == .missingComponent }
        #expect(!server.requests.contains { $0.path.hasSuffix("/content") })
        await source.close()
    }

    @Test("a live data source has no extract, and the error says how to read it")
    func live() throws {
        let folder = try TemporaryFolder()
        let file = URL(fileURLWithPath: folder.path).appending(path: "a.tdsx")
        try Data("<?xml version='1.0'?><datasource/>".utf8).write(to: file)
        #expect { try ExtractReader.unpack(file.path, to: file.path + ".hyper", location: "x") } throws: { error in
            (error as? SourceError)?.message.contains("read: query") == true
        }
    }
}
