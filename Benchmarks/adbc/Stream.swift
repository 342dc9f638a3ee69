// How fast results stream out of a database, next to PyArrow's ADBC binding on the same driver, query and machine.
//
//     cd Benchmarks && swift run -c release adbc-stream [--rounds N] [--only CASE]
//
// Needs scripts/setup --bench. The two sides take turns; the median of each is compared. Prints a JSON line for each
// case and a last line with the totals; fails if a ratio is below 0.8.

import ADBC
import Arrow
import Foundation

@main
enum Stream {
    static let goal = 0.8

    static func main() async throws {
        var rounds = 5
        var only: String?
        var arguments = CommandLine.arguments.dropFirst()
        while let argument = arguments.popFirst() {
            switch argument {
            case "--rounds": rounds = arguments.popFirst().flatMap(Int.init) ?? rounds
            case "--only": only = arguments.popFirst()
            default: throw Failure(description: "unknown argument \(argument)")
            }
        }
        var lowest = Double.infinity
        var count = 0
        let folder = NSTemporaryDirectory() + "adbc-stream-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        for bench in try await Bench.all(only: only, in: folder) {
            let ratio = try await bench.run(rounds: rounds)
            lowest = min(lowest, ratio)
            count += 1
        }
        try? FileManager.default.removeItem(atPath: folder)
        let isOK = count > 0 && lowest >= goal
        print(#"{"check": "adbc-stream", "ok": \#(isOK), "cases": \#(count), "lowest_ratio": \#(rounded(lowest))}"#)
        if !isOK { exit(1) }
    }
}

struct Failure: Error, CustomStringConvertible {
    let description: String
}

func rounded(_ value: Double) -> String { String(format: "%.3f", value) }

/// The repository's folder, above this package's.
let repository = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().path
