// The signed statement how far the record goes, kept in a file beside it.

import Foundation

/// A line by its place and hash: what is noted elsewhere to know later that nothing was cut off or rewritten.
public struct AuditMark: Sendable, Hashable, CustomStringConvertible {
    /// The line's sequence.
    public let sequence: UInt64
    /// The line's hash, 64 hexadecimal digits.
    public let hash: String

    /// Names a line.
    public init(sequence: UInt64, hash: String) {
        self.sequence = sequence
        self.hash = hash
    }

    /// Reads `SEQUENCE:HASH`.
    ///
    /// - Throws: ``AuditError`` with code `bad_request`.
    public init(_ text: String) throws(AuditError) {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 2, let sequence = UInt64(parts[0]), sequence > 0, parts[1].utf8.count == 64,
            Hexadecimal.bytes(String(parts[1])) != nil
        else {
            throw AuditError(
                .badRequest,
                "a line is named as SEQUENCE:HASH, such as 1042:9f86…, with the 64 digits that 'lyceum audit head' prints"
            )
        }
        self.init(sequence: sequence, hash: parts[1].lowercased())
    }

    /// `SEQUENCE:HASH`.
    public var description: String { "\(sequence):\(hash)" }
}

/// How far the record went when a checkpoint was written; signed, so that nobody without the secret can take it back further
/// than to an older head that they kept.
struct AuditHead: Codable, Sendable {
    static let fileName = "head.json"

    var chain: String
    var sequence: UInt64
    var hash: String
    var at: String
    var signature: String

    var mark: AuditMark { AuditMark(sequence: sequence, hash: hash) }

    /// A signed head.
    init(chain: String, _ mark: AuditMark, at time: String, key: AuditKey) throws(AuditError) {
        self.chain = chain
        sequence = mark.sequence
        hash = mark.hash
        at = time
        signature = try key.sign(
            SignedStatement.head(chain: chain, sequence: mark.sequence, hash: mark.hash, at: time)
        )
    }

    /// Whether it is the head of a record, signed by its key.
    func isValid(chain: String, by verifier: CheckpointVerifier) -> Bool {
        self.chain == chain
            && verifier.isValid(
                signature,
                of: SignedStatement.head(chain: chain, sequence: sequence, hash: hash, at: at)
            )
    }

    /// The head in a record's folder; nil if there is none.
    ///
    /// - Throws: ``AuditError`` with code `damaged` if what is there is no head.
    static func read(in folder: URL) throws(AuditError) -> AuditHead? {
        let url = folder.appending(path: fileName)
        guard FileManager.default.fileExists(atPath: url.path) else { return nil }
        do {
            let handle = try FileHandle(forReadingFrom: url)
            defer { try? handle.close() }
            let data = try handle.read(upToCount: 1 << 16) ?? Data()
            let head = try JSONDecoder().decode(AuditHead.self, from: data)
            // Exactly the bytes that are written: a head that was touched is one that was changed.
            guard try head.bytes() == Array(data) else { throw AuditError(.damaged, "it was changed") }
            return head
        } catch {
            throw AuditError(
                .damaged,
                "the signed head of the audit record cannot be read",
                location: url.path,
                cause: error
            )
        }
    }

    /// Puts it in the place of the one before, on the disk when this returns; an older one leaves a newer one alone.
    func write(in folder: URL) throws(AuditError) {
        if let present = try? Self.read(in: folder), present.chain == chain, present.sequence >= sequence { return }
        let url = folder.appending(path: Self.fileName)
        let draft = folder.appending(path: ".head-\(UUID().uuidString.prefix(8))")
        do throws(AuditError) {
            let file = try SystemFile(draft, O_WRONLY | O_CREAT | O_EXCL)
            try file.store(bytes(), at: 0)
            try file.synchronise()
            guard rename(draft.path, url.path) == 0 else { throw SystemFile.failure(errno, "cannot replace", url) }
        } catch {
            unlink(draft.path)
            throw error
        }
    }

    private func bytes() throws(AuditError) -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        do {
            return Array(try encoder.encode(self)) + [0x0A]
        } catch {
            throw AuditError(.storage, "the head cannot be written", cause: error)
        }
    }
}
