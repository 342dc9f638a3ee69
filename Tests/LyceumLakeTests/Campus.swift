// A small lake in a temporary folder, with files of a few bytes, and the stand-ins that the tests share.

import Foundation
import LyceumCore
import Synchronization
import Testing

@testable import LyceumLake

let students = TableID(.clean, "students")
let courses = TableID(.clean, "courses")
let rawStudents = TableID(.raw, "oracle_students")

/// A folder that is removed with its last reference.
final class TemporaryFolder: Sendable {
    let url: URL

    init() throws {
        url = FileManager.default.temporaryDirectory
            .appending(path: "lyceum-lake-\(UUID().uuidString)", directoryHint: .isDirectory)
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(at: url) }

    /// A name for what belongs to this folder on a server.
    var schema: String {
        "t_" + url.lastPathComponent.lowercased().suffix(36).replacing("-", with: "")
    }

    var lake: URL { url.appending(path: "lake", directoryHint: .isDirectory) }
    var ledger: URL { url.appending(path: "ledger.sqlite") }

    /// Where the lake's ledger stands: in a file, or in a schema of its own on a server (see ``OnBothLedgers``).
    var location: LedgerLocation { get throws { try LedgerKind.current.location(in: self) } }
    var settings: LakeSettings { get throws { LakeSettings(place: .folder(lake), ledger: try location) } }
}

/// A clock that a test sets.
final class TestClock: Sendable {
    private let time = Mutex(Date(timeIntervalSince1970: 1_790_000_000))

    var now: @Sendable () -> Date { { self.time.withLock { $0 } } }

    func advance(_ seconds: TimeInterval) { time.withLock { $0 += seconds } }
}

/// Stands for kill -9: not an error that the lake knows, so that nothing tidies up after it.
struct Crash: Error {}

/// Stops a publication before its n-th step, and writes down the steps before.
final class CrashPlan: Sendable {
    private let state = Mutex<(left: Int?, steps: [PublicationStep])>((nil, []))

    /// Crashes before the step of this number, counted from 0; nil never does.
    func crash(before number: Int?) { state.withLock { $0 = (number, []) } }

    var steps: [PublicationStep] { state.withLock { $0.steps } }

    var hook: @Sendable (PublicationStep) throws -> Void {
        { step in
            try self.state.withLock { state in
                if state.left == 0 { throw Crash() }
                state.left = state.left.map { $0 - 1 }
                state.steps.append(step)
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

extension Lake {
    static func open(
        in folder: TemporaryFolder,
        clock: TestClock = TestClock(),
        plan: CrashPlan = CrashPlan()
    ) async throws -> Lake {
        try await open(folder.settings, now: clock.now, beforeStep: plan.hook)
    }

    /// What any engine sees that globs over a zone folder: relative paths and contents.
    func glob(_ table: TableID) async throws -> [String: String] {
        var found: [String: String] = [:]
        for object in try await store.list(below: "\(table.zone.rawValue)/\(table.name)") {
            found[object.key] = try await text(object.key)
        }
        return found
    }

    /// The content of an object, which is there.
    func text(_ key: String) async throws -> String {
        String(decoding: try #require(try await store.read(key), "\(key) is not there"), as: UTF8.self)
    }

    /// The contents of files, in their order.
    func texts(_ files: [LakeFile]) async throws -> [String] {
        var texts: [String] = []
        for file in files { texts.append(try await text(file.storeKey)) }
        return texts
    }

    /// The same as the catalog says it, read under the shared lock.
    func catalogued(_ table: TableID, at moment: Moment = .now) async throws -> [String: String] {
        try await read(at: moment) { catalog in
            var found: [String: String] = [:]
            for file in try catalog.files(of: table) {
                found[file.path.description] = try await text(file.storeKey)
            }
            return found
        }
    }

    /// Contents alone, in order.
    func contents(_ table: TableID, at moment: Moment = .now) async throws -> [String] {
        try await catalogued(table, at: moment).values.sorted()
    }
}

extension LakeRun {
    /// Writes one file per text and describes a table's share of a publication.
    func stage(
        _ table: TableID,
        _ mode: PublishMode,
        _ contents: [String],
        source: String? = "campus",
        day: String? = "2026-11-23",
        fingerprint: String? = nil,
        inputs: [LineageInput] = []
    ) async throws -> TablePublication {
        var files: [StagedFile] = []
        for (number, content) in contents.enumerated() {
            let place = try staging.file(table, source: source, day: day, number: number)
            try await place.store.write(place.storeKey, Data(content.utf8))
            files.append(try await place.staged(rows: Int64(content.utf8.count)))
        }
        return TablePublication(table, mode: mode, files: files, fingerprint: fingerprint, inputs: inputs)
    }
}

extension Lake {
    /// Begins a run and publishes the given contents.
    @discardableResult
    func publish(
        _ tables: [(TableID, PublishMode, [String])],
        watermark: String? = nil
    ) async throws -> PublicationReceipt {
        let run = try await beginRun()
        var publication = Publication()
        for (table, mode, contents) in tables {
            publication.tables.append(try await run.stage(table, mode, contents))
        }
        if let watermark {
            publication.watermarks.append(
                WatermarkRecord(source: "campus", table: "oracle_students", column: "updated_at", value: watermark)
            )
        }
        return try await run.publish(publication)
    }
}

/// Expects an error of the lake with a given code, and gives it back for further looks.
@discardableResult
func expectLakeError<Value>(
    _ code: LakeError.Code,
    sourceLocation: SourceLocation = #_sourceLocation,
    isolation: isolated (any Actor)? = #isolation,
    _ body: () async throws -> Value
) async -> LakeError? {
    do {
        _ = try await body()
        Issue.record("expected the error \(code), and there was none", sourceLocation: sourceLocation)
    } catch let error as LakeError {
        #expect(error.code == code, "\(error)", sourceLocation: sourceLocation)
        return error
    } catch {
        Issue.record("expected the error \(code), not \(error)", sourceLocation: sourceLocation)
    }
    return nil
}
