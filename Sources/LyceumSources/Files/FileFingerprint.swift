// What was read last time, to skip files that have not changed.

import Foundation
import LyceumCore

/// The content hashes of the files behind one dataset, and the columns they had.
struct FileFingerprint: Codable, Hashable, Sendable {
    /// File name → SHA-256 of its content.
    var files: [String: String]
    /// SHA-256 of how they are read: mapping, encoding, separator.
    var reading: String
    /// The columns delivered.
    var columns: [String] = []

    /// Hashes files.
    init(_ files: [DataFile], reading: String) throws {
        self.files = [:]
        for file in files {
            do {
                self.files[file.name] = try ContentHash.ofFile(at: URL(fileURLWithPath: file.path))
            } catch {
                throw SourceError(.notFound, "The file cannot be read.", location: file.path, cause: error)
            }
        }
        let options = files.map { "\($0.format) \($0.encoding ?? "") \($0.delimiter ?? "")" }
        self.reading = ContentHash.of(parts: [reading] + options)
    }

    /// Reads what was kept; nil if it is none of ours.
    init?(text: String?) {
        guard let text, let read = try? JSONDecoder().decode(Self.self, from: Data(text.utf8)) else { return nil }
        self = read
    }

    /// What is kept.
    var text: String? {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        return (try? encoder.encode(self)).map { String(decoding: $0, as: UTF8.self) }
    }

    /// Whether the same files would be read in the same way.
    func isSame(as other: FileFingerprint) -> Bool { files == other.files && reading == other.reading }
}
