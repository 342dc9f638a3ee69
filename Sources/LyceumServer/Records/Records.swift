// The way to all data that is served: first what the caller may see, then the answer from that alone, then the record
// of the look; the answer leaves last.

import Foundation
import LyceumAccess
import LyceumAudit
import LyceumSearch

/// Answers about students, jobs and courses, within what the policy grants.
///
/// An answer about people is given only when its look stands in the audit record.
struct Records: Sendable {
    let snapshots: any SnapshotSource
    let audit: AuditTrail

    /// `{total, hits, facets, next_cursor?}`
    func search(_ collection: CollectionName, _ parameters: SearchParameters, _ access: Access) async throws -> Data {
        try await page(of: collection, parameters, access).json
    }

    /// The same, with the cursor of the next page.
    func page(
        of collection: CollectionName,
        _ parameters: SearchParameters,
        _ access: Access
    ) async throws -> SearchAnswer {
        let view = try await view(collection, access)
        let answer = try view.search(collection, parameters, counts: access.grant.counts)
        let action: AuditAction = access.grant.givesDocuments ? .search : .count
        try await record(action, collection, access, answer.ids, query: parameters.query)
        return answer
    }

    /// The fields of a collection that the caller may name; they are the policy's, and no look at anybody.
    func fields(_ collection: CollectionName, _ access: Access) async throws -> [FieldDefinition] {
        try await view(collection, access).fields(collection)
    }

    /// The members of one document that the caller may see, or nil where there is none for them.
    func document(_ collection: CollectionName, id: String, _ access: Access) async throws -> Data? {
        guard access.grant.givesDocuments else { return nil }
        let document = try await view(collection, access).document(collection, id: id)
        try await record(.read, collection, access, [id])
        return document
    }

    /// `{suggestions, did_you_mean?}`
    func suggestions(_ collection: CollectionName, _ text: String, limit: Int, _ access: Access) async throws -> Data {
        let answer = try await view(collection, access).suggestions(collection, text, limit: limit)
        try await record(.suggest, collection, access, [], query: text)
        return answer
    }

    /// Documents like one of a collection, or nil where there is none of that id.
    func similar(
        _ collection: CollectionName,
        to id: String,
        _ parameters: SearchParameters,
        _ access: Access
    ) async throws -> Data? {
        let answer = try await view(collection, access).similar(collection, to: id, parameters)
        try await record(.similar, collection, access, answer?.ids ?? [])
        return answer?.json
    }

    /// Jobs or courses for a student, or nil where there is no such student for the caller.
    func recommendations(
        _ target: CollectionName,
        forStudent id: String,
        _ parameters: SearchParameters,
        _ access: Access
    ) async throws -> Data? {
        let answer = try await view(.students, access).recommendations(target, forStudent: id, parameters)
        try await record(.recommend, .students, access, [id])
        return answer
    }

    /// Jobs or courses for a profile that came with the request and is kept nowhere.
    func recommendations(
        _ target: CollectionName,
        forProfile profile: Data,
        _ parameters: SearchParameters
    ) throws -> Data {
        try snapshot().recommendations(target, forProfile: profile, parameters)
    }

    /// Students who fit a job, or nil where there is no such job.
    func students(forJob id: String, _ parameters: SearchParameters, _ access: Access) async throws -> Data? {
        let answer = try await view(.students, access).students(forJob: id, parameters)
        try await record(.recommend, .students, access, answer?.ids ?? [])
        return answer?.json
    }

    /// The snapshot in use.
    ///
    /// - Throws: ``Problem`` 503 before the first is published.
    func snapshot() throws -> any SearchBackend {
        guard let snapshot = snapshots.current else { throw Problem.noSnapshot }
        return snapshot
    }

    private func view(_ collection: CollectionName, _ access: Access) async throws -> any SearchBackend {
        try await snapshot().limited(collection, to: access.grant)
    }

    /// Records a look; one in vain too, with whom it was about.
    private func record(
        _ action: AuditAction,
        _ collection: CollectionName,
        _ access: Access,
        _ subjects: [String],
        query: String? = nil
    ) async throws {
        guard access.isPersonal else { return }
        try await audit.record(AuditEntry(access, action, collection, subjects: subjects, query: query))
    }
}
