// Data keys: made, kept, opened by the right master key only, and wrapped anew.

import Foundation
import LyceumAWS
import LyceumCore
import Testing

@testable import LyceumLake

@Suite struct KeyRingTests {
    private let folder: TemporaryFolder
    private let personal = [ColumnDescription(name: "email", type: "VARCHAR", pii: .direct)]
    private let master = MasterKeySettings.local(MasterKeySettings.generate())

    init() throws { folder = try TemporaryFolder() }

    private func open(_ master: MasterKeySettings?) async throws -> Lake {
        var settings = try folder.settings
        settings.masterKey = master
        return try await Lake.open(settings)
    }

    @Test func `Tables about people get a key of their own, others none, and a key stays the same`() async throws {
        let lake = try await open(master)
        let key = try #require(try await lake.dataKey(forNewFilesOf: students, columns: personal))
        #expect(key.name == "clean.students#1")
        #expect(Data(base64Encoded: key.secret.reveal())?.count == 32)
        #expect(try await lake.dataKey(forNewFilesOf: students, columns: personal) == key)
        let plain = [ColumnDescription(name: "title", type: "VARCHAR")]
        #expect(try await lake.dataKey(forNewFilesOf: courses, columns: plain) == nil)
        #expect(try await lake.dataKey(forNewFilesOf: TableID(.quarantine, "courses"), columns: plain) != nil)
        #expect(try await lake.dataKey(forNewFilesOf: TableID(.raw, "board_jobs"), columns: []) != nil)
        let again = try await open(master)
        #expect(try await again.dataKey(forNewFilesOf: students, columns: personal) == key)
    }

