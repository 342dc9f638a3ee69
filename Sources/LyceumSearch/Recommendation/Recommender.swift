// Jobs and courses for a student, and students for a job.

import Foundation

/// Recommends from one snapshot; any number of threads may use it at once.
///
/// Every score is a weighted sum of parts between 0 and 1, given with each recommendation. A skill weighs as much as it
/// says: its inverse document frequency among the jobs.
public struct Recommender: Sendable {
    /// The snapshot recommended from.
    public let snapshot: Snapshot

    /// Makes a recommender.
    public init(snapshot: Snapshot) {
        self.snapshot = snapshot
    }

    /// The weights of the parts of a job's or student's score, set on students of O*NET occupations that neither training nor
    /// the measured half of `make relevance` has.
    enum MatchWeight {
        static let skillCoverage: Float = 0.25
        static let skillsUsed: Float = 0.2
        static let interest: Float = 0.1
        static let similarity: Float = 0.45
        /// Added to the sum that covered skills are divided by, so that one skill covered of one says less than nine of
        /// ten: about the weight of a skill that one job in twenty asks for.
        static let coveragePrior: Float = 3
    }

    /// The weights of the parts of a course's score.
    enum CourseWeight {
        static let gapsClosed: Float = 0.7
        static let interest: Float = 0.15
        static let similarity: Float = 0.15
    }

    func collection(_ name: String) throws -> Collection {
        guard let collection = snapshot.collection(name) else {
            throw SearchError(
                .collectionMissing,
                "the snapshot \(snapshot.version) has no collection \(name); rebuild the index with it",
                location: snapshot.directory.path
            )
        }
        return collection
    }

    /// The profile of a student of the snapshot.
    ///
    /// - Throws: ``SearchError`` with code `student_not_found` or `collection_missing`.
    public func student(_ id: String) throws -> StudentProfile {
        guard let json = try collection("students").document(id: id) else {
            throw SearchError(
                .studentNotFound,
                "there is no student with this id in the snapshot \(snapshot.version)"
            )
        }
        return try StudentProfile(json: json)
    }

    /// The documents that pass a filter and, where asked for, are not closed.
    func allowed(_ collection: Collection, filter: String?, openOnly: Bool) throws -> Bitmap? {
        var parts: [Filter] = []
        if let filter, !filter.allSatisfy(\.isWhitespace) {
            parts.append(try Filter.parse(filter, schema: collection.schema))
        }
        if openOnly, let index = collection.schema.index(of: "status"),
            case .keyword = collection.schema.fields[index].kind
        {
            // A posting that does not say is taken for open.
            parts.append(
                .or([.compare(field: "status", .equal, .text("open")), .not(.exists(field: "status"))])
            )
        }
        return try collection.views[0].allowed(parts.isEmpty ? nil : .and(parts))
    }

    static func check(_ limit: Int) throws {
        guard (0...SearchRequest.maximumLimit).contains(limit) else {
            throw SearchError(
                .invalidRequest,
                "limit is \(limit); it goes from 0 to \(SearchRequest.maximumLimit)"
            )
        }
    }

    static func microseconds(since start: ContinuousClock.Instant) -> Int {
        let elapsed = (ContinuousClock.now - start).components
        return Int(elapsed.seconds * 1_000_000 + elapsed.attoseconds / 1_000_000_000_000)
    }
}
