// `lyceum serve` killed under load: what it answered stands in the audit record.

import Foundation
import Synchronization
import Testing

#if canImport(FoundationNetworking)
    import FoundationNetworking
#endif

@Suite("kill -9 under load", .timeLimit(.minutes(20)))
struct KillTests {
    @Test("every look at a student that was answered before kill -9 is in the audit record, which is sound")
    func kill() async throws {
        let seed = ProcessInfo.processInfo.environment["LYCEUM_SEED"].flatMap(UInt64.init) ?? .random(in: 0..<1_000_000)
        print("kill -9 under load: LYCEUM_SEED=\(seed)")
        let home = try await SampleHome.ready()
        let config = try Self.configuration(home)
        let key = try #require(
            try await Program.run("keys", "create", "--role", "registrar", "--config", config, "--json").json()["key"]
                as? String
        )
        let query = "select student_id from curated.student_profile order by student_id limit 40"
        let rows = try await Program.run("sql", query, "--config", config, "--json").json()
        let students = try #require(rows["rows"] as? [[String: Any]]).map { "\($0["student_id"] ?? "")" }
        try #require(students.count == 40)
        var answered: Set<String> = []
        for round in 0..<3 {
            let server = try Running(["serve", "--port", "0", "--config", config, "--json"])
            let printed = try await server.waitFor("\"url\"")
            let line = try #require(printed.split(separator: "\n").first { $0.contains("\"url\"") })
            let object = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]
            let base = try #require(object?["url"] as? String)
            // Never at the same number of answers twice.
            let goal = 40 + Int((seed &+ UInt64(round)) &* 2_654_435_761 % 120)
            let ids = try await Self.load(base, key, students, round: round) { count in
                if count == goal { server.send(SIGKILL) }
            }
            let ended = try await server.end(within: .seconds(60))
            #expect(ended.status == 128 + SIGKILL, "\(ended.errors)")
            #expect(ids.count >= goal)
            answered.formUnion(ids)
        }
        let found = try await Program.run("audit", "export", "--config", config)
        #expect(found.status == 0, "\(found.errors)")
        let recorded = Set(
            found.output.split(separator: "\n").compactMap { line in
                (try? JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])?["request"] as? String
            }
        )
        let lost = answered.subtracting(recorded)
        #expect(lost.isEmpty, "\(lost.count) of \(answered.count) answered looks are not recorded, seed \(seed)")
        let verified = try await Program.run("audit", "verify", "--config", config, "--json")
        #expect(verified.status == 0, "\(verified.output) \(verified.errors)")
        #expect(try verified.json()["ok"] as? Bool == true)
    }

    /// The sample's configuration with an audit record of its own and without a limit that the load would meet.
    private static func configuration(_ home: SampleHome.Ready) throws -> String {
        let text = try String(contentsOf: URL(filePath: home.config), encoding: .utf8)
        let unlimited = "server: {rate_limits: {default: {per_second: 1000000, burst: 1000000}}, "
        try #require(text.contains("\nserver: {"))
        let changed = text.replacing("\nserver: {", with: "\n\(unlimited)") + "\naudit: {folder: audit-of-kills}\n"
        let file = home.folder.appending(path: "kills.yaml")
        try Data(changed.utf8).write(to: file)
        return file.path
    }

    /// Asks for students over eight connections until the server is gone; the ids of the requests it answered with 200.
    private static func load(
        _ base: String,
        _ key: String,
        _ students: [String],
        round: Int,
        _ answered: @escaping @Sendable (Int) -> Void
    ) async throws -> Set<String> {
        let settings = URLSessionConfiguration.ephemeral
        settings.httpMaximumConnectionsPerHost = 8
        settings.timeoutIntervalForRequest = 30
        let session = URLSession(configuration: settings)
        defer { session.invalidateAndCancel() }
        let ids = Answered()
        await withTaskGroup(of: Void.self) { group in
            for client in 0..<8 {
                group.addTask {
                    for number in 0..<100_000 {
                        let student = students[(client * 7 + number) % students.count]
                        guard let url = URL(string: "\(base)/v1/students/\(student)") else { return }
                        let id = "kill-\(round)-\(client)-\(number)"
                        var request = URLRequest(url: url)
                        request.setValue("Bearer \(key)", forHTTPHeaderField: "Authorization")
                        request.setValue("advising", forHTTPHeaderField: "X-Purpose")
                        request.setValue(id, forHTTPHeaderField: "X-Request-Id")
                        // The server is gone.
                        guard let (_, response) = try? await session.data(for: request) else { return }
                        let status = (response as? HTTPURLResponse)?.statusCode
                        guard status == 200 else {
                            Issue.record("the server answered \(status ?? 0)")
                            return
                        }
                        answered(ids.add(id))
                    }
                }
            }
        }
        return ids.all
    }
}

/// The ids of requests that were answered, from several tasks.
private final class Answered: Sendable {
    private let ids = Mutex<Set<String>>([])
    var all: Set<String> { ids.withLock { $0 } }

    /// Adds one; how many there are.
    func add(_ id: String) -> Int {
        ids.withLock { ids in
            ids.insert(id)
            return ids.count
        }
    }
}
