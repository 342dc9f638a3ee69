// The pipeline's runs, as the server needs them.

import LyceumCore

/// Where the history of pipeline runs is read from.
public protocol RunHistory: Sendable {
    /// The latest runs, newest first, each as the text of one JSON object.
    func recentRuns(limit: Int) async throws -> [String]
    /// One run as the text of a JSON object, or nil where there is none of that id.
    func run(_ id: RunID) async throws -> String?
}
