// Processes that are killed, that write at once, or whose disk is full: nothing that was acknowledged is lost.

import Foundation
import LyceumCore
import Testing

@testable import LyceumAudit

/// A running `audit-writer`, whose output goes to a file.
private final class Writer {
    let process = Process()
    private let output: URL

    init(_ fixture: Fixture, _ name: String, _ options: String...) throws {
        output = fixture.root.appending(path: "output-\(name)")
        try Data().write(to: output)
        process.executableURL = try Self.executable()
        process.arguments = [fixture.folder.path, fixture.secret.reveal(), name] + options
        process.standardOutput = try FileHandle(forWritingTo: output)
        process.standardInput = FileHandle.nullDevice
        try process.run()
    }

    deinit { if process.isRunning { kill(process.processIdentifier, SIGKILL) } }

    /// The program beside the tests' own.
    private static func executable() throws -> URL {
        let own = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath()
        let bundle = Bundle.allBundles.first { $0.bundlePath.hasSuffix(".xctest") }?.bundleURL
        let found = [own, bundle].compactMap { $0?.deletingLastPathComponent().appending(path: "audit-writer") }
            .first { FileManager.default.isExecutableFile(atPath: $0.path) }
        return try #require(found, "audit-writer is not built: swift build --product audit-writer")
    }

    /// Whole lines printed so far.
    var lines: [String] {
        let text = String(decoding: (try? Data(contentsOf: output)) ?? Data(), as: UTF8.self)
        return text.split(separator: "\n", omittingEmptySubsequences: false).dropLast().map(String.init)
    }

    /// Request ids that were acknowledged.
    var acknowledged: [String] { lines.filter { $0 != "open" && !$0.hasPrefix("refused") } }

    /// Waits until so many lines were printed, or the process has ended.
    func wait(for count: Int) async throws {
        while lines.count < count, process.isRunning { try await Task.sleep(for: .milliseconds(2)) }
    }

    func wait() async throws {
        while process.isRunning { try await Task.sleep(for: .milliseconds(5)) }
    }
}

@Suite("Crashes and other processes", .serialized)
struct CrashTests {
    @Test("kill -9 at random moments, 25 times over: every acknowledged entry is there, and the chain is whole")
    func killed() async throws {
        let fixture = try Fixture()
        var random = SeededGenerator(seed: printedSeed("kill -9"))
        var acknowledged: [String] = []
        for round in 0..<25 {
            let writer = try Writer(fixture, "w\(round)", "--callers", "16", "--file-bytes", "40000")
            try await writer.wait(for: Int.random(in: 1...300, using: &random))
            try await Task.sleep(for: .microseconds(Int.random(in: 0...5000, using: &random)))
            kill(writer.process.processIdentifier, SIGKILL)
            writer.process.waitUntilExit()
            #expect(writer.process.terminationReason == .uncaughtSignal)
            acknowledged += writer.acknowledged
        }
        #expect(acknowledged.count > 100)
        // Another writer takes the record up before it is looked at, as a server that is started again would.
        try await fixture.fill(1, from: 1_000_000)
        let found = try fixture.verify()
        #expect(found.fault == nil, "\(found.fault?.description ?? "")")
        let present = try fixture.records().map(\.request)
        #expect(Set(acknowledged).subtracting(present).isEmpty)
        #expect(Set(present).count == present.count, "an entry stands twice")
    }

    @Test("processes that append at once make one chain")
    func together() async throws {
        let fixture = try Fixture()
        let writers = try (0..<3).map { number in
            try Writer(fixture, "p\(number)", "--count", "400", "--callers", "8", "--file-bytes", "60000")
        }
        for writer in writers { try await writer.wait() }
        #expect(writers.allSatisfy { $0.process.terminationStatus == 0 && $0.acknowledged.count == 400 })
        let found = try fixture.verify()
        #expect(found.fault == nil, "\(found.fault?.description ?? "")")
        #expect(found.entries == 1200)
        #expect(Set(try fixture.records().map(\.request)) == Set(writers.flatMap(\.acknowledged)))
    }

    @Test("a process beside a busy one gets its turn")
    func turns() async throws {
        let fixture = try Fixture()
        let busy = try Writer(fixture, "busy", "--callers", "32")
        try await busy.wait(for: 20)
        let log = try await fixture.open()
        for number in 0..<10 { try await log.record(.sample(number)) }
        await log.close()
        #expect(busy.process.isRunning)
        kill(busy.process.processIdentifier, SIGKILL)
        busy.process.waitUntilExit()
        try await fixture.fill(1, from: 100)
        let found = try fixture.verify()
        #expect(found.fault == nil, "\(found.fault?.description ?? "")")
        #expect(Set(busy.acknowledged).subtracting(try fixture.records().map(\.request)).isEmpty)
    }

