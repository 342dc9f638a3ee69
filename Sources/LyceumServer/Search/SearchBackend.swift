// What the routes need of a search index: the seam at which tests put their own.

import Foundation

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

    /// Whether reading it needs an API key.
    var scope: APIKey.Scope? {
        self == .students ? .students : nil
    }
}

/// One immutable snapshot of the index, as the routes see it.
///
/// The answers are JSON as sent; a stored document stands in them byte for byte. A caller's mistake is thrown as
/// ``Problem``.
protocol SearchBackend: Sendable {
    /// The snapshot's version.
    var version: String { get }
    /// How many documents each collection has.
    var counts: [CollectionName: Int] { get }
    /// `{total, hits, facets, took_us, next_cursor?}`
    func search(_ collection: CollectionName, _ parameters: SearchParameters) throws -> Data
    /// The stored document, or nil where there is none of that id.
    func document(_ collection: CollectionName, id: String) throws -> Data?
    /// `{total, hits with reasons, took_us}`, or nil where there is no such student.
    func recommendations(
        _ collection: CollectionName,
        forStudent id: String,
        _ parameters: SearchParameters
    ) throws -> Data?
}

/// Where snapshots come from.
protocol SnapshotSource: Sendable {
    /// The snapshot in use, or nil before the first is published.
    var current: (any SearchBackend)? { get }
    /// Looks for a newer snapshot and takes it up; returns whether there was one.
    func reloadIfChanged() throws -> Bool
}
