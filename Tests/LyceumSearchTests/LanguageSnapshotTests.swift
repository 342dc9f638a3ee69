// Synonyms and phrases on their way through a snapshot.

import Foundation
import Testing

@testable import LyceumSearch

@Suite struct LanguageSnapshotTests {
    let folder: IndexFolder

    init() throws { folder = try IndexFolder() }

    static let resources = LanguageResources(
        synonyms: [SynonymRule("swe", ["software engineer"])],
        phrases: ["data engineer", "machine learning"]
    )

    func write(_ version: String, _ resources: LanguageResources = Self.resources) throws -> Snapshot {
        let writer = try SnapshotWriter(directory: folder.url, version: version, language: resources)
        let jobs = try writer.collection(.jobs)
        for job in Campus.jobs { try jobs.add(job) }
        _ = try writer.finish()
        return try Snapshot.open(directory: folder.url)
    }

    @Test("a snapshot keeps them, indexes by the phrases, and hands both to queries")
    func kept() throws {
        let snapshot = try write("v1")
        let segment = try #require(snapshot.collection("jobs")?.base)
        let tables = try #require(segment.language)
        #expect(tables.units.count == 2 && tables.synonyms.count == 1)
        #expect(snapshot.manifest.language?.name == "language.bin")
        var parser = QueryParser(textFields: ["title"], tables: tables)
        let parsed = parser.parse("data engineer", vocabulary: segment.terms)
        #expect(parsed.query.short == "(data | engin | data engin^0.5)")
        let unit = Array("data engin".utf8).withUnsafeBufferPointer { segment.terms.documentFrequency(of: $0) }
        #expect(unit > 0)
    }

    @Test("a snapshot without any has no file for them")
    func none() throws {
        let snapshot = try write("v1", LanguageResources())
        #expect(snapshot.manifest.language == nil && snapshot.collection("jobs")?.base.language == nil)
        #expect(try FileSystem.names(in: snapshot.directory).contains("language.bin") == false)
    }

    @Test("live documents are indexed with them, and a checkpoint keeps them")
    func live() throws {
        _ = try write("v1")
        let index = try LiveIndex(directory: folder.url)
        let json = #"{"job_posting_id":"L1","title":"Junior Data Engineer"}"#
        try index.apply([.upsert(collection: "jobs", json: json)])
        let views = try #require(try index.snapshot().collection("jobs")).views
        let unit = Array("data engin".utf8)
        #expect(unit.withUnsafeBufferPointer { views[1].segment.terms.documentFrequency(of: $0) } == 1)
        _ = try index.checkpoint(version: "v2")
        #expect(try index.snapshot().collection("jobs")?.base.language?.synonyms.count == 1)
    }

    @Test("a missing or damaged file of them is refused by name")
    func damaged() throws {
        let snapshot = try write("v1")
        let file = snapshot.directory.appending(path: "language.bin")
        var bytes = try Data(contentsOf: file)
        bytes[bytes.count / 2] ^= 1
        try bytes.write(to: file)
        func open() -> SearchError? {
            do {
                _ = try Snapshot.open(directory: folder.url)
                return nil
            } catch { return error as? SearchError }
        }
        #expect(open()?.code == .damagedSnapshot && open()?.message.contains("language.bin") == true)
        try FileManager.default.removeItem(at: file)
        #expect(open()?.code == .damagedSnapshot && open()?.message.contains("language.bin") == true)
    }

    @Test("stop words are left out where a schema says so")
    func stopWords() throws {
        var schema = CollectionSchema.courses
        schema.leavesOutStopWords = true
        let writer = try SnapshotWriter(directory: folder.url, version: "v1")
        let courses = try writer.collection(schema)
        try courses.add(try schema.document(fromJSON: #"{"course_id":"C1","title":"History of the Arts"}"#))
        _ = try writer.finish()
        let terms = try #require(try Snapshot.open(directory: folder.url).collection("courses")?.base.terms)
        func frequency(_ term: String) -> Int {
            Array(term.utf8).withUnsafeBufferPointer { terms.documentFrequency(of: $0) }
        }
        #expect(frequency("of") == 0 && frequency("the") == 0 && frequency("art") == 1)
    }
}
