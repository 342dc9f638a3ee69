// The server on a real socket.

import Foundation
import Hummingbird
import HummingbirdTesting
import ServiceLifecycle
import Testing

@testable import LyceumServer

@Suite("On a socket")
struct LiveServerTests {
    @Test(
        "port 0 reports the port taken, a second server there is refused, and shutdown ends the run",
        .timeLimit(.minutes(5))
    )
    func lifecycle() async throws {
        let (ports, continuation) = AsyncStream.makeStream(of: Int.self)
        let log = LogLines()
        let first = try await Server(
            configuration: configuration(port: 0),
            snapshots: StubSnapshots(),
            access: .forTests(),
            logger: log.logger(),
            onRunning: { continuation.yield($0) }
        )
        let group = ServiceGroup(configuration: .init(services: [first], logger: log.logger()))
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await group.run() }
            var iterator = ports.makeAsyncIterator()
            let port = try #require(await iterator.next())
            #expect(port > 0)
            let second = try await Server(
                configuration: configuration(port: port),
                snapshots: StubSnapshots(),
                access: .forTests(),
                logger: log.logger()
            )
            await #expect {
                try await second.run()
            } throws: { error in
                (error as? ServerError)?.code == .addressUnavailable
            }
            await group.triggerGracefulShutdown()
            try await tasks.waitForAll()
        }
        #expect(log.text.contains("\"message\":\"listening\""))
    }

    @Test("over a socket a search, a page and an error are as they are without one", .timeLimit(.minutes(5)))
    func overSocket() async throws {
        try await withServer(on: .live) { client in
            try await client.get("/v1/jobs/J-1").expect(.ok)
            try await client.get("/").expect(.ok)
            try await client.get("/nothing").problem("not-found", .notFound)
            try await client.post("/v1/jobs/search", #"{"q":"Nurse"}"#).expect(.ok)
            let large = #"{"q":"\#(String(repeating: "a", count: 100_000))"}"#
            try await client.post("/v1/jobs/search", large).problem("body-too-large", .contentTooLarge)
        }
    }

    private func configuration(port: Int) -> ServerConfiguration {
        ServerConfiguration(
            port: port,
            indexDirectory: URL(filePath: "/nonexistent"),
            limits: .patient,
            reloadInterval: .milliseconds(20)
        )
    }
}
