// The files of a record.

import Foundation

/// The folder of a record: `audit-<first sequence, 20 digits>.jsonl`, `head.json`, set-aside ends `….torn-…`, two locks.
struct RecordFolder: Sendable {
    /// A file of lines.
    struct File: Sendable {
        let url: URL
        /// The sequence of its first line.
        let first: UInt64
        var name: String { url.lastPathComponent }
    }

    let url: URL

    init(_ url: URL) { self.url = url }

    /// The files of lines in their order; none if there is no folder.
    func files() throws(AuditError) -> [File] {
        try names().compactMap { name in
            Self.sequence(in: name).map { File(url: url.appending(path: name), first: $0) }
        }
        .sorted { $0.first < $1.first }
    }

    /// The names of ends that were set aside.
    func tornNames() throws(AuditError) -> [String] {
        try names().filter { $0.contains(".jsonl.torn-") }.sorted()
    }

    /// The file whose first line has a sequence.
    func file(beginningAt sequence: UInt64) -> File {
        File(url: url.appending(path: Self.name(beginningAt: sequence)), first: sequence)
    }

    static func name(beginningAt sequence: UInt64) -> String {
        let digits = String(sequence)
        return "audit-" + String(repeating: "0", count: max(0, 20 - digits.count)) + digits + ".jsonl"
    }

    private static func sequence(in name: String) -> UInt64? {
        guard let match = name.wholeMatch(of: /audit-([0-9]{20})\.jsonl/), let first = UInt64(match.1), first > 0 else {
            return nil
        }
        return first
    }

    private func names() throws(AuditError) -> [String] {
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: url.path, isDirectory: &isFolder) else { return [] }
        do {
            return try FileManager.default.contentsOfDirectory(atPath: url.path)
        } catch {
            throw AuditError(
                .storage,
                "the folder of the audit record cannot be listed",
                location: url.path,
                cause: error
            )
        }
    }
}
