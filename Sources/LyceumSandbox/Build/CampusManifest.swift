// What a campus was made from and what is in it: the file that says whether it can be used again.

import Foundation

/// The manifest of a campus, kept beside its files.
struct CampusManifest: Sendable, Hashable, Codable {
    /// The version of this format and of the layout of the folder.
    static let currentFormat = 1

    var format = currentFormat
    /// A digest of size, seed, campus date, and the data and SQL: equal fingerprints mean equal rows.
    var fingerprint: String
    var size: CampusSize
    var seed: String
    /// Rows by raw table name.
    var counts: [String: Int64]
    var dirt: DirtReport

    /// The manifest in a file; nil if there is none, or it is of another format.
    static func read(_ file: URL) -> CampusManifest? {
        guard let data = try? Data(contentsOf: file) else { return nil }
        guard let manifest = try? JSONDecoder().decode(CampusManifest.self, from: data) else { return nil }
        return manifest.format == currentFormat ? manifest : nil
    }

    func write(_ file: URL) throws(SandboxError) {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        do {
            try encoder.encode(self).write(to: file, options: .atomic)
        } catch {
            throw SandboxError(.files, "cannot write the campus's manifest", cause: error, location: file.path)
        }
    }
}
