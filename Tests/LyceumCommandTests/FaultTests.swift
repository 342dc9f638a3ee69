// The fault matrix and the seeded runs, shortened: the whole of them is `make faults`.

import Foundation
import Testing

@Suite("Faults") struct FaultTests {
    private static let python = Program.repository.appending(path: ".lyceum/python/bin/python")

    @Test(
        "sources that fail lose nothing and duplicate nothing",
        .timeLimit(.minutes(10)),
        arguments: ["workday", "tableau-view", "tableau-query", "files", "registrar", "seeded"]
    )
    func faults(source: String) async throws {
        try #require(
            FileManager.default.isExecutableFile(atPath: Self.python.path),
            "the Python packages are missing: run scripts/setup --tests"
        )
        let output = try Program.temporaryFolder("faults").appending(path: "lines")
        try Data().write(to: output)
        let process = Process()
        process.executableURL = Self.python
        process.arguments = [
            Program.repository.appending(path: "scripts/faults").path, "--quick", "--runs", "3", "--workers", "2",
            "--only",
            source,
        ]
        process.environment = ProcessInfo.processInfo.environment.merging(["LYCEUM": Program.executable.path]) { $1 }
        process.standardOutput = try FileHandle(forWritingTo: output)
        let ended = AsyncStream<Int32> { continuation in
            process.terminationHandler = {
                continuation.yield($0.terminationStatus)
                continuation.finish()
            }
        }
        try process.run()
        var status: Int32 = -1
        for await end in ended { status = end }
        let lines = try String(contentsOf: output, encoding: .utf8).split(separator: "\n")
        let last = try #require(lines.last, "nothing was printed")
        let totals = try #require(try JSONSerialization.jsonObject(with: Data(last.utf8)) as? [String: Any])
        #expect(status == 0 && totals["ok"] as? Bool == true, "\(lines.joined(separator: "\n"))")
        #expect(totals["lost"] as? Int == 0 && totals["duplicated"] as? Int == 0 && totals["other"] as? Int == 0)
        #expect((totals["rows"] as? Int ?? 0) > 0)
    }
}