    @Test func `Keys that are asked for at once are all kept`() async throws {
        let lake = try await open(master)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<20 {
                group.addTask { _ = try await lake.dataKey(forNewFilesOf: TableID(.raw, "t\(number)"), columns: []) }
            }
            try await group.waitForAll()
        }
        #expect(await (try open(master)).keys?.keys.count == 20)
    }

    @Test func `Neither the file in the lake nor the ledger's copy holds a key in the clear`() async throws {
        let lake = try await open(master)
        let key = try #require(try await lake.dataKey(forNewFilesOf: students, columns: personal))
        let file = try #require(try await lake.store.read("_keys.json"))
        let copy = try #require(try await lake.ledger.keyFile())
        #expect(String(decoding: file, as: UTF8.self) == copy)
        #expect(!copy.contains(key.secret.reveal()))
        #expect("\(key)".contains("[redacted]"))
    }

    @Test func `Another master key, or none, is refused with the fingerprint of the right one`() async throws {
        _ = try await open(master).dataKey(forNewFilesOf: students, columns: personal)
        let expected = try await master.fingerprint()
        let before = try Data(contentsOf: folder.lake.appending(path: "_keys.json"))
        for wrong in [nil, MasterKeySettings.local(MasterKeySettings.generate())] {
            let error = await #expect(throws: LakeError.self) { try await open(wrong) }
            #expect(error?.code == .wrongKey)
            #expect(error?.message.contains(expected) == true)
            if let wrong { #expect(error?.message.contains(try await wrong.fingerprint()) == true) }
        }
        #expect(try Data(contentsOf: folder.lake.appending(path: "_keys.json")) == before)
    }

    @Test func `A lost file comes back from the ledger's copy`() async throws {
        let key = try await open(master).dataKey(forNewFilesOf: students, columns: personal)
        try FileManager.default.removeItem(at: folder.lake.appending(path: "_keys.json"))
        let lake = try await open(master)
        #expect(try await lake.dataKey(forNewFilesOf: students, columns: personal) == key)
        #expect(try await lake.store.read("_keys.json") != nil)
    }

    @Test func `An older file is completed from the ledger's copy`() async throws {
        let lake = try await open(master)
        let first = try await lake.dataKey(forNewFilesOf: students, columns: personal)
        let older = try #require(try await lake.store.read("_keys.json"))
        let second = try await lake.dataKey(forNewFilesOf: rawStudents, columns: personal)
        try await lake.store.write("_keys.json", older)
        #expect(await (try open(master)).keys?.keys == [first, second].compactMap(\.self))
    }

    @Test func `A damaged entry is an error that names the key`() async throws {
        let lake = try await open(master)
        _ = try await lake.dataKey(forNewFilesOf: students, columns: personal)
        let stored = try await lake.store.read("_keys.json")
        var file = try KeyFile(try #require(stored), at: "test")
        file.keys[0].wrapped[20] ^= 1
        try await lake.store.write("_keys.json", try file.encoded())
        let error = await #expect(throws: LakeError.self) { try await open(master) }
        #expect(error?.code == .badKey)
        #expect(error?.message.contains("clean.students#1") == true)
    }

    @Test func `A key wrapped for one lake does not open in another`() async throws {
        let key = try LocalMasterKey(MasterKeySettings.generate())
        let wrapped = try key.wrap(Data(count: 32), context: KeyContext(lake: "a", name: "clean.t#1"))
        #expect(throws: (any Error).self) { try key.unwrap(wrapped, context: KeyContext(lake: "b", name: "clean.t#1")) }
        #expect(throws: (any Error).self) { try key.unwrap(wrapped, context: KeyContext(lake: "a", name: "clean.t#2")) }
    }

    @Test func `After a rotation the new master key opens the same data keys, and the old one none`() async throws {
        let lake = try await open(master)
        let key = try await lake.dataKey(forNewFilesOf: students, columns: personal)
        let new = MasterKeySettings.local(MasterKeySettings.generate())
        let result = try await lake.rotateMasterKey(to: new)
        #expect(result.master == (try await new.fingerprint()))
        #expect(result.keys == 1)
        #expect(try await open(new).dataKey(forNewFilesOf: students, columns: personal) == key)
        let error = await #expect(throws: LakeError.self) { try await open(master) }
        #expect(error?.code == .wrongKey)
        // One that opened the lake before must not bring the old wrapping back.
        let late = await #expect(throws: LakeError.self) {
            try await lake.dataKey(forNewFilesOf: rawStudents, columns: personal)
        }
        #expect(late?.code == .wrongKey)
    }

    @Test func `A rotation that stops before the ledger's copy leaves the new key in force and mends the copy`()
        async throws
    {
        let lake = try await open(master)
        _ = try await lake.dataKey(forNewFilesOf: students, columns: personal)
        let copy = try #require(try await lake.ledger.keyFile())
        let new = MasterKeySettings.local(MasterKeySettings.generate())
        _ = try await lake.rotateMasterKey(to: new)
        try await lake.ledger.setKeyFile(copy)
        let after = try await open(new)
        #expect(await after.keys?.keys.count == 1)
        #expect(try await after.ledger.keyFile()?.contains(new.fingerprint()) == true)
    }

    @Test func `A renewed key is for new files, beside the older one`() async throws {
        let lake = try await open(master)
        _ = try await lake.dataKey(forNewFilesOf: students, columns: personal)
        let run = try await lake.beginRun()
        let publication = TablePublication(students, mode: .replace, files: [], columns: personal)
        _ = try await run.publish(Publication(tables: [publication]))
        #expect(try await lake.renewKey(of: students) == "clean.students#2")
        #expect(try await lake.dataKey(forNewFilesOf: students, columns: personal)?.name == "clean.students#2")
        #expect(await lake.keys?.keys.map(\.name) == ["clean.students#1", "clean.students#2"])
    }

    @Test func `A plain file about people is not published into an encrypted lake`() async throws {
        let lake = try await open(master)
        let run = try await lake.beginRun()
        let place = try run.staging.file(students, source: "lyceum", day: "2026-11-23")
        try Data("x".utf8).write(to: URL(filePath: place.data.location))
        let file = try await place.staged(rows: 1)
        let error = await #expect(throws: LakeError.self) {
            try await run.publish(
                Publication(tables: [TablePublication(students, mode: .replace, files: [file], columns: personal)])
            )
        }
        #expect(error?.code == .invalidPublication)
        try await run.finish(.failed)
    }

    @Test(arguments: ["", "c2hvcnQ=", "not base64 at all"])
    func `A master key that is not 32 bytes in base64 is refused`(_ text: String) async throws {
        let error = await #expect(throws: LakeError.self) { try await open(.local(Secret(text))) }
        #expect(error?.code == .badKey)
        #expect(text.isEmpty || error?.message.contains(text) == false)
    }
}
