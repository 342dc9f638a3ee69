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
        self.reading = ContentHash.of(parts: [reading] + files.map(\.reading))
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

    /// Refuses files that changed since they were hashed: what was read of them may be neither the one nor the other.
    func requireUnchanged(_ files: [DataFile]) throws {
        for file in files {
            guard let hash = try? ContentHash.ofFile(at: URL(fileURLWithPath: file.path)), hash == self.files[file.name]
            else {
                throw SourceError(
                    .interrupted,
                    "The file changed while it was read, so nothing of it was taken. Run again when it is complete.",
                    location: file.name
                )
            }
        }
    }

    /// Whether the same files would be read in the same way.
    func isSame(as other: FileFingerprint) -> Bool { files == other.files && reading == other.reading }
}
