// One snapshot, asked in the server's words.

import Foundation
import LyceumAccess
import LyceumSearch

/// A snapshot, or what somebody may see of it, with the one before it for those who are still paging through that.
final class SnapshotBackend: SearchBackend {
    let snapshot: Snapshot
    let views: LimitedSnapshots
    private let previous: Snapshot?
    private let previousViews: LimitedSnapshots?
    private let answers: AnswerCache
    /// What may be seen; nil for all.
    private let view: LimitedSnapshots.Key?

    /// A whole snapshot.
    ///
    /// - Parameter answerBytes: how much of its answers is kept for those who ask the same.
    init(_ snapshot: Snapshot, before: SnapshotBackend? = nil, answerBytes: Int) {
        self.snapshot = snapshot
        views = LimitedSnapshots(snapshot)
        previous = before?.snapshot
        previousViews = before?.views
        answers = AnswerCache(bytes: answerBytes)
        view = nil
    }

    /// A limited one.
    private init(_ snapshot: Snapshot, _ view: LimitedSnapshots.Key, previous: Snapshot?, _ answers: AnswerCache) {
        self.snapshot = snapshot
        views = LimitedSnapshots(snapshot)
        self.previous = previous
        previousViews = nil
        self.answers = answers
        self.view = view
    }

    var version: String { snapshot.version }

    var answerCounts: (found: Int, made: Int) { answers.counts }

    var counts: [CollectionName: Int] {
        var counts: [CollectionName: Int] = [:]
        for name in CollectionName.allCases {
            if let collection = snapshot.collection(name.rawValue) { counts[name] = collection.count }
        }
        return counts
    }

    func limited(_ name: CollectionName, to grant: Grant) async throws -> any SearchBackend {
        let key = LimitedSnapshots.Key(name, grant)
        if key.isWhole { return self }
        _ = try collection(name)
        return SnapshotBackend(
            try await views.snapshot(key),
            key,
            previous: await previousViews?.existing(key),
            answers
        )
    }

    func fields(_ name: CollectionName) throws -> [FieldDefinition] { try collection(name).schema.fields }

    func search(
        _ name: CollectionName,
        _ parameters: SearchParameters,
        counts: Grant.Counts
    ) throws -> SearchAnswer {
        let key = AnswerCache.Key(view: view, subject: .search(name, counts), parameters: parameters)
        return try answers.answer(key) { try made(name, parameters, counts) }
    }

    private func made(
        _ name: CollectionName,
        _ parameters: SearchParameters,
        _ counts: Grant.Counts
    ) throws -> SearchAnswer {
        let collection = try collection(name)
        return try asProblems {
            var request = try Self.request(parameters, schema: collection.schema)
            if case .coarse(let least, let step) = counts {
                try Self.refuseDocuments(parameters)
                request.limit = 0
                return SearchAnswer(try collection.search(request).coarsened(least: least, step: step))
            }
            do {
                return SearchAnswer(try collection.search(request))
            } catch let error as SearchError where error.code == .invalidCursor {
                // A cursor of the snapshot before still leads through that one.
                guard let old = previous?.collection(name.rawValue), let result = try? old.search(request) else {
                    throw error
                }
                return SearchAnswer(result)
            }
        }
    }

    func document(_ name: CollectionName, id: String) throws -> Data? {
        try collection(name).document(id: id)
    }

    func suggestions(_ name: CollectionName, _ text: String, limit: Int) throws -> Data {
        let collection = try collection(name)
        return try asProblems {
            let result = try collection.suggestions(for: text, limit: limit)
            let suggestions = result.suggestions.map { suggestion in
                var object = JSONObjectText()
                object.add("text", suggestion.text)
                object.add("field", suggestion.field)
                object.add("count", suggestion.count)
                return object.text
            }
            var body = JSONObjectText()
            body.add("suggestions", raw: "[\(suggestions.joined(separator: ","))]")
            if let meant = result.didYouMean { body.add("did_you_mean", meant) }
            return Data(body.text.utf8)
        }
    }

    func similar(_ name: CollectionName, to id: String, _ parameters: SearchParameters) throws -> SearchAnswer? {
        let collection = try collection(name)
        return try asProblems {
            do {
                let request = try Self.request(parameters, schema: collection.schema)
                return SearchAnswer(try collection.similar(to: id, request))
            } catch let error as SearchError where error.code == .documentNotFound {
                return nil
            }
        }
    }

    func recommendations(
        _ name: CollectionName,
        forProfile document: Data,
        _ parameters: SearchParameters
    ) throws -> Data {
        let recommender = Recommender(snapshot: snapshot)
        let schema = try collection(name).schema
        return try asProblems {
            let profile = try StudentProfile(json: document)
            let filter = try Self.joined(parameters.filters, schema: schema)
            let (limit, explain) = (parameters.limit, parameters.explain)
            let result =
                name == .courses
                ? try recommender.courses(for: profile, filter: filter, limit: limit, explain: explain)
                : try recommender.jobs(for: profile, filter: filter, limit: limit, explain: explain)
            return result.json(isTimed: false)
        }
    }

