// Follows the chain line by line: a value without I/O.

import Foundation

/// Where in the chain a walk is, and what it has seen.
struct ChainWalk {
    /// A line's place.
    struct Place: Sendable, Hashable {
        var file: String
        var line: Int
    }

    /// Lines whose place in the chain is known, and whose hash is to be compared.
    private let marks: [UInt64: [String]]
    private let trustedKey: String?
    private var verifier: CheckpointVerifier?
    private(set) var chain: String?
    private(set) var publicKey: String?
    private(set) var found = AuditVerification()
    private(set) var last = AuditMark(sequence: 0, hash: LineForm.origin)
    private(set) var place: Place?
    /// What was set aside, as the lines say that tell of it: the file's name and the SHA-256 of its bytes.
    private(set) var torn: [(file: String, sha256: String, place: Place)] = []
    /// Where the last checkpoint stands.
    private var signed: UInt64 = 0

    /// Begins before the first line.
    ///
    /// - Parameters:
    ///   - publicKey: the key that checkpoints must be signed with; nil believes the record itself.
    ///   - marks: lines that must be those of these hashes.
    init(publicKey: String?, marks: [AuditMark]) {
        trustedKey = publicKey
        self.marks = Dictionary(grouping: marks, by: \.sequence).mapValues { $0.map(\.hash) }
    }

    /// Takes the next line; returns the fault if it is not the one that belongs there.
    mutating func take(_ bytes: UnsafeRawBufferPointer, at here: Place) -> AuditFault? {
        let due = last.sequence + 1
        guard let line = ChainLine(bytes) else {
            return fault(.malformed, here, due, "this is no line of an audit record; line \(due) was due here")
        }
        guard line.isIntact else {
            return fault(.changed, here, due, "line \(due) was changed: its hash is not that of its content")
        }
        guard line.sequence == due else {
            guard line.sequence > due else {
                return fault(
                    .outOfPlace,
                    here,
                    line.sequence,
                    "line \(line.sequence) stands where line \(due) was due: it was inserted, repeated or moved"
                )
            }
            let gap = line.sequence - due == 1 ? "line \(due) is" : "lines \(due) to \(line.sequence - 1) are"
            return fault(.missing, here, due, "\(gap) missing before line \(line.sequence)")
        }
        guard line.previous == last.hash else {
            return fault(
                .rewritten,
                place ?? here,
                last.sequence,
                "line \(last.sequence) was rewritten: line \(due) is chained to another one in its place"
            )
        }
        if let fault = content(of: line, bytes, here) { return fault }
        if let hashes = marks[line.sequence], hashes.contains(where: { $0 != line.hash }) {
            return fault(
                .rewritten,
                here,
                line.sequence,
                "line \(line.sequence) is not the one that was noted: it, or lines before it, were rewritten"
            )
        }
        last = AuditMark(sequence: line.sequence, hash: line.hash)
        place = here
        found.lines += 1
        found.unsigned = line.sequence - signed
        found.head = last.description
        return nil
    }

    /// Looks into lines that say something about the record itself.
    private mutating func content(
        of line: ChainLine,
        _ bytes: UnsafeRawBufferPointer,
        _ here: Place
    ) -> AuditFault? {
        guard line.sequence > 1 else { return begin(line, bytes, here) }
        switch line.kind {
        case .begin:
            return fault(.outOfPlace, here, line.sequence, "a record begins here, within another one")
        case .entry:
            found.entries += 1
        case .checkpoint:
            return checkpoint(line, bytes, here)
        case .torn:
            guard let body = try? JSONDecoder().decode(TornContent.self, from: Data(bytes)) else {
                return fault(.malformed, here, line.sequence, "line \(line.sequence) does not say what was set aside")
            }
            torn.append((body.file, body.sha256, here))
            found.notes.append(
                "line \(line.sequence) (\(body.at)): \(body.bytes) bytes of a line that was never finished were set aside"
            )
        }
        return nil
    }

    private mutating func begin(_ line: ChainLine, _ bytes: UnsafeRawBufferPointer, _ here: Place) -> AuditFault? {
        guard line.kind == .begin, let identity = RecordIdentity(bytes),
            let verifier = CheckpointVerifier(publicKey: trustedKey ?? identity.publicKey)
        else { return fault(.malformed, here, 1, "line 1 does not begin a record") }
        if let trustedKey, identity.publicKey != trustedKey {
            return fault(.wrongKey, here, 1, "the record was begun with another key than the one it is checked with")
        }
        self.verifier = verifier
        chain = identity.chain
        publicKey = identity.publicKey
        return nil
    }

    private mutating func checkpoint(
        _ line: ChainLine,
        _ bytes: UnsafeRawBufferPointer,
        _ here: Place
    ) -> AuditFault? {
        let body = try? JSONDecoder().decode(CheckpointContent.self, from: Data(bytes))
        let statement = SignedStatement.checkpoint(
            chain: chain ?? "",
            sequence: last.sequence,
            hash: last.hash,
            at: body?.at ?? ""
        )
        guard let body, let verifier, verifier.isValid(body.signature, of: statement) else {
            let after =
                signed == 0 ? "" : ", and something after the checkpoint at line \(signed) may have been rewritten"
            return fault(
                .badCheckpoint,
                here,
                line.sequence,
                "the signature of the checkpoint at line \(line.sequence) is not valid\(after)"
            )
        }
        signed = line.sequence
        found.checkpoints += 1
        found.signedAt = body.at
        return nil
    }

    private func fault(_ kind: AuditFault.Kind, _ place: Place, _ sequence: UInt64?, _ message: String) -> AuditFault {
        AuditFault(kind, file: place.file, line: place.line, sequence: sequence, message)
    }

    private struct CheckpointContent: Decodable {
        var at: String
        var signature: String
    }

    private struct TornContent: Decodable {
        var at: String
        var bytes: Int
        var sha256: String
        var file: String
    }
}
