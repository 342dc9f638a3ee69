// `lyceum search`: students, jobs or courses.

import ArgumentParser
import LyceumAudit
import LyceumSearch

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
            'location IN ["Boston, MA"]'. Several --filter must all hold. A query of "" lists all that the filters let \
            pass. Distances: 'GEO(position, "Boston, MA", 50 km)', and --sort 'distance(position, "Boston, MA")'.

            In the query, "machine learning" in quotes and title:engineer are conditions, -senior excludes, engin* stands \
            for every word that begins so; plain words are wishes, and more of them score higher.

            A search of students is recorded in the audit record before its hits are shown.
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
        parsing: .unconditionalSingleValue,
        help: ArgumentHelp(
            "Sort by this field, descending with a - before it. May be given again.",
            valueName: "[-]field"
        )
    )
    var sort: [String] = []

    @Option(help: ArgumentHelp("What a hit needs: any of the words, or all of them.", valueName: "any|all"))
    var match: Matching = .any

    @Option(
        help: ArgumentHelp("Search by words and meaning, by words alone or by meaning alone.", valueName: "mode")
    )
    var mode: SearchRequest.Mode = .hybrid

    @Option(help: ArgumentHelp("Go on after the page that gave this cursor.", valueName: "cursor"))
    var cursor: String?

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
        let snapshot = try store.snapshot()
        guard let documents = snapshot.collection(collection.rawValue) else {
            throw Failure(
                code: "collectionMissing",
                message: "the search snapshot \(snapshot.version) has no \(collection.rawValue)",
                remedy: "lyceum index"
            )
        }
        let request = SearchRequest(
            query: query,
            filter: FilterText.all(of: filter),
            facets: facet,
            sort: sort.map { SortKey($0) },
            limit: limit,
            cursor: cursor,
            explain: explain,
            mode: mode,
            matching: match
        )
        let result = try documents.search(request).json()
        if collection == .students {
            let list = try HitList(result)
            try await CommandAudit(configuration.audit, purpose, on: console).record(
                .search,
                "lyceum search",
                collection: collection.rawValue,
                subjects: list.hits.map(\.id),
                fields: list.shownFields,
                query: query
            )
        }
        try HitListText.say(result, kind: HitKind(collection), asJSON: shared.json, on: console)
    }
}

extension Matching: ExpressibleByArgument {}

extension SearchRequest.Mode: ExpressibleByArgument {}

/// Filters of one request.
enum FilterText {
    /// One filter that holds where all of them hold; nil for none.
    static func all(of filters: [String]) -> String? {
        switch filters.count {
        case 0: nil
        case 1: filters[0]
        default: filters.map { "(\($0))" }.joined(separator: " AND ")
        }
    }
}
