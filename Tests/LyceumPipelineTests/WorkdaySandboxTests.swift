// The Workday connector against the sandbox's Workday: every interface gives the same rows, and every grant a token.

import ADBC
import Arrow
import CryptoExtras
import Foundation
import LyceumCore
import LyceumSandbox
import LyceumSources
import Synchronization
import Testing

@testable import LyceumPipeline

/// Counts what a server is asked.
private final class RequestCounter: Sendable {
    private let paths = Mutex<[String]>([])

    var gate: RequestGate {
        { request in
            self.paths.withLock { $0.append(request.uri.path) }
            return nil
        }
    }

    func count(of end: String) -> Int { paths.withLock { $0.count { $0.hasSuffix(end) } } }
}

@Suite("Workday against the sandbox", .serialized) struct WorkdaySandboxTests {
    /// Keeps rows as text.
    private actor Rows: ExtractSink {
        private(set) var rows: [[String: String]] = []

        func write(_ stream: RecordBatchStream) async throws -> Int64 {
            var count: Int64 = 0
            for try await batch in stream {
                try await write(batch)
                count += Int64(batch.count)
            }
            return count
        }

        func write(_ batch: RecordBatch) async throws {
            let names = batch.schema.fields.map(\.name)
            for row in 0..<batch.count {
                var values: [String: String] = [:]
                for (name, column) in zip(names, batch.columns) where name != "_extra" {
                    values[name] = column.text(at: row)
                }
                rows.append(values)
            }
        }

        func reject(_ row: RejectedRow) async throws {}
    }

    private static let campus = Task {
        let folder = FileManager.default.temporaryDirectory.appending(path: "lyceum-workday-tests-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        return try await Campus.prepare(size: .sample, location: CampusLocation(home: folder))
    }

    private static let key = Result { try _RSA.Signing.PrivateKey(keySize: .bits2048) }

    private func withSource<Result: Sendable>(
        _ resources: [String: WorkdayConfiguration.Resource] = WorkdayConfiguration.defaultResources,
        gate: RequestGate? = nil,
        _ change: (inout WorkdayConfiguration) throws -> Void = { _ in },
        _ body: (WorkdaySource) async throws -> Result
    ) async throws -> Result {
        var credentials = CampusCredentials.demo
        credentials.workdayPublicKey = try Self.key.get().publicKey.pemRepresentation
        let server = try CampusServer(campus: try await Self.campus.value, credentials: credentials, gate: gate)
        try await server.start()
        var configuration = WorkdayConfiguration(
            name: "workday",
            host: try #require(server.url),
            tenant: credentials.tenant,
            clientID: credentials.workdayClientID,
            clientSecret: credentials.workdayClientSecret,
            refreshToken: credentials.workdayRefreshToken,
            reportUser: credentials.workdayReportUser,
            reportPassword: credentials.workdayReportPassword,
            requestsPerSecond: 1_000,
            resources: resources
        )
        try change(&configuration)
        let source = try WorkdaySource(configuration)
        let result: Result
        do {
            result = try await body(source)
        } catch {
            await source.close()
            await server.stop()
            throw error
        }
        await source.close()
        await server.stop()
        return result
    }

    private func read(_ source: WorkdaySource, _ table: String) async throws -> (Extraction, [[String: String]]) {
        let dataset = try #require(try await source.datasets().first { $0.table == table })
        let sink = Rows()
        let result = try await source.extract(ExtractRequest(dataset: dataset), into: sink)
        return (result, await sink.rows)
    }

    @Test("students by REST, by report and by WQL are the same rows; ids that come twice cost no second reading")
    func sameRows() async throws {
        let counter = RequestCounter()
        let (result, byREST) = try await withSource(gate: counter.gate) { try await read($0, "workday_students") }
        #expect(result.isComplete)
        let total = Int(try #require(try await Self.campus.value.counts["workday_students"]))
        #expect(byREST.count < total, "the sample has records that come twice")
        #expect(counter.count(of: "/students") <= (total + 98) / 99 + 1)
        #expect(result.notes.allSatisfy { !$0.contains("times") })

        let report = WorkdayConfiguration.Resource(.report(owner: "ISU_Lyceum", name: "Students", prompts: [:]))
        let (_, byReport) = try await withSource(["workday_students": report]) {
            try await read($0, "workday_students")
        }
        let members =
            "id, studentId, firstName, lastName, email, program, careerInterest, skills, expectedGraduation, status"
        let query = WorkdayConfiguration.Resource(.wql(query: "SELECT \(members) FROM students"))
        let (complete, byQuery) = try await withSource(["workday_students": query]) {
            try await read($0, "workday_students")
        }
        #expect(complete.isComplete)
        #expect(Set(byReport) == Set(byREST) && byReport.count == byREST.count)
        #expect(Set(byQuery) == Set(byREST) && byQuery.count == byREST.count)
    }

    @Test("the JWT grant gives a token, and a key that is not the client's does not")
    func jwtGrant() async throws {
        let rows = try await withSource(
            WorkdayConfiguration.defaultResources,
            {
                $0.grant = .jwtBearer
                $0.clientSecret = nil
                $0.privateKey = Secret(try Self.key.get().pemRepresentation)
                $0.subject = CampusCredentials.demo.workdayReportUser
            }
        ) { try await read($0, "workday_academic_programs").1 }
        #expect(!rows.isEmpty)
        for (key, subject) in [
            (try _RSA.Signing.PrivateKey(keySize: .bits2048), CampusCredentials.demo.workdayReportUser),
            (try Self.key.get(), "somebody_else"),
        ] {
            await #expect {
                try await withSource(
                    WorkdayConfiguration.defaultResources,
                    {
                        $0.grant = .jwtBearer
                        $0.privateKey = Secret(key.pemRepresentation)
                        $0.subject = subject
                    }
                ) { _ = try await read($0, "workday_students") }
            } throws: {
                ($0 as? SourceError)?.code == .unauthorized && "\($0)".contains("private key")
            }
        }
    }

    @Test("the terms report gives pay and deadline; check tries every interface out")
    func terms() async throws {
        var resources = WorkdayConfiguration.defaultResources
        resources["workday_job_posting_terms"] = .init(
            .report(owner: "ISU_Lyceum", name: "Job_Posting_Terms", prompts: [:])
        )
        try await withSource(resources) { source in
            #expect(await source.check().allSatisfy(\.ok))
            let (result, rows) = try await read(source, "workday_job_posting_terms")
            #expect(result.isComplete && rows.count > 100)
            #expect(rows.contains { $0["salary_min"] != nil && $0["currency"] == "USD" })
            #expect(rows.contains { $0["application_deadline"] != nil })
        }
        let wrong = WorkdayConfiguration.Resource(.wql(query: "SELECT id FROM nowhere"))
        await #expect {
            try await withSource(["workday_students": wrong]) { _ = try await read($0, "workday_students") }
        } throws: {
            "\($0)".contains("no data source 'nowhere'")
        }
    }
}
