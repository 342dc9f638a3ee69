// A home that `lyceum demo` filled from the sample campus, shared by the tests that only look at it.

import Foundation
import Testing

/// The demo's home after one run, made once for all tests.
actor SampleHome {
    /// The home and what the run said.
    struct Ready: Sendable {
        var folder: URL
        var outcome: Program.Outcome

        /// The configuration that the demo wrote.
        var config: String { folder.appending(path: "lyceum.yaml").path }
    }

    private static let shared = SampleHome()
    private var making: Task<Ready, any Error>?

    /// The home; the first caller makes it.
    static func ready() async throws -> Ready {
        try await shared.value()
    }

    private func value() async throws -> Ready {
        let task =
            making
            ?? Task {
                let folder = try Program.temporaryFolder("sample")
                let outcome = try await Program.run(
                    "demo",
                    "--sample",
                    "--no-serve",
                    "--json",
                    "--home",
                    folder.path,
                    timeout: .seconds(600)
                )
                try #require(outcome.status == 0, "the demo failed: \(outcome.errors)")
                return Ready(folder: folder, outcome: outcome)
            }
        making = task
        return try await task.value
    }
}