    func recommendations(
        _ name: CollectionName,
        forStudent id: String,
        _ parameters: SearchParameters
    ) throws -> Data? {
        guard let profile = try document(.students, id: id) else { return nil }
        let key = AnswerCache.Key(view: view, subject: .student(id, name), parameters: parameters)
        return try answers.answer(key) {
            SearchAnswer(json: try recommendations(name, forProfile: profile, parameters), ids: [id])
        }.json
    }

    func students(forJob id: String, _ parameters: SearchParameters) throws -> SearchAnswer? {
        let schema = try collection(.students).schema
        return try asProblems {
            do {
                let result = try Recommender(snapshot: snapshot).students(
                    forJob: id,
                    filter: Self.joined(parameters.filters, schema: schema),
                    limit: parameters.limit,
                    explain: parameters.explain
                )
                return SearchAnswer(json: result.json(isTimed: false), ids: result.hits.map(\.id))
            } catch let error as SearchError where error.code == .jobNotFound {
                return nil
            }
        }
    }

    private func collection(_ name: CollectionName) throws -> LyceumSearch.Collection {
        guard let collection = snapshot.collection(name.rawValue) else { throw Problem.noCollection(name) }
        return collection
    }

    private static func request(_ parameters: SearchParameters, schema: CollectionSchema) throws -> SearchRequest {
        SearchRequest(
            query: parameters.query,
            filter: try joined(parameters.filters, schema: schema),
            facets: parameters.facets,
            sort: parameters.sort.map { SortKey($0) },
            offset: parameters.offset,
            limit: parameters.limit,
            cursor: parameters.cursor,
            explain: parameters.explain,
            fields: parameters.fields.isEmpty ? nil : parameters.fields,
            facetFilters: parameters.chosen,
            highlight: parameters.highlight ? HighlightOptions(cropLength: parameters.highlightedWords) : nil
        )
    }

    /// A caller who gets counts only is told so when they ask for more, instead of getting an empty page.
    private static func refuseDocuments(_ parameters: SearchParameters) throws {
        for (name, isAsked) in [
            ("sort", !parameters.sort.isEmpty), ("cursor", parameters.cursor != nil), ("explain", parameters.explain),
            ("offset", parameters.offset != 0), ("fields", !parameters.fields.isEmpty),
            ("highlight", parameters.highlight),
        ] where isAsked {
            throw Problem.badParameter(name, "This caller gets counts only, in which '\(name)' has no meaning.")
        }
    }

    /// One filter of several, each checked alone so that a position is one in the caller's own text.
    private static func joined(_ filters: [String], schema: CollectionSchema) throws -> String? {
        guard filters.count > 1 else { return filters.first }
        for filter in filters { _ = try Filter.parse(filter, schema: schema) }
        return filters.map { "(\($0))" }.joined(separator: " AND ")
    }

    /// Turns what is the caller's fault into a problem; anything else passes.
    private func asProblems<Value>(_ work: () throws -> Value) throws -> Value {
        do {
            return try work()
        } catch let error as SearchError {
            guard let problem = Problem(error) else { throw error }
            throw problem
        }
    }
}

extension SearchAnswer {
    init(_ result: SearchResult) {
        self.init(json: result.json(isTimed: false), ids: result.hits.map(\.id), nextCursor: result.nextCursor)
    }
}

extension Problem {
    /// The problem for an error of the search that the caller caused, nil for any other.
    init?(_ error: SearchError) {
        let position = error.location.flatMap { location in
            location.hasPrefix("filter:") ? Int(location.dropFirst("filter:".count)) : nil
        }
        switch error.code {
        case .invalidFilter:
            self = .badFilter(error.message, position: position)
        case .unknownField where position != nil, .unknownPlace where position != nil:
            self = .badFilter(error.message, position: position)
        case .unknownField, .unknownPlace, .invalidRequest:
            self = .badRequest("bad-parameter", "A parameter cannot be used", error.message, parameter: error.location)
        case .invalidCursor:
            self = .badRequest("bad-cursor", "The cursor cannot be used", error.message, parameter: "cursor")
        case .noSnapshot, .collectionMissing:
            self = .noSnapshot
        default:
            return nil
        }
    }

    /// The snapshot was built without a collection.
    static func noCollection(_ name: CollectionName) -> Problem {
        Problem(
            "no-collection",
            .serviceUnavailable,
            "This index has none of these",
            "The search index was built without \(name.rawValue).",
            headers: [.retryAfter: "30"]
        )
    }
}
