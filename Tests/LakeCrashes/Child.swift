// A process of the suite's own that works on a lake, and how it ends.

import Foundation

/// One child. It says `begin` when the lake is open and `end STEPS` when the work is done.
final class Child {
    /// What a child that was left alone came to.
    struct Whole {
        var steps: Int
        var seconds: Double
    }

    private let process = Process()
    private let output = Pipe()

    convenience init(work kind: Work.Kind, in place: Place, seed: UInt64, dyingAt step: Int = -1) throws {
        try self.init(["work", place.path, kind.rawValue, "\(seed)", "\(step)"])
    }

    init(_ arguments: [String]) throws {
        process.executableURL = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath()
        process.arguments = arguments
        process.standardOutput = output
        process.standardInput = FileHandle.nullDevice
        try process.run()
    }

    /// Waits until the work is done.
    func end() throws -> Whole {
        try waitForBegin()
        let clock = ContinuousClock()
        let start = clock.now
        let line = try readLine()
        let seconds = start.duration(to: clock.now) / .seconds(1)
        process.waitUntilExit()
        let parts = line.split(separator: " ")
        guard process.terminationStatus == 0, parts.count == 2, let steps = Int(parts[1]) else {
            throw SuiteError("\(process.arguments ?? []) failed with \(process.terminationStatus)")
        }
        return Whole(steps: steps, seconds: seconds)
    }

    /// Waits for its end; returns whether a signal ended it.
    func waitForDeath() throws -> Bool {
        process.waitUntilExit()
        if process.terminationReason != .uncaughtSignal, process.terminationStatus != 0 {
            throw SuiteError("\(process.arguments ?? []) failed with \(process.terminationStatus)")
        }
        return process.terminationReason == .uncaughtSignal
    }

    /// Kills it some seconds after it began to work.
    func kill(after seconds: Double) throws {
        try waitForBegin()
        usleep(UInt32(seconds * 1_000_000))
        Foundation.kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
        if process.terminationReason != .uncaughtSignal, process.terminationStatus != 0 {
            throw SuiteError("\(process.arguments ?? []) failed with \(process.terminationStatus)")
        }
    }

    private func waitForBegin() throws {
        guard try readLine() == "begin" else {
            process.waitUntilExit()
            throw SuiteError("\(process.arguments ?? []) did not begin: \(process.terminationStatus)")
        }
    }

    private func readLine() throws -> String {
        var line = Data()
        while let byte = try output.fileHandleForReading.read(upToCount: 1), !byte.isEmpty {
            if byte.first == UInt8(ascii: "\n") { break }
            line += byte
        }
        return String(decoding: line, as: UTF8.self)
    }
}
