// Crashes of a lake, many and fast: the program starts itself, kills what it started, and looks at what is left.
//
//     lake-crashes suite [--cases N] [--seed N] [--commits N]     one JSON line a case, then the totals
//
// With LAKE_CRASHES_BUCKET=s3://bucket the lakes and backups are there. With LAKE_CRASHES_POSTGRESQL the ledgers are on that
// server, each in a schema of its own, which pg_dump and psql copy.
// `scripts/crashes` runs it, and then kills the whole `lyceum` besides.

import Foundation
import LyceumCore
import LyceumLake

enum Output {
    /// Prints a JSON object as a line of its own.
    static func line(_ values: KeyValuePairs<String, any Encodable & Sendable>) {
        let members = values.map { key, value in
            let text = (try? JSONEncoder().encode(value)).map { String(decoding: $0, as: UTF8.self) } ?? "null"
            return "\"\(key)\":\(text)"
        }
        FileHandle.standardOutput.write(Data(("{" + members.joined(separator: ",") + "}\n").utf8))
    }
}

@main
enum Main {
    static func main() async {
        do { try await perform() } catch {
            FileHandle.standardError.write(Data("lake-crashes: \(error)\n".utf8))
            exit(1)
        }
    }

    private static func perform() async throws {
        let arguments = Array(CommandLine.arguments.dropFirst())
        switch arguments.first {
        case "suite":
            let options = try Options(arguments.dropFirst())
            exit(try await Suite(options).run() ? 0 : 1)
        case "work":
            // Started by the suite: PLACE KIND SEED STEP.
            guard arguments.count == 5, let kind = Work.Kind(rawValue: arguments[2]), let seed = UInt64(arguments[3]),
                let step = Int(arguments[4])
            else { usage() }
            try await Work(place: Place(arguments[1]), kind: kind, seed: seed, dyingAt: step).run()
        case "commit":
            // Started by the suite: PLACE WRITER COUNT.
            guard arguments.count == 4, let writer = Int(arguments[2]), let count = Int(arguments[3]) else { usage() }
            try await Writers.commit(count, as: writer, in: Place(arguments[1]))
        default: usage()
        }
    }

    static func usage() -> Never {
        FileHandle.standardError.write(
            Data("usage: lake-crashes suite [--cases N] [--seed N] [--commits N]\n".utf8)
        )
        exit(64)
    }
}

/// What the suite was asked for.
struct Options: Sendable {
    var cases = 200
    var seed = UInt64.random(in: 0..<1 << 32)
    var commits = 1000

    init(_ arguments: some Sequence<String>) throws {
        var rest = Array(arguments)[...]
        while let name = rest.popFirst() {
            guard let value = rest.popFirst().flatMap({ UInt64($0) }) else { Main.usage() }
            switch name {
            case "--cases": cases = Int(value)
            case "--seed": seed = value
            case "--commits": commits = Int(value)
            default: Main.usage()
            }
        }
    }
}

/// A generator that a seed determines (SplitMix64), so that a failing case can be repeated.
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var value = state
        value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
        return value ^ (value >> 31)
    }
}
