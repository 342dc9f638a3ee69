// One run at a time, and a lock that dies with its holder.

import Foundation
import LyceumCore
import Testing

@testable import LyceumLake

@Suite("Locks", .onBothLedgers)
struct LockTests {
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    @Test("of two runs at once the second is refused, and told who holds the lock since when")
    func refused() async throws {
        let clock = TestClock()
        let lake = try await Lake.open(in: folder, clock: clock)
        let other = try await Lake.open(in: folder, clock: clock)
        let first = try await lake.beginRun()
        let error = await expectLakeError(.locked) { try await other.beginRun() }
        let message = try #require(error?.message)
        #expect(message.contains(first.id.text))
        #expect(message.contains("process \(ProcessInfo.processInfo.processIdentifier)"))
        #expect(message.contains(Timestamp.iso(clock.now())))
        #expect(try await other.runHolder()?.run == first.id)
        try await first.finish(.succeeded)
        #expect(try await other.runHolder() == nil)
        let second = try await other.beginRun()
        try await second.finish(.succeeded)
        #expect(try await lake.ledger.runs().map(\.status) == [.succeeded, .succeeded])
    }

    @Test("a run that waits begins when the one before it ends")
    func waits() async throws {
        let lake = try await Lake.open(in: folder)
        let first = try await lake.beginRun()
        async let second = lake.beginRun(wait: .seconds(600))
        try await Task.sleep(for: .milliseconds(300))
        try await first.finish(.succeeded)
        let begun = try await second
        #expect(try await lake.runHolder()?.run == begun.id)
        try await begun.finish(.succeeded)
    }

    @Test("runs are in the order in which they ran, within one second and after the clock was set back")
    func order() async throws {
        let clock = TestClock()
        let lake = try await Lake.open(in: folder, clock: clock)
        var runs: [(id: RunID, startedAt: Date)] = []
        for number in 0..<24 {
            // Stands still, then goes back, then goes on.
            if number % 8 == 4 { clock.advance(-3600) }
            if number % 8 == 7 { clock.advance(7200) }
            let run = try await lake.beginRun()
            runs.append((run.id, run.startedAt))
            try await run.finish(.succeeded)
        }
        for (before, after) in zip(runs, runs.dropFirst()) {
            #expect(before.id < after.id)
            #expect(before.startedAt < after.startedAt)
        }
        #expect(try await lake.ledger.runs(limit: 100).map(\.id) == runs.map(\.id).reversed())
    }

    @Test("runs that wait for one another are in the order in which they ran")
    func waitingOrder() async throws {
        let lake = try await Lake.open(in: folder)
        let first = try await lake.beginRun()
        let waited = try await withThrowingTaskGroup(of: (id: RunID, startedAt: Date).self) { group in
            for _ in 0..<6 {
                group.addTask {
                    let run = try await lake.beginRun(wait: .seconds(600))
                    try await run.finish(.succeeded)
                    return (run.id, run.startedAt)
                }
            }
            try await Task.sleep(for: .milliseconds(200))
            try await first.finish(.succeeded)
            return try await group.reduce(into: []) { $0.append($1) }
        }
        let ids = [first.id] + waited.sorted { $0.startedAt < $1.startedAt }.map(\.id)
        #expect(ids.count == 7 && ids == ids.sorted())
    }

    @Test("waiting for the lock ends with the task")
    func cancelWaiting() async throws {
        let lake = try await Lake.open(in: folder)
        let first = try await lake.beginRun()
        let waiting = Task { try await lake.beginRun(wait: .seconds(600)) }
        try await Task.sleep(for: .milliseconds(50))
        waiting.cancel()
        await #expect(throws: CancellationError.self) { try await waiting.value }
        try await first.finish(.succeeded)
    }

