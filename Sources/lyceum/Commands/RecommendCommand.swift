// `lyceum recommend`: jobs or courses for a student, with the reasons.

import ArgumentParser
import LyceumAudit
import LyceumSearch

/// What can be recommended to a student.
enum RecommendedCollection: String, ExpressibleByArgument, CaseIterable, Sendable {
    case jobs, courses
}

/// Recommends jobs or courses to one student.
struct RecommendCommand: RoomCommand {
    static let configuration = CommandConfiguration(
        commandName: "recommend",
        abstract: "Recommend jobs or courses to a student, with matched and missing skills.",
        discussion: "Recorded in the audit record before it is shown."
    )

    @Argument(help: ArgumentHelp("What to recommend: jobs or courses.", valueName: "what"))
    var collection: RecommendedCollection

    @Argument(help: ArgumentHelp("The student's id.", valueName: "student-id"))
    var student: String

    @Option(name: .shortAndLong, help: ArgumentHelp("A condition. May be given again.", valueName: "expr"))
    var filter: [String] = []

    @Option(name: .shortAndLong, help: ArgumentHelp("How many, at most 1000.", valueName: "n"))
    var limit: Int = 10

    @Flag(help: "Say how each score came about.")
    var explain = false

    @OptionGroup var purpose: PurposeOption
    @OptionGroup var shared: SharedOptions

    func validate() throws {
        guard (1...1000).contains(limit) else { throw ValidationError("--limit must be from 1 to 1000.") }
    }

    func perform(on console: Console) async throws {
        let configuration = try shared.configuration()
        let store = try configuration.snapshots()
        let recommender = Recommender(snapshot: try store.snapshot())
        let conditions = FilterText.all(of: filter)
        let result =
            switch collection {
            case .jobs:
                try recommender.jobs(forStudent: student, filter: conditions, limit: limit, explain: explain)
            case .courses:
                try recommender.courses(forStudent: student, filter: conditions, limit: limit, explain: explain)
            }
        let kind: HitKind = collection == .jobs ? .jobs : .courses
        let json = result.json()
        try await CommandAudit(configuration.audit, purpose, on: console).record(
            .recommend,
            "lyceum recommend",
            collection: collection.rawValue,
            subjects: [student],
            // The documents are of jobs or courses; of the student the reasons speak.
            fields: try HitList(json).shownReasons
        )
        try HitListText.say(json, kind: kind, asJSON: shared.json, on: console)
    }
}