    @Test("a process that is stopped while it holds the record makes others refuse, not wait for ever")
    func stoppedHolder() async throws {
        let fixture = try Fixture()
        try await fixture.fill(1)
        let holder = try SystemFile(fixture.folder.appending(path: ".lock"), O_RDWR)
        #expect(flock(holder.descriptor, LOCK_EX) == 0)
        var limits = AuditLimits()
        limits.lockWait = .milliseconds(200)
        let short = limits
        await #expect { _ = try await fixture.open(short) } throws: { ($0 as? AuditError)?.code == .locked }
        flock(holder.descriptor, LOCK_UN)
        let log = try await fixture.open(limits)
        flock(holder.descriptor, LOCK_EX)
        await #expect { try await log.record(.sample(1)) } throws: { ($0 as? AuditError)?.code == .locked }
        flock(holder.descriptor, LOCK_UN)
        try await log.record(.sample(2))
        await log.close()
        #expect(try fixture.verify().entries == 2)
    }

    @Test("a disk that takes no more refuses entries, keeps those it acknowledged, and goes on when there is room")
    func fullDisk() async throws {
        let fixture = try Fixture()
        let writer = try Writer(fixture, "full", "--count", "300", "--callers", "4", "--limit", "30000")
        try await writer.wait()
        #expect(writer.process.terminationStatus == 0)
        let refused = writer.lines.filter { $0.hasPrefix("refused") }
        #expect(!refused.isEmpty && refused.allSatisfy { $0 == "refused storage" }, "\(Set(refused))")
        let acknowledged = writer.acknowledged
        #expect(acknowledged.count > 10)
        #expect(acknowledged.count + refused.count == 300)
        #expect(try fixture.verify().fault == nil)
        try await fixture.fill(10)
        let found = try fixture.verify()
        #expect(found.fault == nil, "\(found.fault?.description ?? "")")
        #expect(Set(acknowledged).subtracting(try fixture.records().map(\.request)).isEmpty)
    }

    @Test("the beginning of a line that was never finished is set aside, and the chain says so")
    func torn() async throws {
        let fixture = try Fixture()
        try await fixture.fill(5)
        let file = try #require(try fixture.files().last)
        let half = Data(#"{"sequence":9,"previous":"00"#.utf8)
        let handle = try FileHandle(forWritingTo: file)
        try handle.seekToEnd()
        try handle.write(contentsOf: half)
        try handle.close()
        let before = try fixture.verify()
        #expect(before.fault == nil)
        #expect(before.notes.contains { $0.contains("\(half.count) bytes of a line that was never finished") })
        try await fixture.fill(5, from: 5)
        let found = try fixture.verify()
        #expect(found.fault == nil, "\(found.fault?.description ?? "")")
        #expect(found.entries == 10)
        #expect(found.notes.contains { $0.contains("set aside") })
        let aside = try #require(try RecordFolder(fixture.folder).tornNames().first)
        #expect(try Data(contentsOf: fixture.folder.appending(path: aside)) == half)
        // Who takes away what was set aside is found out, too.
        try FileManager.default.removeItem(at: fixture.folder.appending(path: aside))
        #expect(try fixture.verify().fault?.kind == .badTorn)
    }

    @Test("a torn end that another process left is set aside by one that is running")
    func tornByAnother() async throws {
        let fixture = try Fixture()
        let log = try await fixture.open()
        try await log.record(.sample(0))
        let handle = try FileHandle(forWritingTo: try #require(try fixture.files().last))
        try handle.seekToEnd()
        try handle.write(contentsOf: Data("{\"seq".utf8))
        try handle.close()
        try await log.record(.sample(1))
        await log.close()
        let found = try fixture.verify()
        #expect(found.fault == nil, "\(found.fault?.description ?? "")")
        #expect(found.entries == 2)
        #expect(found.notes.contains { $0.contains("5 bytes") })
    }

    @Test("a file that was begun and has no line yet is gone on with", arguments: ["", "{\"sequence\":"])
    func emptyFile(content: String) async throws {
        let fixture = try Fixture()
        try await fixture.fill(5)
        let next = try AuditReader(fixture.folder, key: nil).head().sequence + 1
        try Data(content.utf8).write(to: RecordFolder(fixture.folder).file(beginningAt: next).url)
        try await fixture.fill(5, from: 5)
        let found = try fixture.verify()
        #expect(found.fault == nil, "\(found.fault?.description ?? "")")
        #expect(found.entries == 10)
        #expect(found.files == 2)
    }

    @Test("a process that was killed while it began the record leaves nothing that stops the next")
    func killedAtBeginning() async throws {
        let fixture = try Fixture()
        try FileManager.default.createDirectory(at: fixture.folder, withIntermediateDirectories: true)
        try Data("{\"sequence\":1,\"prev".utf8).write(to: RecordFolder(fixture.folder).file(beginningAt: 1).url)
        try await fixture.fill(3)
        #expect(try fixture.verify().entries == 3)
        // The first lines are there, and the head is not yet.
        let second = try Fixture()
        let log = try await second.open()
        await log.close()
        try FileManager.default.removeItem(at: second.folder.appending(path: "head.json"))
        try await second.fill(3)
        #expect(try second.verify().fault == nil)
    }

    @Test("a record whose head was removed is not written to")
    func removedHead() async throws {
        let fixture = try Fixture()
        try await fixture.fill(5)
        try FileManager.default.removeItem(at: fixture.folder.appending(path: "head.json"))
        await #expect { _ = try await fixture.open() } throws: { ($0 as? AuditError)?.code == .damaged }
    }
}
