// How far Spark is with the statement under way, as its REST interface tells it.

import Foundation

/// Tasks of a statement: a statement is done when all are, but more become known while it runs.
public struct TaskCounts: Sendable, Hashable {
    /// Tasks that are done.
    public var done: Int
    /// Tasks that are known so far, those that are done among them.
    public var total: Int

    /// Counts tasks.
    public init(done: Int, total: Int) {
        self.done = done
        self.total = total
    }
}

/// Adds up what successive looks at Spark's running jobs and active stages show of one user's statement.
///
/// Adaptive execution plans a statement job by job, and a job counts stages that it will skip among its tasks. So only
/// stages that were seen at work count; one that is no longer active has ended.
struct StatementProgress {
    /// A job, as `/applications/ID/jobs` describes it.
    struct Job: Decodable {
        let stageIds: [Int]
        let jobTags: [String]
    }

    /// A stage, as `/applications/ID/stages` describes it.
    struct Stage: Decodable {
        let stageId: Int
        let numTasks: Int
        let numCompleteTasks: Int
    }

    /// Spark Connect tags the jobs of a statement with its user, session and operation.
    private let prefix: String
    private var operation = ""
    private var stages: [Int: TaskCounts] = [:]

    /// - Parameter user: the user's id that the session was opened with, which no other session has.
    init(user: String) { prefix = "SparkConnect_OperationTag_User_\(user)_Session_" }

    /// Takes a look in.
    ///
    /// - Returns: the statement's tasks; nil when none of this user's runs, or none of its stages has begun.
    mutating func see(jobs: [Job], stages active: [Stage]) -> TaskCounts? {
        let tagged = jobs.compactMap { job in job.jobTags.first { $0.hasPrefix(prefix) }.map { (job, $0) } }
        // One statement at a time: of two, the other is one that was given up.
        guard let operation = tagged.last?.1 else { return nil }
        if operation != self.operation { (self.operation, stages) = (operation, [:]) }
        let own = Set(tagged.filter { $0.1 == operation }.flatMap { $0.0.stageIds })
        for (id, counts) in stages { stages[id]?.done = counts.total }
        for stage in active where own.contains(stage.stageId) {
            stages[stage.stageId] = TaskCounts(done: min(stage.numCompleteTasks, stage.numTasks), total: stage.numTasks)
        }
        guard !stages.isEmpty else { return nil }
        return stages.values.reduce(TaskCounts(done: 0, total: 0)) {
            TaskCounts(done: $0.done + $1.done, total: $0.total + $1.total)
        }
    }
}
