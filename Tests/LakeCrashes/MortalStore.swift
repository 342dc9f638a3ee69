// A store in which the process dies at a step that was chosen beforehand.

import Foundation
import LyceumLake
import Synchronization

/// Counts the steps of a piece of work and ends the process, as kill -9 would, before one of them.
final class Death: Sendable {
    private let count = Mutex(0)
    private let step: Int

    /// - Parameter step: the step before which to die, counted from 0; a negative one never comes.
    init(before step: Int) { self.step = step }

    var steps: Int { count.withLock { $0 } }

    func beforeStep() {
        let number = count.withLock { count in
            count += 1
            return count - 1
        }
        if number == step { kill(getpid(), SIGKILL) }
    }
}

/// Any store, with a step before everything that changes it.
struct MortalStore: ObjectStore {
    let store: any ObjectStore
    let death: Death

    var place: String { store.place }
    func location(of key: String) -> String { store.location(of: key) }
    func prepare(folders: [String]) async throws { try await store.prepare(folders: folders) }
    func makeFolder(_ folder: String) throws { try store.makeFolder(folder) }
    func sizes(of keys: [String]) async throws -> [Int64?] { try await store.sizes(of: keys) }
    func read(_ key: String) async throws -> Data? { try await store.read(key) }
    func download(_ key: String, to file: URL) async throws { try await store.download(key, to: file) }
    func list(below folder: String) async throws -> [StoredObject] { try await store.list(below: folder) }
    func names(in folder: String) async throws -> [String] { try await store.names(in: folder) }
    func availableBytes() async throws -> Int64? { try await store.availableBytes() }

    func write(_ key: String, _ data: Data) async throws {
        death.beforeStep()
        try await store.write(key, data)
    }

    func create(_ key: String, _ data: Data) async throws -> Bool {
        death.beforeStep()
        return try await store.create(key, data)
    }

    func upload(_ file: URL, to key: String) async throws {
        death.beforeStep()
        try await store.upload(file, to: key)
    }

    func move(_ moves: [ObjectMove], before: @escaping @Sendable (Int) throws -> Void) async throws -> [ObjectMove
        .Outcome]
    {
        try await store.move(moves) { index in
            death.beforeStep()
            try before(index)
        }
    }

    @discardableResult
    func remove(_ keys: [String]) async throws -> [Bool] {
        // One at a time, so that the process can die between any two.
        var removed: [Bool] = []
        for key in keys {
            death.beforeStep()
            removed += try await store.remove([key])
        }
        return removed
    }

    func removeAll(below folder: String) async throws {
        death.beforeStep()
        try await store.removeAll(below: folder)
    }

    func persist(_ keys: [String], namesOnly: Bool) async throws {
        death.beforeStep()
        try await store.persist(keys, namesOnly: namesOnly)
    }
}
