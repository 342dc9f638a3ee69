// Snapshots: written whole or not at all, refused when damaged, swapped while queries run.

import Foundation
import Testing

@testable import LyceumSearch

@Suite struct SnapshotTests {
    let folder: IndexFolder

    init() throws { folder = try IndexFolder() }

    func code(_ body: () throws -> Void) -> SearchError.Code? {
        do {
            try body()
            return nil
        } catch let error as SearchError {
            return error.code
        } catch {
            Issue.record("another error: \(error)")
            return nil
        }
    }

    @Test("a collection that would come out the same is taken over, sharing its files, and no other")
    func takenOver() throws {
        func write(_ version: String, jobs origin: String?, _ jobs: [IndexDocument], synonyms: [SynonymRule] = [])
            throws -> Int?
        {
            let current = try SnapshotStore(directory: folder.url).current
            let writer = try SnapshotWriter(
                directory: folder.url,
                version: version,
                language: LanguageResources(synonyms: synonyms)
            )
            let kept = try current.flatMap { try writer.keep(.jobs, origin: origin ?? "", of: $0) }
            if kept == nil {
                let collection = try writer.collection(.jobs, origin: origin)
                for job in jobs { try collection.add(job) }
            } else {
                #expect(throws: SearchError.self) { try writer.collection(.jobs) }
            }
            _ = try writer.finish()
            return kept
        }
        func file(_ version: String) throws -> UInt64? {
            let path = folder.url.appending(path: "\(version)/jobs.terms.bin").path
            return try FileManager.default.attributesOfItem(atPath: path)[.systemFileNumber] as? UInt64
        }
        #expect(try write("1", jobs: "a", Campus.jobs) == nil)
        #expect(try write("2", jobs: "a", []) == Campus.jobs.count)
        #expect(try file("1") == file("2"))
        // Of what it was taken from nothing is needed any more.
        try SnapshotWriter.removeOld(directory: folder.url, keep: 1)
        let snapshot = try Snapshot.open(directory: folder.url)
        #expect(snapshot.version == "2" && snapshot.collection("jobs")?.count == Campus.jobs.count)
        #expect(try snapshot.collection("jobs")?.search(SearchRequest(query: "nurse")).hits.isEmpty == false)
        #expect(try write("3", jobs: "b", Campus.jobs) == nil)
        #expect(try write("4", jobs: "b", Campus.jobs, synonyms: SynonymRule.mutual(["nurse", "carer"])) == nil)
        #expect(try write("5", jobs: nil, Campus.jobs, synonyms: SynonymRule.mutual(["nurse", "carer"])) == nil)
    }

    @Test("a snapshot is seen only once it is finished")
    func publication() throws {
        let store = try SnapshotStore(directory: folder.url)
        #expect(store.current == nil)
        #expect(code { _ = try store.snapshot() } == .noSnapshot)
        let writer = try SnapshotWriter(directory: folder.url, version: "v1")
        let jobs = try writer.collection(.jobs)
        for job in Campus.jobs { try jobs.add(job) }
        #expect(try !store.reloadIfChanged())
        let manifest = try writer.finish()
        #expect(manifest.collections["jobs"]?.documents == Campus.jobs.count)
        #expect(try store.reloadIfChanged())
        #expect(try !store.reloadIfChanged())
        #expect(store.current?.version == "v1")
        #expect(try FileSystem.names(in: folder.url).sorted() == ["CURRENT", "v1"])
    }

    @Test("a discarded snapshot leaves nothing behind")
    func discard() throws {
        let writer = try SnapshotWriter(directory: folder.url)
        let jobs = try writer.collection(.jobs)
        try jobs.add(Campus.jobs[0])
        writer.discard()
        #expect(try FileSystem.names(in: folder.url).isEmpty)
        #expect(code { _ = try writer.finish() } == .invalidRequest)
    }

    @Test("empty collections can be written, opened and searched")
    func empty() throws {
        let snapshot = try Campus.snapshot(in: folder, [(.jobs, []), (.students, [])])
        let jobs = try #require(snapshot.collection("jobs"))
        for query in ["", "nurse"] {
            let result = try jobs.search(SearchRequest(query: query, filter: "status = open", facets: ["skills"]))
            #expect(result.total == 0 && result.hits.isEmpty && result.facets["skills"] == [])
        }
        #expect(jobs.document(id: "J1") == nil)
    }

    @Test("equal documents give equal files")
    func deterministic() throws {
        let other = try IndexFolder()
        let first = try Campus.snapshot(in: folder, [(.jobs, Campus.jobs)])
        let second = try Campus.snapshot(in: other, [(.jobs, Campus.jobs)])
        #expect(first.manifest.collections == second.manifest.collections)
    }

