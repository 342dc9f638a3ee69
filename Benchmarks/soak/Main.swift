// The soak of live search, and the two halves of its crash test.
//
//     search-soak soak DIRECTORY SECONDS SEED     mixed work with checks; last line {"check":"soak","ok",…}
//     search-soak write DIRECTORY SEED            changes documents until it is killed; prints what it begins and what is acknowledged
//     search-soak verify DIRECTORY                reads those lines; last line {"check":"crash","ok",…}

import Foundation
import LyceumSearch

#if canImport(Glibc)
    import Glibc
#endif

enum Output {
    static func line(_ text: String) {
        FileHandle.standardOutput.write(Data((text + "\n").utf8))
    }

    static func residentMegabytes() -> Int {
        let text = (try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8)) ?? ""
        let pages = text.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0
        return pages * sysconf(Int32(_SC_PAGESIZE)) >> 20
    }
}

@main
enum Main {
    static let crashDocuments = 200

    static func main() throws {
        let arguments = CommandLine.arguments
        guard arguments.count >= 3 else { usage() }
        let directory = URL(filePath: arguments[2])
        switch (arguments[1], arguments.count) {
        case ("soak", 5):
            guard let seconds = Double(arguments[3]), let seed = UInt64(arguments[4]) else { usage() }
            let counts = try Soak(directory: directory, seed: seed).run(seconds: seconds)
            let isSound = counts.faults == 0 && counts.upserts > 0 && counts.searches > 0
            Output.line(
                "{\"check\":\"soak\",\"ok\":\(isSound),\"seconds\":\(Int(seconds)),\"seed\":\(seed),"
                    + "\"searches\":\(counts.searches),\"upserts\":\(counts.upserts),\"deletes\":\(counts.deletes),"
                    + "\"checks\":\(counts.checks),\"checkpoints\":\(counts.checkpoints),"
                    + "\"rebuilds\":\(counts.rebuilds),\"faults\":\(counts.faults)}"
            )
            exit(isSound ? 0 : 1)
        case ("write", 4):
            guard let seed = UInt64(arguments[3]) else { usage() }
            try write(directory, seed: seed)
        case ("verify", 3): try verify(directory)
        default: usage()
        }
    }

    static func usage() -> Never {
        FileHandle.standardError.write(
            Data("usage: search-soak soak DIRECTORY SECONDS SEED | write DIRECTORY SEED | verify DIRECTORY\n".utf8)
        )
        exit(64)
    }

    /// Changes documents for ever; a line is printed only after the change was acknowledged.
    static func write(_ directory: URL, seed: UInt64) throws {
        if try Snapshot.currentVersion(in: directory) == nil { try Notice.publish(crashDocuments, in: directory) }
        let index = try LiveIndex(directory: directory)
        for note in index.notes { FileHandle.standardError.write(Data("\(note)\n".utf8)) }
        var generator = SeededGenerator(seed: seed)
        while true {
            let version = Int(index.sequence) + 2
            let numbers = Set(
                (0..<Int.random(in: 1...4, using: &generator)).map { _ in
                    Int.random(in: 0..<2 * crashDocuments, using: &generator)
                }
            ).sorted()
            let isDelete = Int.random(in: 0..<5, using: &generator) == 0
            let lines = numbers.map { "\($0) \(isDelete ? 0 : version)" }
            Output.line(lines.map { "begin \($0)" }.joined(separator: "\n"))
            if isDelete {
                try index.delete(numbers.map { Notice.id($0) }, from: "notices")
            } else {
                try index.upsert(numbers.map { Notice.json($0, version: version) }, into: "notices")
            }
            Output.line(lines.map { "acknowledged \($0)" }.joined(separator: "\n"))
            if Int.random(in: 0..<40, using: &generator) == 0 { try index.checkpoint() }
        }
    }

    /// Checks that the last acknowledged version of each document, or a later one that was under way, is there.
    static func verify(_ directory: URL) throws {
        var acknowledged: [Int: Int] = [:]
        var begun: [Int: Int] = [:]
        while let line = readLine() {
            let parts = line.split(separator: " ")
            guard parts.count == 3, let number = Int(parts[1]), let version = Int(parts[2]) else { continue }
            if parts[0] == "begin" {
                begun[number] = version
            } else if parts[0] == "acknowledged" {
                acknowledged[number] = version
                begun[number] = nil
            }
        }
        let index = try LiveIndex(directory: directory)
        guard let notices = try index.snapshot().collection("notices") else { exit(1) }
        var lost: [String] = []
        for (number, version) in acknowledged.sorted(by: { $0.key < $1.key }) {
            let found = notices.document(id: Notice.id(number)).flatMap { Notice.version(of: $0) } ?? 0
            // The change under way when the process was killed may have been on the disk already.
            if found != version, found != begun[number] { lost.append(Notice.id(number)) }
        }
        let notes = index.notes.count
        Output.line(
            "{\"check\":\"crash\",\"ok\":\(lost.isEmpty),\"documents\":\(acknowledged.count),\"sequence\":\(index.sequence),"
                + "\"notes\":\(notes),\"lost\":\(lost.count)}"
        )
        exit(lost.isEmpty ? 0 : 1)
    }
}
