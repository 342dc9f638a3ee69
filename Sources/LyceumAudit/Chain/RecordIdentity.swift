// Which record a folder holds, as its first line says.

import Foundation

/// What the first line of a record says.
struct RecordIdentity: Decodable, Sendable {
    /// A random number that all signatures name, so that no part of one record passes for a part of another.
    var chain: String
    /// The key that checkpoints are checked with, in Base64.
    var publicKey: String
    var format: Int

    enum CodingKeys: String, CodingKey {
        case chain, format
        case publicKey = "public_key"
    }

    /// Reads the first line; nil if it is none.
    init?(_ line: UnsafeRawBufferPointer) {
        guard let identity = try? JSONDecoder().decode(RecordIdentity.self, from: Data(line)), identity.format == 1
        else { return nil }
        self = identity
    }

    /// Reads the first line of a record's first file; nil if the file has no whole line.
    ///
    /// - Throws: ``AuditError`` with code `damaged` if it is not the first line of a record.
    static func read(from file: RecordFolder.File) throws(AuditError) -> RecordIdentity? {
        let bytes = try SystemFile(file.url, O_RDONLY).load(at: 0, count: 4096)
        guard let end = bytes.firstIndex(of: 0x0A) else { return nil }
        let found = bytes[..<end].withUnsafeBytes { text -> RecordIdentity? in
            guard let line = ChainLine(text), line.isIntact, line.kind == .begin, line.sequence == 1 else { return nil }
            return RecordIdentity(text)
        }
        guard file.first == 1, let found else {
            throw RecordTail.damaged(file.url, "it does not begin with the first line of a record")
        }
        return found
    }
}
