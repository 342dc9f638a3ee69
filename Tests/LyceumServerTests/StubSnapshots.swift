// A search backend in memory, so that the routes are tested without an index.

import Foundation
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

    func search(_ collection: CollectionName, _ parameters: SearchParameters) throws -> Data {
        if parameters.filters.contains("broken") {
            throw Problem.badFilter("there is no field broken", position: 1)
        }
        if parameters.query == "explode" { throw Unforeseen() }
        let found = (documents[collection] ?? []).filter {
            parameters.query.isEmpty || $0.json.contains(parameters.query)
        }
        let hits = found.dropFirst(parameters.offset).prefix(parameters.limit)
            .map { "{\"id\":\(JSONText.quoted($0.id)),\"score\":1,\"document\":\($0.json)}" }
        return Data(
            "{\"total\":\(found.count),\"hits\":[\(hits.joined(separator: ","))],\"facets\":{},\"took_us\":1}".utf8
        )
    }

    func document(_ collection: CollectionName, id: String) -> Data? {
        documents[collection]?.first { $0.id == id }.map { Data($0.json.utf8) }
    }

    func recommendations(
        _ collection: CollectionName,
        forStudent id: String,
        _ parameters: SearchParameters
    ) -> Data? {
        guard document(.students, id: id) != nil else { return nil }
        return Data(#"{"total":0,"hits":[],"took_us":1}"#.utf8)
    }
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
