// Several searches at once, apart or as one list.

import Foundation

/// One search of several: which collection, what, and how much it counts in a common list.
public struct CollectionSearch: Sendable, Hashable {
    /// The collection's name.
    public var collection: String
    /// What is searched.
    public var request: SearchRequest
    /// What its hits count in a common list beside those of the other searches, above nought.
    public var weight: Float

    /// Makes a search.
    public init(_ collection: String, _ request: SearchRequest, weight: Float = 1) {
        self.collection = collection
        self.request = request
        self.weight = weight
    }
}

/// A hit of a common list.
public struct MergedHit: Sendable {
    /// The collection it is from.
    public var collection: String
    /// The hit, with the score it has in its own collection.
    public var hit: Hit
    /// What the common list is ordered by.
    public var mergedScore: Float
}

extension Snapshot {
    /// The most searches of one call.
    public static let maximumSearches = 50

    /// The results of several searches over one state of the collections, in the order asked.
    ///
    /// - Parameter budget: the time for all of them; each may take what is left, and at least a millisecond.
    /// - Throws: ``SearchError`` with code `collection_missing`, `invalid_request`, or those of ``Collection/search(_:)``; its location
    ///   names the search, counted from 1.
    public func search(_ searches: [CollectionSearch], budget: Duration? = nil) throws -> [SearchResult] {
        guard searches.count <= Self.maximumSearches else {
            throw SearchError(.invalidRequest, "at most \(Self.maximumSearches) searches are possible at once")
        }
        let start = ContinuousClock.now
        return try searches.enumerated().map { index, search in
            guard let collection = collection(search.collection) else {
                throw SearchError(
                    .collectionMissing,
                    "the snapshot \(version) has no collection \(search.collection.prefix(64))",
                    location: "search \(index + 1)"
                )
            }
            var request = search.request
            if let budget {
                let left = max(.milliseconds(1), budget - (ContinuousClock.now - start))
                request.budget = request.budget.map { min($0, left) } ?? left
            }
            do {
                return try collection.search(request)
            } catch let error as SearchError {
                let location = "search \(index + 1)" + (error.location.map { ", \($0)" } ?? "")
                throw SearchError(error.code, error.message, location: location, cause: error.cause)
            }
        }
    }

    /// The hits of several searches in one list.
    ///
    /// Scores of different collections cannot be compared, places in their lists can: by reciprocal rank fusion (Cormack, Clarke and
    /// Büttcher, SIGIR 2009) a hit at place r of its list counts weight / (60 + r). Equal ones are in the order of the searches.
    ///
    /// - Throws: see ``search(_:budget:)``.
    public func mergedSearch(
        _ searches: [CollectionSearch],
        limit: Int = 10,
        budget: Duration? = nil
    ) throws -> [MergedHit] {
        guard searches.allSatisfy({ $0.weight > 0 && $0.weight.isFinite }), limit >= 0 else {
            throw SearchError(
                .invalidRequest,
                "weights must be above nought and finite, and the limit not below nought"
            )
        }
        let results = try search(searches, budget: budget)
        var merged: [(hit: MergedHit, order: Int)] = []
        for (search, result) in zip(searches, results) {
            for (place, hit) in result.hits.enumerated() {
                let score = search.weight / Float(61 + place)
                let entry = MergedHit(collection: search.collection, hit: hit, mergedScore: score)
                merged.append((entry, merged.count))
            }
        }
        merged.sort { ($1.hit.mergedScore, $0.order) < ($0.hit.mergedScore, $1.order) }
        return merged.prefix(limit).map(\.hit)
    }
}