    @Test("documents that do not fit are refused and do not spoil the rest")
    func badDocuments() throws {
        let writer = try SnapshotWriter(directory: folder.url, version: "v1")
        let jobs = try writer.collection(.jobs)
        try jobs.add(Campus.jobs[0])
        #expect(code { try jobs.add(Campus.jobs[0]) } == .duplicateDocument)
        let bad: [IndexDocument] = [
            IndexDocument(id: "", json: "{}", values: []),
            IndexDocument(id: String(repeating: "x", count: 600), json: "{}", values: []),
            IndexDocument(id: "a", json: "{\n}", values: []), IndexDocument(id: "a", json: "[]", values: []),
            IndexDocument(id: "a", json: "{}", values: [(99, .text("x"))]),
            IndexDocument(id: "a", json: "{}", values: [(0, .number(1))]),
            IndexDocument(id: "a", json: "{}", values: [(1, .texts(["x", "y"]))]),
            IndexDocument(id: "a", json: "{}", values: [(6, .number(.nan))]),
        ]
        for document in bad { #expect(code { try jobs.add(document) } == .invalidDocument, "\(document)") }
        try jobs.add(Campus.jobs[1])
        #expect(try writer.finish().collections["jobs"]?.documents == 2)
        #expect(try Snapshot.open(directory: folder.url).collection("jobs")?.document(id: "J2") != nil)
        #expect(code { _ = try CollectionSchema.jobs.document(fromJSON: "{\"title\":1}") } == .invalidDocument)
        #expect(code { _ = try CollectionSchema.jobs.document(fromJSON: "nonsense") } == .invalidDocument)
    }

    @Test("old snapshots are removed, the current one never")
    func removal() throws {
        for version in ["v1", "v2", "v3"] { _ = try Campus.snapshot(in: folder, [(.jobs, [])], version: version) }
        try SnapshotWriter.makeCurrent("v1", in: folder.url)
        #expect(try SnapshotWriter.removeOld(directory: folder.url, keep: 2) == ["v2"])
        #expect(try SnapshotWriter.versions(in: folder.url) == ["v1", "v3"])
        #expect(try SnapshotWriter.removeOld(directory: folder.url, keep: 0) == ["v3"])
        #expect(try Snapshot.open(directory: folder.url).version == "v1")
    }

    @Test("versions that are taken or are no folder names are refused", arguments: ["../x", ".x", "", "a/b", "a b"])
    func versionNames(_ version: String) throws {
        #expect(code { _ = try SnapshotWriter(directory: folder.url, version: version) } == .invalidRequest)
        #expect(code { _ = try Snapshot.open(directory: folder.url, version: version) } == .noSnapshot)
        _ = try Campus.snapshot(in: folder, [], version: "v1")
        #expect(code { _ = try SnapshotWriter(directory: folder.url, version: "v1") } == .versionExists)
    }

    @Test("a schema that contradicts itself is refused")
    func badSchemas() throws {
        let writer = try SnapshotWriter(directory: folder.url)
        let schemas = [
            CollectionSchema(name: "Bad Name", fields: []),
            CollectionSchema(name: "x", fields: [.init("a", .number), .init("a", .number)]),
            CollectionSchema(name: "x", fields: [.init("a", .text(weight: -1))]),
            CollectionSchema(name: "x", fields: [.init("a", .number, isArray: true)]),
            CollectionSchema(name: "x", fields: [.init("a", .text(weight: 1), isFacet: true)]),
            CollectionSchema(name: "x", fields: [.init("a", .number)], titleField: "a"),
            CollectionSchema(name: "x", fields: [.init("a", .number)], vectorFields: ["a"]),
        ]
        for schema in schemas { #expect(code { _ = try writer.collection(schema) } == .invalidSchema) }
    }

    @Test("any file that was cut, emptied, removed or changed is refused by name")
    func damage() throws {
        let snapshot = try Campus.snapshot(in: folder, [(.jobs, Campus.jobs)], version: "v1")
        let directory = snapshot.directory
        for name in try FileSystem.names(in: directory) {
            let url = directory.appending(path: name)
            let whole = try Data(contentsOf: url)
            var flipped = whole
            flipped[flipped.count / 2] ^= 0x10
            var first = whole
            first[0] ^= 0x01
            for damaged in [whole.dropLast(), whole.prefix(whole.count / 2), Data(), flipped, first, whole + Data([0])]
            {
                try Data(damaged).write(to: url)
                #expect(code { _ = try Snapshot.open(directory: folder.url) } == .damagedSnapshot, "\(name)")
            }
            try FileManager.default.removeItem(at: url)
            #expect(code { _ = try Snapshot.open(directory: folder.url) } != nil, "\(name)")
            try whole.write(to: url)
            _ = try Snapshot.open(directory: folder.url)
        }
    }

    @Test("a damaged file that passes the checksum never leads out of the file")
    func damageWithoutChecksums() throws {
        let seed = freshSeed()
        var generator = SeededGenerator(seed: seed)
        let snapshot = try Campus.snapshot(in: folder, [(.jobs, Campus.jobs)], version: "v1")
        let names = try FileSystem.names(in: snapshot.directory).filter {
            $0.hasSuffix(".bin") || $0.hasSuffix(".ndjson")
        }
        for name in names {
            let url = snapshot.directory.appending(path: name)
            let whole = try Data(contentsOf: url)
            for _ in 0..<150 {
                var damaged = whole
                for _ in 0..<Int.random(in: 1...4, using: &generator) {
                    damaged[Int.random(in: 0..<damaged.count, using: &generator)] = UInt8.random(
                        in: 0...255,
                        using: &generator
                    )
                }
                try damaged.write(to: url)
                // Whatever comes back, an error or odd hits: it must not crash.
                guard
                    let jobs = try? Snapshot.open(directory: folder.url, version: "v1", verification: .structure)
                        .collection("jobs")
                else { continue }
                for query in ["", "data engineer", "nurze c++"] {
                    _ = try? jobs.search(
                        SearchRequest(
                            query: query,
                            filter: "NOT skills = x",
                            facets: ["skills"],
                            sort: [],
                            explain: true
                        )
                    )
                }
                _ = try? jobs.search(SearchRequest(sort: [SortKey("company"), SortKey("salary_min")]))
                _ = jobs.document(id: "J3")
            }
            try whole.write(to: url)
        }
    }

    @Test("a CURRENT file that names no version is refused", arguments: ["../../etc", "", "v9"])
    func badCurrent(_ text: String) throws {
        _ = try Campus.snapshot(in: folder, [(.jobs, [])], version: "v1")
        try Data(text.utf8).write(to: folder.url.appending(path: "CURRENT"))
        #expect(code { _ = try Snapshot.open(directory: folder.url) } != nil)
    }

    @Test("a model that is not at hand is named")
    func missingModel() throws {
        struct Letters: Embedder {
            let version = "letters-1"
            let dimensions = 32
            func embed(_ text: String) -> [Float] {
                var vector = [Float](repeating: 0, count: 32)
                for byte in text.utf8 { vector[Int(byte & 31)] += 1 }
                return vector
            }
        }
        let writer = try SnapshotWriter(directory: folder.url, model: .custom(Letters()))
        try writer.collection(.jobs).add(Campus.jobs[0])
        #expect(try writer.finish().collections["jobs"]?.model == .init(version: "letters-1", dimensions: 32))
        #expect(code { _ = try Snapshot.open(directory: folder.url) } == .modelMismatch)
        let snapshot = try Snapshot.open(directory: folder.url, embedders: [Letters()])
        #expect(try snapshot.collection("jobs")?.search(SearchRequest(query: "data", mode: .vector)).total == 1)
    }

    @Test("queries go on while snapshots are swapped")
    func swapping() async throws {
        _ = try Campus.snapshot(in: folder, [(.jobs, Campus.jobs)], version: "v00")
        let store = try SnapshotStore(directory: folder.url)
        let url = folder.url
        try await withThrowingTaskGroup(of: Int.self) { group in
            for _ in 0..<3 {
                group.addTask {
                    var searched = 0
                    var versions: Set<String> = []
                    while versions.count < 5, searched < 20_000 {
                        let snapshot = try store.snapshot()
                        versions.insert(snapshot.version)
                        let result = try snapshot.collection("jobs")?.search(
                            SearchRequest(query: "data engineer", filter: "status = open", facets: ["skills"])
                        )
                        #expect(result?.hits.first?.id == "J1")
                        searched += 1
                        await Task.yield()
                    }
                    return searched
                }
            }
            group.addTask {
                for number in 1...12 {
                    let writer = try SnapshotWriter(directory: url, version: "v\(number < 10 ? "0" : "")\(number)")
                    let jobs = try writer.collection(.jobs)
                    for job in Campus.jobs { try jobs.add(job) }
                    _ = try writer.finish()
                    try store.reloadIfChanged()
                    try SnapshotWriter.removeOld(directory: url, keep: 2)
                    await Task.yield()
                }
                return 1
            }
            for try await count in group { #expect(count > 0) }
        }
        #expect(store.current?.version == "v12")
    }

    @Test(
        "checksums are XXH64's",
        arguments: [("", "ef46db3751d8e999"), ("a", "d24ec4f1a98c6e5b"), ("abc", "44bc2cf5ad770999")]
    )
    func checksums(_ text: String, _ expected: String) {
        #expect(XXHash64.hex(XXHash64.hash(text.utf8)) == expected)
    }
}
