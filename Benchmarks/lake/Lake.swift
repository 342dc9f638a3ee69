// How fast the lake publishes, how much a read through its catalog costs, and what compaction and Parquet save.
//
//     cd Benchmarks && swift run -c release lake-bench [--rounds N] [--config lyceum.yaml]
//
// Needs scripts/setup. Publishing is set against the same files forced to the disk and renamed by hand; a scan through the
// catalog against DuckDB reading the same files named by hand, in the same process and engine settings, by turns. With
// --config the storage of that configuration's lake is measured too. Prints a JSON line for each case and a last line with
// the totals; fails when a goal is missed.

import ADBC
import Arrow
import Foundation
import LyceumCore
import LyceumLake
import LyceumPipeline

@main
enum LakeBench {
    static func main() async throws {
        var rounds = 5
        var config: String?
        var arguments = CommandLine.arguments.dropFirst()
        while let argument = arguments.popFirst() {
            switch argument {
            case "--rounds": rounds = arguments.popFirst().flatMap(Int.init) ?? rounds
            case "--config": config = arguments.popFirst()
            default: throw Failure(description: "unknown argument \(argument)")
            }
        }
        let folder = URL(filePath: NSTemporaryDirectory()).appending(path: "lake-bench-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let campus = try BenchLake(folder)
        var results = [try await campus.publish(rounds: rounds)]
        results += try await campus.scans(rounds: rounds)
        if let config { results.append(try await storage(URL(filePath: config))) }
        for result in results { print(result.line) }
        let isOK = results.allSatisfy(\.isMet)
        print(#"{"check": "lake", "ok": \#(isOK), "cases": \#(results.count)}"#)
        if !isOK {
            try? FileManager.default.removeItem(at: folder)
            exit(1)
        }
    }

    /// How much smaller a real lake's raw zone is than its rows as JSON lines and CSV.
    private static func storage(_ config: URL) async throws -> Result {
        let pipeline = Pipeline(configuration: try Configuration.read(config), project: try Project.bundled())
        let total = try await pipeline.storageReport().total(.raw)
        let saved = total.savedOfJSON ?? 0
        return Result(
            name: "compression",
            values: [
                ("rows", Double(total.rows)), ("bytes", Double(total.bytes)), ("json_bytes", Double(total.jsonBytes)),
                ("csv_bytes", Double(total.csvBytes)), ("saved_of_json", saved),
                ("saved_of_csv", total.savedOfCSV ?? 0),
            ],
            goal: ("saved_of_json", 0.85),
            isMet: saved >= 0.85
        )
    }
}

struct Failure: Error, CustomStringConvertible {
    let description: String
}

/// One case's figures and whether its goal was met.
struct Result {
    let name: String
    let values: [(String, Double)]
    let goal: (name: String, value: Double)
    let isMet: Bool

    var line: String {
        let figures = values.map { name, value in
            "\"\(name)\": " + (value == value.rounded() ? "\(Int(value))" : String(format: "%.4f", value))
        }
        return "{\"case\": \"\(name)\", \(figures.joined(separator: ", ")), "
            + "\"goal\": {\"\(goal.name)\": \(goal.value)}, \"ok\": \(isMet)}"
    }
}
