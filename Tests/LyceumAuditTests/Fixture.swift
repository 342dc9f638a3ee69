// Records in temporary folders, and what tests do to them.

import Foundation
import LyceumCore
import Testing

@testable import LyceumAudit

/// A record in a folder of its own, removed with its last reference.
final class Fixture: Sendable {
    /// The folder of everything.
    let root: URL
    /// The record's folder.
    let folder: URL
    let secret: Secret
    let key: AuditKey

    init() throws {
        root = FileManager.default.temporaryDirectory.appending(path: "lyceum-audit-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: root, withIntermediateDirectories: true)
        folder = root.appending(path: "audit")
        secret = AuditKey.generate()
        key = try AuditKey(secret)
    }

    deinit { try? FileManager.default.removeItem(at: root) }

    func open(_ limits: AuditLimits = AuditLimits()) async throws -> AuditLog {
        try await AuditLog.open(folder, key: key, limits: limits)
    }

    /// Writes some entries, one after the other, and closes the record.
    func fill(_ count: Int, limits: AuditLimits = AuditLimits(), from first: Int = 0) async throws {
        let log = try await open(limits)
        for number in first..<(first + count) { try await log.record(.sample(number)) }
        await log.close()
    }

    func verify(_ folder: URL? = nil, expecting: AuditMark? = nil) throws -> AuditVerification {
        try AuditVerifier(folder ?? self.folder, publicKey: key.publicKey).verify(expecting: expecting)
    }

    /// The files of lines, oldest first.
    func files(_ folder: URL? = nil) throws -> [URL] {
        try RecordFolder(folder ?? self.folder).files().map(\.url)
    }

    /// A copy of the record to spoil.
    func copy() throws -> URL {
        let copy = root.appending(path: "copy-\(UUID().uuidString.prefix(8))")
        try FileManager.default.copyItem(at: folder, to: copy)
        return copy
    }

    func records(_ filter: AuditFilter = AuditFilter()) throws -> [AuditRecord] {
        var found: [AuditRecord] = []
        try AuditReader(folder, key: key).forEach(filter) {
            found.append($0)
            return true
        }
        return found
    }
}

extension AuditEntry {
    /// An entry that differs with its number.
    static func sample(_ number: Int) -> AuditEntry {
        AuditEntry(
            at: Date(timeIntervalSince1970: 1_800_000_000 + Double(number)),
            request: "request-\(number)",
            actor: "key:adviser-\(number % 3)",
            role: "adviser",
            action: number.isMultiple(of: 2) ? .read : .search,
            resource: number.isMultiple(of: 2) ? "/v1/students/{id}" : "/v1/students/search",
            collection: "students",
            subjects: ["S\(100_000 + number % 10)"],
            fields: ["academic_info.gpa", "personal_info.first_name"],
            query: "somebody called Zoë \(number)",
            purpose: "advising",
            basis: "34 CFR 99.31(a)(1)"
        )
    }
}

extension AuditLimits {
    /// Bounds that make several files of few lines.
    static var small: AuditLimits {
        var limits = AuditLimits()
        limits.fileBytes = 6000
        limits.checkpointLines = 8
        return limits
    }
}

/// Lines of a file, with their line breaks.
func lines(of file: URL) throws -> [Data] {
    var lines: [Data] = []
    var rest = try Data(contentsOf: file)[...]
    while let stop = rest.firstIndex(of: 0x0A) {
        lines.append(Data(rest[...stop]))
        rest = rest[(stop + 1)...]
    }
    if !rest.isEmpty { lines.append(Data(rest)) }
    return lines
}

/// Puts lines into a file, as whoever tampers with it would.
func write(_ lines: [Data], to file: URL) throws {
    try lines.reduce(Data(), +).write(to: file)
}

/// Numbers that a seed repeats (SplitMix64).
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

/// A seed that is printed, so that a failure can be repeated: LYCEUM_SEED sets it.
func printedSeed(_ test: String) -> UInt64 {
    let seed = ProcessInfo.processInfo.environment["LYCEUM_SEED"].flatMap(UInt64.init) ?? .random(in: 0...UInt64.max)
    print("\(test): LYCEUM_SEED=\(seed)")
    return seed
}
