// What both kinds of stores promise.

import AWSTestServers
import Foundation
import LyceumCore
import Testing

@testable import LyceumLake

@Suite("Stores", .onBothStores)
struct StoreTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func store() async throws -> any ObjectStore { try await Lake.open(in: folder).store }

    @Test("an object is read as it was written last, and one that is not there is nil")
    func content() async throws {
        let store = try await store()
        #expect(try await store.read("clean/a/x.json") == nil)
        for text in ["one", "", "three"] {
            try await store.write("clean/a/x.json", Data(text.utf8))
            #expect(try await store.read("clean/a/x.json") == Data(text.utf8))
        }
        #expect(try await store.sizes(of: ["clean/a/x.json", "clean/a/y.json"]) == [5, nil])
    }

    @Test("of many who create an object at once, one does, and its content stays")
    func creation() async throws {
        let store = try await store()
        let winners = try await withThrowingTaskGroup(of: Int?.self) { group in
            for writer in 0..<12 {
                group.addTask { try await store.create("_log/1.json", Data("\(writer)".utf8)) ? writer : nil }
            }
            return try await group.reduce(into: [Int]()) { if let writer = $1 { $0.append(writer) } }
        }
        let winner = try #require(winners.first)
        #expect(winners.count == 1)
        #expect(try await store.read("_log/1.json") == Data("\(winner)".utf8))
    }

    @Test("a move takes the first source there is, says what it came to, and can be done again")
    func moves() async throws {
        let store = try await store()
        try await store.write("_staging/r/a", Data("a".utf8))
        try await store.write("_history/b", Data("b".utf8))
        let moves = [
            ObjectMove("_staging/r/a", "_history/a", to: "clean/t/a"),
            ObjectMove("_staging/r/b", "_history/b", to: "clean/t/b"),
            ObjectMove("_staging/r/c", "_history/c", to: "clean/t/c"),
        ]
        #expect(try await store.move(moves) { _ in } == [.moved, .moved, .missing])
        #expect(try await store.move(moves) { _ in } == [.alreadyThere, .alreadyThere, .missing])
        #expect(try await store.list(below: "clean").map(\.key) == ["clean/t/a", "clean/t/b"])
        #expect(try await store.list(below: "_staging").isEmpty)
        #expect(try await store.list(below: "_history").isEmpty)
    }

    @Test("a listing has all objects below a folder in order, and no neighbours")
    func listing() async throws {
        let store = try await store()
        let keys = (0..<40).map { "clean/t/source=s/dt=2026-01-01/\($0 + 10).parquet" }
        for key in keys.reversed() { try await store.write(key, Data("x".utf8)) }
        try await store.write("clean/table/z.parquet", Data("z".utf8))
        #expect(try await store.list(below: "clean/t").map(\.key) == keys)
        #expect(try await store.names(in: "clean").sorted() == ["t", "table"])
        // So many that they are listed and not asked one by one.
        #expect(try await store.sizes(of: keys + ["clean/t/none"]) == keys.map { _ in 1 } + [nil])
    }

    @Test("removal says which objects were there")
    func removal() async throws {
        let store = try await store()
        for key in ["clean/t/a", "clean/t/b"] { try await store.write(key, Data("x".utf8)) }
        #expect(try await store.remove(["clean/t/a", "clean/t/none"]) == [true, false])
        #expect(try await store.list(below: "clean").map(\.key) == ["clean/t/b"])
        try await store.removeAll(below: "clean/t")
        try await store.removeAll(below: "clean/t")
        #expect(try await store.list(below: "clean").isEmpty)
    }

    @Test("a file goes into the store and comes back whole, over what was there", arguments: [0, 1000, 11 << 20])
    func files(bytes: Int) async throws {
        let store = try await store()
        let file = folder.url.appending(path: "file")
        let back = folder.url.appending(path: "back")
        var random = SeededGenerator(seed: 7)
        var data = Data()
        while data.count < bytes { withUnsafeBytes(of: random.next()) { data.append(contentsOf: $0) } }
        try data.write(to: file)
        try Data("old".utf8).write(to: back)
        try await store.write("clean/t/file", Data("old".utf8))
        try await store.upload(file, to: "clean/t/file")
        try await store.download("clean/t/file", to: back)
        #expect(try Data(contentsOf: back) == data)
        await expectLakeError(StoreKind.current == .s3 ? .missingFile : .inputOutput) {
            try await store.download("clean/t/none", to: back)
        }
        #expect(try Data(contentsOf: back) == data)
    }

    @Test("a bucket that is not there, and a secret that is wrong, are errors that say so")
    func refusals() async throws {
        guard StoreKind.current == .s3 else { return }
        var settings = try folder.settings
        settings.place = .s3(S3Location(bucket: try SeaweedServer.bucket(named: "no-such-bucket")))
        await expectLakeError(.unavailable) { try await Lake.open(settings) }
        settings = try folder.settings
        settings.credentials = try SeaweedServer.credentials(secret: "wrong-secret")
        let error = await expectLakeError(.accessDenied) { try await Lake.open(settings) }
        #expect(error?.description.contains("wrong-secret") == false)
    }
}
