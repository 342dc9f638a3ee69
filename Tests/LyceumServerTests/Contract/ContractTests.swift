// The server against its OpenAPI document, by Schemathesis over a real socket.

import Foundation
import LyceumAccess
import Testing

@testable import LyceumServer

@Suite("The contract, from outside")
struct ContractTests {
    @Test("Schemathesis finds no fault, as any role or as nobody", .timeLimit(.minutes(60)))
    func schemathesis() async throws {
        let repository = URL(filePath: #filePath).appending(path: "../../../..").standardizedFileURL
        let program = repository.appending(path: ".lyceum/contract/bin/st")
        try #require(
            FileManager.default.isExecutableFile(atPath: program.path),
            "Schemathesis is not installed; scripts/setup --tests does it"
        )
        var random = SeededGenerator(seed: 7)
        let index = try StudentIndex((1...30).map { TestStudent("S-\($0)", using: &random) })
        // Keys of its own: one that a random request revokes must be nobody else's.
        let keys = try await TestKeys()
        let record = TestRecord()
        defer { withExtendedLifetime(record) {} }
        try await RunningServer.run(
            snapshots: index.folder(),
            access: .forTests(record: record, keys: keys),
            runs: StubRuns()
        ) { server in
            let texts = Dictionary(uniqueKeysWithValues: keys.texts.map { ($0.rawValue, $1) })
            let outcome = try await Self.run(
                repository.appending(path: "scripts/contract"),
                [
                    "LYCEUM_CONTRACT_URL": "http://127.0.0.1:\(server.port)",
                    "LYCEUM_CONTRACT_KEYS": String(decoding: try JSONEncoder().encode(texts), as: UTF8.self),
                    // The same cases each time; `make contract` looks for others.
                    "LYCEUM_SEED": ProcessInfo.processInfo.environment["LYCEUM_SEED"] ?? "7",
                ]
            )
            print(outcome.output)
            #expect(outcome.status == 0, "\(outcome.output)")
            let total = try #require(outcome.output.split(separator: "\n").last { $0.contains("\"total\"") })
            let object = try #require(try JSONSerialization.jsonObject(with: Data(total.utf8)) as? [String: Any])
            #expect(try #require(object["cases"] as? Int) > 400)
        }
    }

    /// Runs a program to its end; standard output and errors together, by way of a file, so that it never waits.
    private static func run(_ program: URL, _ variables: [String: String]) async throws -> (
        status: Int32, output: String
    ) {
        let file = URL.temporaryDirectory.appending(path: "lyceum-contract-\(UUID().uuidString).txt")
        try Data().write(to: file)
        defer { try? FileManager.default.removeItem(at: file) }
        let process = Process()
        process.executableURL = program
        process.environment = ProcessInfo.processInfo.environment.merging(variables) { $1 }
        process.standardInput = FileHandle.nullDevice
        let handle = try FileHandle(forWritingTo: file)
        process.standardOutput = handle
        process.standardError = handle
        let (ended, continuation) = AsyncStream<Void>.makeStream()
        process.terminationHandler = { _ in continuation.finish() }
        try process.run()
        for await _ in ended {}
        return (process.terminationStatus, String(decoding: try Data(contentsOf: file), as: UTF8.self))
    }
}
