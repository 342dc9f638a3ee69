// A Spark server that is lost: while a statement runs, between two, and for good.

import ADBC
import Foundation
import LyceumCore
import TestServers
import Testing

@testable import LyceumPipeline

extension OnSpark {
    @Suite(.serialized) struct RestartTests {
        /// One run that finds its server gone for good, one whose server is lost and comes back; on one server, for each start
        /// takes a while.
        @Test(
            "A run whose server is killed publishes nothing, or waits for the next server and completes",
            .timeLimit(.minutes(15))
        )
        func killedServer() async throws {
            var server = try SparkServer.start()
            defer { server.stop() }
            try await withTemporaryFolder { folder in
                var campus = try TinyCampus.forBothEngines(folder, try server.settings(restart: .seconds(2)))
                campus.source.set { $0.rows = [(1, "Ann", 80), (2, "Bob", 30), (3, "Cyd", 140)] }
                campus.slow(.seconds(5))

                let lost = RunWatch()
                let failing = Task { [campus] in try await lost.run(campus) }
                try await lost.isBuilding("cards")
                try await Task.sleep(for: .seconds(2))
                try server.kill()
                let error = await #expect(throws: PipelineError.self) { try await failing.value }
                #expect(
                    error?.code == .engine && error?.message.contains("did not come back within 2 s") == true,
                    "\(String(describing: error))"
                )
                var visible = try campus.visibleFiles()
                #expect(visible.isEmpty)
                #expect(try await campus.pipeline().openLake().ledger.runs(limit: 1).first?.status == .failed)

                server = try SparkServer.start(inPlaceOf: server)
                campus.spark = try server.settings(restart: .seconds(600))
                let found = RunWatch()
                let completing = Task { [campus] in try await found.run(campus) }
                try await found.isBuilding("cards")
                try await Task.sleep(for: .seconds(2))
                try server.kill()
                visible = try campus.visibleFiles()
                #expect(visible.isEmpty)
                server = try SparkServer.start(inPlaceOf: server)
                let report = try await completing.value
                #expect(found.notices.contains { $0.hasPrefix("Spark was lost, waiting up to 600 s") })
                #expect(found.notices.contains { $0.hasPrefix("Spark answers again") })
                #expect(report.published == ["clean.persons", "curated.cards", "quarantine.persons", "raw.people"])
                #expect(try await campus.glob("curated/cards", "id, name, passed") == ["1|ANN|true", "2|BOB|true"])
            }
        }

        @Test("A session that a server does not know any more is made anew, with its settings and views")
        func forgottenSession() async throws {
            var server = try SparkServer.start()
            defer { server.stop() }
            let session = try SparkSession(try server.settings()) { [("lyceum.name", $0)] }
            try await session.open()
            try await session.define(view: "one", "CREATE OR REPLACE TEMPORARY VIEW one AS SELECT 1 AS i")
            try await session.define(view: "two", "CREATE OR REPLACE TEMPORARY VIEW two AS SELECT i + 1 AS i FROM one")
            try await session.define(view: "gone", "CREATE OR REPLACE TEMPORARY VIEW gone AS SELECT 0 AS i")
            try await session.drop(view: "gone")
            let first = try await names(session)
            #expect(first.isEmpty == false && first.allSatisfy { $0 == first[0] })

            // The next statement finds an empty session, which answers without an error where it needs no view.
            try server.kill()
            server = try SparkServer.start(inPlaceOf: server)
            let second = try await names(session)
            #expect(second.count == 2 && second[0] == second[1] && second[0] != first[0])
            #expect(try await integer(session, "SELECT i FROM two") == 2)
            let error = await #expect(throws: SparkError.self) { try await integer(session, "SELECT i FROM gone") }
            #expect(error?.errorClass == "TABLE_OR_VIEW_NOT_FOUND")

            // A view that is gone at once, before a pause would have told.
            let name = try await session.perform { turn in
                try await turn.execute("DROP VIEW two")
                try await turn.execute("SET lyceum.session=another")
                return turn.name
            }
            #expect(name == second[0])
            #expect(try await integer(session, "SELECT i FROM two") == 2)
            await session.close()
        }

        @Test("Who waits for a server can be cancelled") func cancelledWait() async throws {
            let session = try SparkSession(SparkSettings(url: "sc://127.0.0.1:1")) { _ in [] }
            let waiting = Task { try await session.perform { _ in } }
            try await Task.sleep(for: .seconds(2))
            waiting.cancel()
            let begin = ContinuousClock.now
            await #expect(throws: CancellationError.self) { try await waiting.value }
            #expect(ContinuousClock.now - begin < .seconds(20))
        }

        /// The session's name as we have it, and as its settings have it.
        private func names(_ session: SparkSession) async throws -> [String] {
            try await session.perform { turn in
                let batches = try await turn.query("SET lyceum.name").batches
                return [turn.name] + batches.map { $0.column(1).text(at: 0) ?? "" }
            }
        }

        private func integer(_ session: SparkSession, _ sql: String) async throws -> Int64? {
            try await session.perform { try await $0.query(sql).batches }.first?.column(0).integer(at: 0)
        }
    }
}
