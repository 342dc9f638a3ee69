// What is asked of a search index: the seam at which tests put their own.

import Foundation
import LyceumAccess
import LyceumSearch
import NIOCore

/// The three collections that are served.
enum CollectionName: String, Sendable, CaseIterable {
    case students, jobs, courses

    /// One document of it, as problems call it.
    var singular: String {
        switch self {
        case .students: "student"
        case .jobs: "job"
        case .courses: "course"
        }
    }

    /// Whether its documents are about people.
    var isPersonal: Bool { self == .students }
}

/// An answer and the documents it tells of.
struct SearchAnswer: Sendable {
    /// The answer as sent; sending it copies nothing.
    let body: ByteBuffer
    /// The ids of its hits.
    let ids: [String]
    /// The cursor of the next page; nil on the last.
    let nextCursor: String?

    init(json: Data, ids: [String], nextCursor: String? = nil) {
        body = ByteBuffer(bytes: json)
        self.ids = ids
        self.nextCursor = nextCursor
    }

    /// A copy of the answer, for those who read in it.
    var json: Data { Data(body.readableBytesView) }
}

/// One immutable snapshot of the index, or what somebody may see of it.
///
/// The answers are JSON as sent; a stored document stands in them byte for byte. They hold no time and nothing else that is
/// not in the documents. A caller's mistake is thrown as ``Problem``.
protocol SearchBackend: Sendable {
    /// The snapshot's version.
    var version: String { get }
    /// How many documents each collection has; for the operator's metrics alone.
    var counts: [CollectionName: Int] { get }
    /// How many searches were answered from those before, and how many had to be made; for metrics.
    var answerCounts: (found: Int, made: Int) { get }
    /// The snapshot as the holder of a grant sees it: as if the rest of the collection did not exist.
    func limited(_ collection: CollectionName, to grant: Grant) async throws -> any SearchBackend
    /// The fields that queries of a collection may name.
    func fields(_ collection: CollectionName) throws -> [FieldDefinition]
    /// `{total, hits, facets, next_cursor?}`
    func search(
        _ collection: CollectionName,
        _ parameters: SearchParameters,
        counts: Grant.Counts
    ) throws -> SearchAnswer
    /// The stored document, or nil where there is none of that id.
    func document(_ collection: CollectionName, id: String) throws -> Data?
    /// `{suggestions, did_you_mean?}`
    func suggestions(_ collection: CollectionName, _ text: String, limit: Int) throws -> Data
    /// `{total, hits, facets}`, or nil where there is none of that id.
    func similar(_ collection: CollectionName, to id: String, _ parameters: SearchParameters) throws -> SearchAnswer?
    /// `{total, hits with reasons}`
    func recommendations(
        _ collection: CollectionName,
        forProfile profile: Data,
        _ parameters: SearchParameters
    ) throws -> Data
    /// The same for the profile of a student, or nil where there is none of that id.
    func recommendations(
        _ collection: CollectionName,
        forStudent id: String,
        _ parameters: SearchParameters
    ) throws -> Data?
    /// `{total, hits with reasons}`, or nil where there is no such job.
    func students(forJob id: String, _ parameters: SearchParameters) throws -> SearchAnswer?
}

/// Where snapshots come from.
protocol SnapshotSource: Sendable {
    /// The snapshot in use, or nil before the first is published.
    var current: (any SearchBackend)? { get }
    /// Looks for a newer snapshot and takes it up; returns whether there was one.
    func reloadIfChanged() async throws -> Bool
}