    @Test("of many that start at once exactly one wins", arguments: [2, 8])
    func race(count: Int) async throws {
        let lakes = try await withThrowingTaskGroup(of: Lake.self) { group in
            for _ in 0..<count { group.addTask { [folder] in try await Lake.open(in: folder) } }
            return try await group.reduce(into: [Lake]()) { $0.append($1) }
        }
        let winners = await withTaskGroup(of: LakeRun?.self) { group in
            for lake in lakes { group.addTask { try? await lake.beginRun() } }
            return await group.reduce(into: [LakeRun]()) { if let run = $1 { $0.append(run) } }
        }
        #expect(winners.count == 1)
        #expect(try await lakes[0].ledger.runs().count == 1)
        try await winners.first?.finish(.succeeded)
    }

    #if os(Linux)
        @Test("kill -9 of the process that holds the run lock frees it")
        func killed() async throws {
            let child = try ChildProcess("LockTests/runUntilKilled", in: folder)
            try folder.awaitMark()
            let lake = try await Lake.open(in: folder)
            let error = await expectLakeError(.locked) { try await lake.beginRun() }
            #expect(error?.message.contains("process \(child.pid) on") == true)
            child.kill()
            let run = try await lake.beginRun(wait: .seconds(600))
            try await run.finish(.succeeded)
            #expect(try await lake.ledger.runs().map(\.status) == [.succeeded, .abandoned])
        }

        @Test(
            "the run that is killed",
            .enabled(if: ChildTask.current != nil, "runs in the child process only")
        )
        func runUntilKilled() async throws {
            let task = try #require(ChildTask.current)
            let run = try await task.lake().beginRun()
            try task.mark()
            try await Task.sleep(for: .seconds(600))
            _ = run.id
        }
    #endif

    @Test("a lock file that was removed while it was held does not give two holders")
    func removedLockFile() async throws {
        let path = folder.url.appending(path: "lock").path(percentEncoded: false)
        let first = try #require(try FileLock.attempt(path, .exclusive))
        try FileManager.default.removeItem(atPath: path)
        let second = try #require(try FileLock.attempt(path, .exclusive))
        #expect(try FileLock.attempt(path, .exclusive) == nil)
        first.release()
        #expect(try FileLock.attempt(path, .exclusive) == nil)
        second.release()
    }

    @Test("shared locks stand beside each other and exclude an exclusive one")
    func sharedAndExclusive() async throws {
        let path = folder.url.appending(path: "lock").path(percentEncoded: false)
        let one = try #require(try FileLock.attempt(path, .shared))
        let two = try #require(try FileLock.attempt(path, .shared))
        #expect(try FileLock.attempt(path, .exclusive) == nil)
        one.release()
        #expect(try FileLock.attempt(path, .exclusive) == nil)
        two.release()
        #expect(try FileLock.attempt(path, .exclusive) != nil)
    }

    @Test("a publisher is not starved by readers that come one after the other")
    func noStarvation() async throws {
        let lake = try await Lake.open(in: folder)
        try await lake.publish([(students, .replace, ["a"])])
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<3 {
                group.addTask {
                    while !Task.isCancelled {
                        // Three that overlap: without the gate the lock is never free.
                        try? await lake.read { _ in try await Task.sleep(for: .milliseconds(30)) }
                    }
                }
            }
            try await Task.sleep(for: .milliseconds(100))
            let run = try await lake.beginRun()
            let publication = Publication(tables: [try await run.stage(students, .replace, ["b"])])
            _ = try await run.publish(publication, wait: .seconds(600))
            group.cancelAll()
        }
        #expect(try await lake.contents(students) == ["b"])
    }

    @Test("a publication that readers keep waiting gives up without a trace, and can be tried again")
    func givesUp() async throws {
        let lake = try await Lake.open(in: folder)
        try await lake.publish([(students, .replace, ["a"])])
        let lease = try await lake.lease()
        let run = try await lake.beginRun()
        let publication = Publication(tables: [try await run.stage(students, .replace, ["b"])])
        await expectLakeError(.locked) { try await run.publish(publication, wait: .milliseconds(50)) }
        #expect(try await lake.glob(students).values.sorted() == ["a"])
        lease.release()
        _ = try await run.publish(publication)
        #expect(try await lake.contents(students) == ["b"])
    }
}
