// A search backend in memory, so that the routes are tested without an index.

import Foundation
import LyceumAccess
import LyceumSearch
import Synchronization

@testable import LyceumServer

/// A snapshot of a few documents; "search" finds those whose JSON contains the query.
struct StubBackend: SearchBackend {
    var version = "v1"
    var documents: [CollectionName: [(id: String, json: String)]] = [
        .students: [("S-1", #"{"student_id":"S-1","personal_info":{"email":"ada@example.invalid"}}"#)],
        .jobs: [
            // Odd spacing and an escape: what is stored must come back byte for byte.
            ("J-1", #"{"job_posting_id":"J-1", "title":"Data \u0065ngineer","n":1.50}"#),
            ("J/2 ä", #"{"job_posting_id":"J/2 ä","title":"Nurse"}"#),
        ],
        .courses: [("AAA-2013J", #"{"course_id":"AAA-2013J"}"#)],
    ]

    var counts: [CollectionName: Int] { documents.mapValues(\.count) }
    var answerCounts: (found: Int, made: Int) { (0, 0) }

    func fields(_ collection: CollectionName) -> [FieldDefinition] {
        CollectionSchema.all.first { $0.name == collection.rawValue }?.fields ?? []
    }

    func limited(_ collection: CollectionName, to grant: Grant) -> any SearchBackend { self }

    func search(
        _ collection: CollectionName,
        _ parameters: SearchParameters,
        counts: Grant.Counts
    ) throws -> SearchAnswer {
        if parameters.filters.contains("broken") {
            throw Problem.badFilter("there is no field broken", position: 1)
        }
        if parameters.query == "explode" { throw Unforeseen() }
        let found = (documents[collection] ?? []).filter {
            parameters.query.isEmpty || $0.json.contains(parameters.query)
        }
        let page = found.dropFirst(parameters.offset).prefix(parameters.limit)
        let hits = page.map { "{\"id\":\(JSONText.quoted($0.id)),\"score\":1,\"document\":\($0.json)}" }
        let json = "{\"total\":\(found.count),\"hits\":[\(hits.joined(separator: ","))],\"facets\":{}}"
        return SearchAnswer(json: Data(json.utf8), ids: page.map(\.id))
    }

    func document(_ collection: CollectionName, id: String) -> Data? {
        documents[collection]?.first { $0.id == id }.map { Data($0.json.utf8) }
    }

    func suggestions(_ collection: CollectionName, _ text: String, limit: Int) -> Data {
        Data(#"{"suggestions":[]}"#.utf8)
    }

    func similar(_ collection: CollectionName, to id: String, _ parameters: SearchParameters) -> SearchAnswer? {
        document(collection, id: id).map { _ in Self.nothing }
    }

    func recommendations(
        _ collection: CollectionName,
        forProfile profile: Data,
        _ parameters: SearchParameters
    ) -> Data {
        Self.nothing.json
    }

    func recommendations(
        _ collection: CollectionName,
        forStudent id: String,
        _ parameters: SearchParameters
    ) -> Data? {
        document(.students, id: id).map { recommendations(collection, forProfile: $0, parameters) }
    }

    func students(forJob id: String, _ parameters: SearchParameters) -> SearchAnswer? {
        document(.jobs, id: id).map { _ in Self.nothing }
    }

    private static let nothing = SearchAnswer(json: Data(#"{"total":0,"hits":[],"facets":{}}"#.utf8), ids: [])
}

/// A failure that quotes a student's data, which must not reach the caller.
struct Unforeseen: Error, CustomStringConvertible {
    var description: String { "cannot read the record of ada@example.invalid" }
}

/// Snapshots that a test swaps at will.
final class StubSnapshots: SnapshotSource {
    private let state: Mutex<(current: StubBackend?, next: Result<StubBackend, any Error>?)>

    init(_ current: StubBackend? = StubBackend()) {
        state = Mutex((current, nil))
    }

    var current: (any SearchBackend)? { state.withLock { $0.current } }

    func publish(_ next: Result<StubBackend, any Error>) {
        state.withLock { $0.next = next }
    }

    func reloadIfChanged() throws -> Bool {
        try state.withLock { state in
            guard let next = state.next else { return false }
            state.current = try next.get()
            state.next = nil
            return true
        }
    }
}
