// The ledger's file: new, damaged, foreign, newer, full.

import Foundation
import GRDB
import LyceumCore
import Testing

@testable import LyceumLake

@Suite("Ledger")
struct LedgerTests {
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func open(_ migrator: LedgerMigrator = LedgerSchema.migrator) async throws -> Ledger {
        try await Ledger.open(.file(folder.ledger), busyTimeout: 5, migrator: migrator)
    }

    @Test("an empty file, and none at all, become a ledger", arguments: [true, false])
    func migrates(isThere: Bool) async throws {
        if isThere { try Data().write(to: folder.ledger) }
        let ledger = try await open()
        #expect(try await ledger.runs().isEmpty)
        #expect(try await ledger.tables().isEmpty)
        try await ledger.check()
        let mode = try await ledger.read("look") { db in try String.fetchOne(db, sql: "PRAGMA journal_mode") }
        #expect(mode == "wal")
    }

    @Test("a ledger that several processes create at once is whole")
    func created() async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<8 {
                group.addTask { [folder] in
                    let ledger = try await Ledger.open(at: folder.ledger)
                    try await ledger.check()
                }
            }
            try await group.waitForAll()
        }
    }

    @Test("a ledger from an earlier step is migrated, and keeps what it has")
    func earlier() async throws {
        let run = RunID()
        let holder = RunHolder(run: run, pid: 1, host: "h", since: "")
        try await open().begin(run: run, at: Date(), holder: holder, options: "{}")
        var later = LedgerSchema.migrator
        later.registerMigration("2 something new") { db in try db.execute(sql: "CREATE TABLE something (id INTEGER)") }
        let ledger = try await open(later)
        #expect(try await ledger.runs().map(\.id) == [run])
    }

    @Test("a ledger that a newer version wrote is refused")
    func newer() async throws {
        var later = LedgerSchema.migrator
        later.registerMigration("2 something new") { db in try db.execute(sql: "CREATE TABLE something (id INTEGER)") }
        try await open(later).close()
        await expectLakeError(.migrationNewer) { try await open() }
    }

    @Test("a file that is no database is named as damaged, and left as it is")
    func garbage() async throws {
        let garbage = Data((0..<8192).map { UInt8(truncatingIfNeeded: $0 &* 7 &+ 3) })
        try garbage.write(to: folder.ledger)
        let error = await expectLakeError(.corruptLedger) { try await open() }
        #expect(error?.message.contains(folder.ledger.path(percentEncoded: false)) == true)
        #expect(try Data(contentsOf: folder.ledger) == garbage)
    }

    @Test("a ledger with overwritten or cut-off pages is named as damaged", arguments: [true, false])
    func damaged(cutOff: Bool) async throws {
        let ledger = try await open()
        for _ in 0..<200 {
            let run = RunID()
            let holder = RunHolder(run: run, pid: 1, host: "h", since: "")
            try await ledger.begin(run: run, at: Date(), holder: holder, options: "{}")
        }
        try await ledger.close()
        var data = try Data(contentsOf: folder.ledger)
        if cutOff {
            data = data.prefix(data.count / 2 / 4096 * 4096)
        } else {
            data.replaceSubrange(
                8192..<(data.count / 4096 * 4096),
                with: Data(repeating: 0xA5, count: data.count / 4096 * 4096 - 8192)
            )
        }
        try data.write(to: folder.ledger)
        await expectLakeError(.corruptLedger) { try await open() }
    }

    @Test("another program's database is refused")
    func foreign() async throws {
        do {
            let queue = try DatabaseQueue(path: folder.ledger.path(percentEncoded: false))
            try await queue.write { db in try db.execute(sql: "CREATE TABLE bookmarks (id INTEGER)") }
        }
        await expectLakeError(.notALedger) { try await open() }
    }

    @Test("a folder in the ledger's place is refused")
    func isFolder() async throws {
        try FileManager.default.createDirectory(at: folder.ledger, withIntermediateDirectories: false)
        await expectLakeError(.notALedger) { try await open() }
    }

    @Test("a full ledger publishes nothing, says that space lacks, and goes on when there is some")
    func full() async throws {
        let lake = try await Lake.open(in: folder)
        try await lake.publish([(students, .replace, ["old"])])
        try await lake.ledger.write("limit") { db in
            let pages = try Int.fetchOne(db, sql: "PRAGMA page_count") ?? 0
            try db.execute(sql: "PRAGMA max_page_count = \(pages)")
        }
        let run = try await lake.beginRun()
        let publication = Publication(tables: [try await run.stage(students, .replace, (0..<400).map { "new \($0)" })])
        await expectLakeError(.noSpace) { try await run.publish(publication) }
        #expect(try await lake.glob(students).values.sorted() == ["old"])
        #expect(try await lake.ledger.run(run.id).run.status == .running)
        try await lake.ledger.write("lift the limit") { db in try db.execute(sql: "PRAGMA max_page_count = 1000000") }
        _ = try await run.publish(publication)
        #expect(try await lake.glob(students).count == 400)
    }

    @Test(
        "system errors keep their meaning",
        arguments: [
            (ENOSPC, LakeError.Code.noSpace), (EDQUOT, .noSpace), (EROFS, .readOnly), (EACCES, .readOnly),
            (ENOTDIR, .notAFolder), (EIO, .inputOutput),
        ]
    )
    func systemErrors(number: Int32, code: LakeError.Code) {
        let error = LakeError.system(number, doing: "write", path: "/lake/x")
        #expect(error.code == code && error.location == "/lake/x" && error.cause != nil)
        #expect(error.message.contains("/lake/x"))
    }

    @Test(
        "SQLite's errors keep their meaning",
        arguments: [
            (ResultCode.SQLITE_FULL, LakeError.Code.noSpace), (.SQLITE_READONLY, .readOnly),
            (.SQLITE_CORRUPT, .corruptLedger),
            (.SQLITE_NOTADB, .corruptLedger), (.SQLITE_BUSY, .locked), (.SQLITE_IOERR, .inputOutput),
        ]
    )
    func sqliteErrors(result: ResultCode, code: LakeError.Code) throws {
        let error = LakeError.sqlite(DatabaseError(resultCode: result), doing: "write", path: "/l")
        #expect((error as? LakeError)?.code == code)
    }

    @Test("runs are listed newest first, and an unknown one is refused")
    func runs() async throws {
        let clock = TestClock()
        let lake = try await Lake.open(in: folder, clock: clock)
        var ids: [RunID] = []
        for _ in 0..<3 {
            let run = try await lake.beginRun()
            ids.append(run.id)
            clock.advance(10)
            try await run.finish(.succeeded)
        }
        #expect(try await lake.ledger.runs(limit: 2).map(\.id) == [ids[2], ids[1]])
        #expect(try await lake.ledger.lastRun()?.id == ids[2])
        #expect(try await lake.ledger.lastRun(.failed) == nil)
        await expectLakeError(.unknownRun) { try await lake.ledger.run(RunID()) }
    }

    @Test("a run id is used once")
    func usedOnce() async throws {
        let lake = try await Lake.open(in: folder)
        let id = RunID()
        try await lake.beginRun(id).finish(.succeeded)
        await expectLakeError(.conflict) { try await lake.beginRun(id) }
        #expect(try await lake.runHolder() == nil)
    }
}
