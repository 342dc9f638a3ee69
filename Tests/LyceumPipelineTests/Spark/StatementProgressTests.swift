// How far a statement is: sums over looks at Spark's jobs and stages, and what a real Spark shows.

import Foundation
import TestServers
import Testing

@testable import LyceumPipeline

@Suite struct StatementProgressTests {
    private typealias Job = StatementProgress.Job
    private typealias Stage = StatementProgress.Stage

    private func tag(_ operation: Int, user: String = "lyceum-1") -> [String] {
        ["spark-session-x", "SparkConnect_OperationTag_User_\(user)_Session_s_Operation_\(operation)"]
    }

    private func stage(_ id: Int, _ done: Int, of total: Int) -> Stage {
        Stage(stageId: id, numTasks: total, numCompleteTasks: done)
    }

    @Test("Stages that ended count whole, those that are skipped never, and another statement begins at nothing")
    func sums() {
        var progress = StatementProgress(user: "lyceum-1")
        #expect(progress.see(jobs: [], stages: []) == nil)
        let first = Job(stageIds: [0], jobTags: tag(1))
        #expect(progress.see(jobs: [first], stages: [stage(0, 3, of: 16)]) == TaskCounts(done: 3, total: 16))
        // Between two jobs of one statement there is nothing to tell.
        #expect(progress.see(jobs: [], stages: []) == nil)
        let second = Job(stageIds: [1, 2], jobTags: tag(1))
        #expect(progress.see(jobs: [second], stages: [stage(2, 1, of: 4)]) == TaskCounts(done: 17, total: 20))
        let next = Job(stageIds: [3], jobTags: tag(2))
        // A job is known before its first stage is at work: nothing of nothing is no progress.
        #expect(progress.see(jobs: [next], stages: []) == nil)
        #expect(progress.see(jobs: [next], stages: [stage(3, 0, of: 2)]) == TaskCounts(done: 0, total: 2))
    }

    @Test("Jobs and stages of others do not count, nor of a user whose name begins like ours")
    func others() {
        var progress = StatementProgress(user: "lyceum-1")
        let theirs = [
            Job(stageIds: [7], jobTags: tag(1, user: "lyceum-12")), Job(stageIds: [8], jobTags: tag(1, user: "eve")),
            Job(stageIds: [9], jobTags: []),
        ]
        let stages = [stage(1, 1, of: 2), stage(7, 5, of: 50), stage(8, 5, of: 50), stage(9, 5, of: 50)]
        #expect(progress.see(jobs: theirs, stages: stages) == nil)
        let own = Job(stageIds: [1], jobTags: tag(3))
        #expect(progress.see(jobs: theirs + [own], stages: stages) == TaskCounts(done: 1, total: 2))
    }
}

extension OnSpark {
    @Suite(.serialized) struct ProgressTests {
        @Test("A run tells how many tasks of a long statement are done, from Spark's pages", .timeLimit(.minutes(5)))
        func tasks() async throws {
            let server = try SparkFixture.shared.get()
            try await withTemporaryFolder { folder in
                var settings = try server.settings()
                settings.pages = try server.ui
                var campus = try TinyCampus.forBothEngines(folder, settings)
                campus.source.set { $0.rows = [(1, "Ann", 80)] }
                campus.slow(.seconds(8))
                let watch = RunWatch()
                _ = try await watch.run(campus)
                let seen = watch.tasks(of: "cards")
                #expect(
                    !seen.isEmpty && seen.allSatisfy { $0.total > 0 && (0...$0.total).contains($0.done) },
                    "\(seen)"
                )
                #expect(watch.notices.isEmpty, "\(watch.notices)")
            }
        }

        @Test("Pages that do not answer are told once, and the run completes", .timeLimit(.minutes(5)))
        func silence() async throws {
            let server = try SparkFixture.shared.get()
            try await withTemporaryFolder { folder in
                var settings = try server.settings()
                settings.pages = "http://127.0.0.1:1"
                var campus = try TinyCampus.forBothEngines(folder, settings)
                campus.source.set { $0.rows = [(1, "Ann", 80)] }
                campus.slow(.seconds(8))
                let watch = RunWatch()
                let report = try await watch.run(campus)
                #expect(report.published.contains("curated.cards"))
                #expect(watch.notices.count == 1 && watch.notices[0].contains("engine.spark.pages"), "\(watch.notices)")
            }
        }

        @Test("The doctor tells whether the pages answer, and as what", .timeLimit(.minutes(5)))
        func doctor() async throws {
            let server = try SparkFixture.shared.get()
            let good = await Pipeline.diagnose(pages: try server.ui)
            #expect(good.ok && good.finding.contains(" answers for "), "\(good)")
            for (address, reason) in [("http://127.0.0.1:1", "refused"), (try server.ui + "/jobs", "rest interface")] {
                let bad = await Pipeline.diagnose(pages: address)
                #expect(!bad.ok && bad.finding.contains(address), "\(bad)")
                #expect(bad.finding.lowercased().contains(reason), "\(bad)")
                #expect(bad.mend?.contains("engine.spark.pages") == true)
            }
        }
    }
}
