// Search snapshots of an index folder, taken up as they are published.

import Foundation
import LyceumSearch
import Synchronization

/// The snapshots of a folder: the one in use, and the one before it for those who are still paging through it.
final class SnapshotFolder: SnapshotSource {
    private struct State {
        var store: SnapshotStore?
        var current: SnapshotBackend?
    }

    private let directory: URL
    private let state = Mutex(State())

    /// Names the folder; nothing is opened before ``reloadIfChanged()``.
    init(directory: URL) {
        self.directory = directory
    }

    var current: (any SearchBackend)? { state.withLock { $0.current } }

    /// Opens the folder's current snapshot if it is another than the one in use.
    ///
    /// Called by one task at a time; queries are not held up while a snapshot is opened.
    func reloadIfChanged() throws -> Bool {
        let (known, previous) = state.withLock { ($0.store, $0.current) }
        let store = try known ?? SnapshotStore(directory: directory)
        if known != nil, try !store.reloadIfChanged() { return false }
        guard let snapshot = store.current else {
            state.withLock { $0.store = store }
            return false
        }
        let next = try SnapshotBackend(snapshot, previous: previous?.snapshot)
        state.withLock {
            $0.store = store
            $0.current = next
        }
        return true
    }
}

/// One snapshot, asked in the server's words.
final class SnapshotBackend: SearchBackend {
    let snapshot: Snapshot
    private let previous: Snapshot?

    init(_ snapshot: Snapshot, previous: Snapshot?) throws {
        self.snapshot = snapshot
        self.previous = previous
    }

    var version: String { snapshot.version }

    var counts: [CollectionName: Int] {
        var counts: [CollectionName: Int] = [:]
        for name in CollectionName.allCases {
            if let collection = snapshot.collection(name.rawValue) { counts[name] = collection.count }
        }
        return counts
    }

    func search(_ name: CollectionName, _ parameters: SearchParameters) throws -> Data {
        let collection = try collection(name)
        return try asProblems {
            let request = SearchRequest(
                query: parameters.query,
                filter: try Self.joined(parameters.filters, schema: collection.schema),
                facets: parameters.facets,
                sort: parameters.sort.map { SortKey($0) },
                offset: parameters.offset,
                limit: parameters.limit,
                cursor: parameters.cursor,
                explain: parameters.explain
            )
            do {
                return try collection.search(request).json()
            } catch let error as SearchError where error.code == .invalidCursor {
                // A cursor of the snapshot before still leads through that one.
                guard let old = previous?.collection(name.rawValue), let result = try? old.search(request) else {
                    throw error
                }
                return result.json()
            }
        }
    }

    func document(_ name: CollectionName, id: String) throws -> Data? {
        try collection(name).document(id: id)
    }

    func recommendations(
        _ name: CollectionName,
        forStudent id: String,
        _ parameters: SearchParameters
    ) throws -> Data? {
        let recommender = Recommender(snapshot: snapshot)
        return try asProblems {
            do {
                switch name {
                case .courses:
                    let schema = try collection(.courses).schema
                    return try recommender.courses(
                        forStudent: id,
                        filter: Self.joined(parameters.filters, schema: schema),
                        limit: parameters.limit,
                        explain: parameters.explain
                    ).json()
                default:
                    let schema = try collection(.jobs).schema
                    return try recommender.jobs(
                        forStudent: id,
                        filter: Self.joined(parameters.filters, schema: schema),
                        limit: parameters.limit,
                        explain: parameters.explain
                    ).json()
                }
            } catch let error as SearchError where error.code == .studentNotFound {
                return nil
            }
        }
    }

    private func collection(_ name: CollectionName) throws -> LyceumSearch.Collection {
        guard let collection = snapshot.collection(name.rawValue) else { throw Problem.noCollection(name) }
        return collection
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
