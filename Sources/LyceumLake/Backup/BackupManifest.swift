// What one backup consists of, and its text form: JSON lines that end with a seal over all lines before.

import Foundation
import LyceumCore

/// An object of a vault: named by its content.
struct BackupObject: Sendable, Hashable, Codable {
    /// SHA-256 of the content, hexadecimal.
    var sha256: String
    /// Its size in bytes.
    var bytes: Int64

    /// Where it stands in the vault.
    var key: String { "\(BackupVault.objectsFolder)/\(sha256.prefix(2))/\(sha256)" }

    init(sha256: String, bytes: Int64) {
        self.sha256 = sha256
        self.bytes = bytes
    }

    /// The object of some data.
    init(_ data: Data) {
        self.init(sha256: ContentHash.of(data), bytes: Int64(data.count))
    }
}

/// One data file of a backed-up lake.
struct BackupFile: Sendable, Hashable {
    /// Its path in the catalog, relative to the lake.
    var path: FilePath
    /// Whether it stands in history.
    var isSuperseded: Bool
    /// Its content.
    var object: BackupObject

    /// Where it stands in the lake.
    var place: String { (isSuperseded ? LakeLayout.historyFolder + "/" : "") + path.description }
}

/// One backup: the ledger at one moment, and the files that it lists.
struct BackupManifest: Sendable {
    /// The first line of the text form.
    struct Header: Sendable, Codable {
        /// Raised when an older Lyceum could no longer read it.
        var format = BackupManifest.format
        /// The backup.
        var id: RunID
        /// When its state was taken, ISO 8601 UTC.
        var createdAt: String
        /// The lake's name.
        var lake: String
        /// The last publication that it holds; 0 for none.
        var publication: Int64
        /// The ledger's migrations, in order.
        var migrations: [String]
        /// The ledger's tables.
        var ledger: [LedgerDump.Table]
        /// When a person was last erased from the lake, ISO 8601 UTC; nil if nobody was.
        var lastErasure: String?
        /// Tables under a legal hold.
        var heldTables: [String]
        /// Persons under a legal hold, counted only.
        var heldSubjects: Int
    }

    static let format = 1

    var header: Header
    /// The lake's data files, by path.
    var files: [BackupFile]

    /// Every object that the backup needs.
    var objects: Set<BackupObject> {
        Set(files.map(\.object)).union(header.ledger.flatMap(\.chunks))
    }

    /// Bytes of the data files.
    var bytes: Int64 { files.reduce(0) { $0 + $1.object.bytes } }
}

extension BackupManifest {
    private struct FileLine: Codable {
        var path: String
        var history: Bool?
        var bytes: Int64
        var sha256: String
    }

    private struct Seal: Codable {
        /// SHA-256 of every byte before this line.
        var seal: String
        var files: Int
    }

    /// The text form.
    func encoded() throws -> Data {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        encoder.keyEncodingStrategy = .convertToSnakeCase
        var text = try encoder.encode(header)
        text.append(UInt8(ascii: "\n"))
        for file in files {
            text += try encoder.encode(
                FileLine(
                    path: file.path.description,
                    history: file.isSuperseded ? true : nil,
                    bytes: file.object.bytes,
                    sha256: file.object.sha256
                )
            )
            text.append(UInt8(ascii: "\n"))
        }
        let seal = Seal(seal: ContentHash.of(text), files: files.count)
        text += try encoder.encode(seal)
        text.append(UInt8(ascii: "\n"))
        return text
    }

    /// Reads the text form.
    ///
    /// - Throws: ``LakeError`` with code `damaged_backup` or `migration_newer`.
    init(_ text: Data, at location: String) throws {
        let damaged = LakeError(
            .damagedBackup,
            "The manifest \(location) is damaged: it does not carry the seal that its writer gave it. "
                + "Use another backup; 'lyceum backup list' shows them.",
            location: location
        )
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        let lines = text.split(separator: UInt8(ascii: "\n"))
        guard lines.count >= 2, let first = lines.first, let last = lines.last,
            let format = try? decoder.decode(FormatLine.self, from: first).format
        else { throw damaged }
        guard format <= Self.format else {
            throw LakeError(
                .migrationNewer,
                "The backup \(location) was written by a newer version of Lyceum. Install that version.",
                location: location
            )
        }
        guard let seal = try? decoder.decode(Seal.self, from: last), seal.files == lines.count - 2,
            ContentHash.of(text[..<last.startIndex]) == seal.seal,
            let header = try? decoder.decode(Header.self, from: first)
        else { throw damaged }
        self.header = header
        files = try lines.dropFirst().dropLast().map { line in
            guard let line = try? decoder.decode(FileLine.self, from: line) else { throw damaged }
            return BackupFile(
                path: try FilePath(line.path),
                isSuperseded: line.history ?? false,
                object: BackupObject(sha256: line.sha256, bytes: line.bytes)
            )
        }
    }

    private struct FormatLine: Decodable { var format: Int }
}
