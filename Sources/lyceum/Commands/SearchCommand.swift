// `lyceum search`: students, jobs or courses.

import ArgumentParser
import Foundation

/// The three things that are searched.
enum SearchedCollection: String, ExpressibleByArgument, CaseIterable, Sendable {
    case students, jobs, courses
}

/// Searches one collection of the current snapshot.
struct SearchCommand: RoomCommand {
    static let configuration = CommandConfiguration(
        commandName: "search",
        abstract: "Search students, jobs or courses.",
        discussion: """
            Filters: comparisons joined by AND, OR and NOT, for example 'gpa >= 3.5 AND skills = "Python"' or \
            'location IN ["Boston, MA"]'. Several --filter must all hold. A query of "" lists all that the filters let pass.
            """
    )

    @Argument(help: ArgumentHelp("What to search: students, jobs or courses.", valueName: "what"))
    var collection: SearchedCollection

    @Argument(help: ArgumentHelp("Words to look for.", valueName: "query"))
    var query: String

    @Option(name: .shortAndLong, help: ArgumentHelp("A condition. May be given again.", valueName: "expr"))
    var filter: [String] = []

    @Option(name: .shortAndLong, help: ArgumentHelp("How many hits, at most 1000.", valueName: "n"))
    var limit: Int = 10

    @Option(help: ArgumentHelp("Count the hits by this field's values. May be given again.", valueName: "field"))
    var facet: [String] = []

    @Option(
        help: ArgumentHelp(
            "Sort by this field, descending with a - before it. May be given again.",
            valueName: "[-]field"
        )
    )
    var sort: [String] = []

    @Option(help: ArgumentHelp("Go on after the page that gave this cursor.", valueName: "cursor"))
    var cursor: String?

    @Flag(help: "Say how each score came about.")
    var explain = false

    @OptionGroup var shared: SharedOptions

    func validate() throws {
        guard (1...1000).contains(limit) else { throw ValidationError("--limit must be from 1 to 1000.") }
    }

    func perform(on console: Console) async throws { throw Failure.notWired }
}
