// Spark's web pages, of which only the REST interface is read: how far a statement is.

import AsyncHTTPClient
import Foundation
import NIOCore
import NIOFoundationCompat

/// Looks every two seconds at what Spark is at, for as long as a run lasts.
///
/// Pages that do not answer, three times in a row, are told once and asked again: a server is at work, or on its way back.
/// It fails no run.
actor SparkPages {
    private let address: String
    private let client: HTTPClient
    private var progress: StatementProgress
    private let tell: @Sendable (_ sentence: String) -> Void
    private var report: (@Sendable (TaskCounts) -> Void)?
    private var watch: Task<Void, Never>?
    /// Looks in a row that failed.
    private var failures = 0
    private var hasComplained = false

    private static let plain = CharacterSet.alphanumerics.union(["-", "_"])
    private static let interval = Duration.seconds(2)
    private static let patience = TimeAmount.seconds(30)
    private static let mostFailures = 3
    /// A thousand stages at work are a megabyte.
    private static let mostBytes = 8 << 20

    /// - Parameters:
    ///   - address: `http://127.0.0.1:4040`, `https://spark.example.edu`.
    ///   - user: the user's id of the session.
    ///   - tell: is told once when the pages do not answer.
    init(_ address: String, user: String, tell: @escaping @Sendable (_ sentence: String) -> Void) {
        self.address = address.hasSuffix("/") ? String(address.dropLast()) : address
        self.tell = tell
        progress = StatementProgress(user: user)
        var configuration = HTTPClient.Configuration()
        configuration.redirectConfiguration = .disallow
        // A port that refuses is an answer.
        configuration.connectionPool.retryConnectionEstablishment = false
        client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
    }

    deinit { client.shutdown { _ in } }

    /// Hands what is seen from now on to `report`.
    func tell(_ report: @escaping @Sendable (TaskCounts) -> Void) {
        self.report = report
        if watch == nil { watch = Task { await look() } }
    }

    /// Looks no more.
    func close() {
        report = nil
        watch?.cancel()
    }

    private func look() async {
        while (try? await Task.sleep(for: Self.interval)) != nil {
            do {
                let counts = try await tasks()
                failures = 0
                if let counts, !Task.isCancelled { report?(counts) }
            } catch {
                failures += 1
                guard !Task.isCancelled, failures >= Self.mostFailures, !hasComplained else { continue }
                hasComplained = true
                tell(
                    "how far statements are is not known: Spark's pages at \(address) do not answer (\(error)); "
                        + "see 'engine.spark.pages' in the configuration, and the server's 'spark.ui.enabled'"
                )
            }
        }
    }

    /// The first application that the pages know; nil when they know none.
    ///
    /// - Throws: what the connection, the status or the answer's shape is refused for.
    func application() async throws -> String? {
        struct Application: Decodable { let id: String }
        return try await get([Application].self, "").first?.id
    }

    private func tasks() async throws -> TaskCounts? {
        guard let application = try await application() else { return nil }
        let folder = "/" + (application.addingPercentEncoding(withAllowedCharacters: Self.plain) ?? "")
        let jobs = try await get([StatementProgress.Job].self, folder + "/jobs?status=running")
        let stages = jobs.isEmpty ? [] : try await get([StatementProgress.Stage].self, folder + "/stages?status=active")
        return progress.see(jobs: jobs, stages: stages)
    }

    private func get<Answer: Decodable>(_: Answer.Type, _ path: String) async throws -> Answer {
        var request = HTTPClientRequest(url: address + "/api/v1/applications" + path)
        request.headers.add(name: "User-Agent", value: "lyceum")
        let answer = try await client.execute(request, timeout: Self.patience)
        guard answer.status == .ok else { throw Refusal(description: "status \(answer.status.code)") }
        let body = Data(buffer: try await answer.body.collect(upTo: Self.mostBytes))
        do {
            return try JSONDecoder().decode(Answer.self, from: body)
        } catch {
            throw Refusal(description: "an answer that is not of Spark's REST interface")
        }
    }

    /// The pages answered, but not with what was asked for.
    private struct Refusal: Error, CustomStringConvertible {
        let description: String
    }
}
