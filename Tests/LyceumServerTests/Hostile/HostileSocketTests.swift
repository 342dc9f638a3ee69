// Seeded floods of nearly right requests over real sockets, by every role: nothing fails, and nothing hidden comes out.

import Foundation
import LyceumAccess
import Synchronization
import Testing

@testable import LyceumServer

@Suite("Hostile requests over sockets", .serialized, .timeLimit(.minutes(15)))
struct HostileSocketTests {
    private static let purposes: [Role: String] = [
        .student: "own-record", .adviser: "advising", .registrar: "registration", .employer: "recruiting",
        .analyst: "research",
    ]
    /// As many for each role; `LYCEUM_FUZZ` is another number.
    private static let requests = ProcessInfo.processInfo.environment["LYCEUM_FUZZ"].flatMap(Int.init) ?? 250

    @Test("no role gets a 5xx, a broken answer or a byte that is hidden from it, and no log line holds any")
    func fuzz() async throws {
        let seed =
            ProcessInfo.processInfo.environment["LYCEUM_SEED"].flatMap(UInt64.init) ?? UInt64.random(in: 0...UInt64.max)
        print("hostile requests: LYCEUM_SEED=\(seed)")
        var random = SeededGenerator(seed: seed)
        let marked = MarkedStudents(count: 40, using: &random)
        let guesses = marked.guesses(using: &random)
        let index = try StudentIndex(marked.students)
        let (log, record) = (LogLines(), TestRecord())
        try await RunningServer.run(
            snapshots: index.folder(),
            access: .forTests(record: record),
            runs: StubRuns(),
            log: log,
            configure: Self.impatient
        ) { server in
            for (number, role) in ([nil] + Role.allCases.map(Optional.some)).enumerated() {
                var credential: String?
                if let role { credential = try await TestKeys.text(role) }
                var made = HostileRequests(
                    seed: seed &+ UInt64(number),
                    guesses: guesses,
                    credential: credential,
                    purpose: role.flatMap { Self.purposes[$0] }
                )
                let requests = (0..<Self.requests).map { _ in made.next() }
                let hidden = marked.hidden(from: role)
                let good = Tally()
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for (number, request) in requests.enumerated() {
                        if number >= 8 { try await group.next() }
                        group.addTask {
                            let exchange = try await SocketExchange.send(request, to: server.port)
                            let name = "\(role?.rawValue ?? "nobody"), request \(number), seed \(seed)"
                            #expect(!exchange.statuses.isEmpty, "no answer for \(name): \(request)")
                            #expect(exchange.statuses.allSatisfy { $0 < 500 }, "\(name): \(request)\n\(exchange.text)")
                            for mark in hidden where exchange.text.contains(mark) {
                                Issue.record("\(mark) came out for \(name): \(request)\n\(exchange.text)")
                            }
                            if exchange.statuses.contains(200) { good.add() }
                        }
                    }
                    try await group.waitForAll()
                }
                // Else the requests were too bad to reach anything.
                #expect(good.count > Self.requests / 100, "\(role?.rawValue ?? "nobody"), seed \(seed)")
            }
            let alive = try await server.get("/health/ready")
            #expect(alive.status == 200)
        }
        let (lines, kept) = (log.text, try record.text())
        for mark in marked.all {
            #expect(!lines.contains(mark), "\(mark) is logged, seed \(seed)")
            #expect(!kept.contains(mark), "\(mark) stands in the audit record, seed \(seed)")
        }
        #expect(!lines.contains("\"level\":\"error\""), "seed \(seed)")
    }

    @Test("the marks do come out for a registrar, so that a search for them means something")
    func marksAreSeen() async throws {
        var random = SeededGenerator(seed: 1)
        let marked = MarkedStudents(count: 40, using: &random)
        let index = try StudentIndex(marked.students)
        try await RunningServer.run(snapshots: index.folder(), configure: Self.impatient) { server in
            let key = try await TestKeys.text(.registrar)
            let answer = try await SocketExchange.send(
                "GET /v1/students/search?limit=100 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n"
                    + "Authorization: Bearer \(key)\r\nX-Purpose: registration\r\n\r\n",
                to: server.port
            )
            for mark in marked.all { #expect(answer.text.contains(mark)) }
        }
    }

    /// Connections that lead nowhere end soon, but not before a starved machine has read what came.
    static func impatient(_ configuration: inout ServerConfiguration) {
        configuration.limits.headSeconds = 6
        configuration.limits.bodySeconds = 6
        configuration.limits.idleSeconds = 6
    }

    /// For requests whose answer must come, and which end the connection by themselves: a starved machine may take its time.
    static func patient(_ configuration: inout ServerConfiguration) {
        configuration.limits.headSeconds = 60
        configuration.limits.bodySeconds = 60
        configuration.limits.idleSeconds = 60
    }
}

/// Counts from several tasks.
private final class Tally: Sendable {
    private let value = Mutex(0)
    var count: Int { value.withLock { $0 } }

    func add() { value.withLock { $0 += 1 } }
}
