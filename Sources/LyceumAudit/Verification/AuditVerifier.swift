// Reads a whole record and says whether it is as it was written, and if not, where it first is not.

import Crypto
import Foundation

/// Checks every line, every checkpoint and the signed head of a record. Streams: memory does not grow with the record.
///
/// Finds any changed, missing, inserted or moved line, and an end that was cut off before the signed head or before a line that
/// was noted elsewhere. Does not find what was cut off together with putting back an older head (but for `expecting`), nor what
/// someone forged who has the secret.
public struct AuditVerifier: Sendable {
    private let folder: RecordFolder
    private let publicKey: String?

    /// A verifier of the record in a folder.
    ///
    /// - Parameter publicKey: the key of its checkpoints (``AuditKey/publicKey``). Without it the key is believed that the record
    ///   itself names, which whoever wrote the whole record anew would have changed too.
    public init(_ folder: URL, publicKey: String?) {
        self.folder = RecordFolder(folder)
        self.publicKey = publicKey
    }

    /// Verifies the record as it is now; lines that are appended meanwhile are not looked at.
    ///
    /// - Parameter expecting: a line that was noted elsewhere.
    /// - Throws: ``AuditError`` with code `not_found` if there is no record, `storage` if it cannot be read, `bad_request` if the
    ///   public key is none. What is wrong with the record is no error: see ``AuditVerification/fault``.
    public func verify(expecting: AuditMark? = nil) throws -> AuditVerification {
        if let publicKey, CheckpointVerifier(publicKey: publicKey) == nil {
            throw AuditError(.badRequest, "the public key is no Ed25519 key in Base64")
        }
        // The head first: what is appended after it was read is only more than it names.
        let head: AuditHead?
        var headFault: AuditFault?
        do {
            head = try AuditHead.read(in: folder.url)
            if head == nil { headFault = Self.headFault("the signed head is missing") }
        } catch {
            head = nil
            headFault = Self.headFault("the signed head was changed: it cannot be read")
        }
        let files = try snapshot()
        guard !files.isEmpty || head != nil else {
            throw AuditError(.notFound, "there is no audit record here", location: folder.url.path)
        }
        var walk = ChainWalk(publicKey: publicKey, marks: [head?.mark, expecting].compactMap(\.self))
        let (fault, unfinished) = try follow(files, &walk)
        if let fault { return finding(fault, walk, files.count) }
        var result = finding(nil, walk, files.count)
        if unfinished > 0 { result.notes.append(Self.unfinished(unfinished, files.last?.file.name ?? "")) }
        if publicKey == nil {
            result.notes.append("checked with the key that the record itself names, for none was given")
        }
        let end = (file: files.last?.file.name ?? "", line: walk.place?.line)
        result.fault =
            headFault ?? Self.cut(head?.mark, walk, end, by: "the signed head")
            ?? signature(of: head, walk) ?? Self.cut(expecting, walk, end, by: "what was noted elsewhere")
            ?? torn(walk)
        result.notes += try strayEnds(walk)
        return result
    }

    /// The files with their sizes at one moment, between two batches where the lock can be had.
    private func snapshot() throws(AuditError) -> [Part] {
        let lock = try? SystemFile(folder.url.appending(path: ".lock"), O_RDONLY)
        if let lock { flock(lock.descriptor, LOCK_SH) }
        defer { if let lock { flock(lock.descriptor, LOCK_UN) } }
        var parts: [Part] = []
        for file in try folder.files() {
            let opened = try SystemFile(file.url, O_RDONLY)
            parts.append(Part(file: file, size: try opened.status().size))
        }
        return parts
    }

    /// A file and how much of it is looked at.
    private struct Part {
        var file: RecordFolder.File
        var size: Int
    }

    /// Walks along all files; returns the first fault, and how many bytes at the very end are no whole line.
    private func follow(_ files: [Part], _ walk: inout ChainWalk) throws -> (AuditFault?, unfinished: Int) {
        var unfinished = 0
        for (index, part) in files.enumerated() {
            let isLast = index == files.count - 1
            var fault: AuditFault?
            let due = walk.last.sequence + 1
            if part.file.first != due, part.size > 0 {
                // A line's own sequence says more than its file's name, unless it fits.
                fault = try nameFault(part, due: due)
            }
            if fault == nil {
                try LineReader(part.file.url, upTo: part.size).forEachLine { bytes, number, ending in
                    let place = ChainWalk.Place(file: part.file.name, line: number)
                    switch ending {
                    case .lineBreak: fault = walk.take(bytes, at: place)
                    case .endOfFile where isLast: unfinished = bytes.count
                    case .endOfFile, .tooLong:
                        fault = AuditFault(
                            .malformed,
                            file: part.file.name,
                            line: number,
                            sequence: walk.last.sequence + 1,
                            "line \(walk.last.sequence + 1) is not whole"
                        )
                    }
                    return fault == nil
                }
            }
            if let fault { return (try explained(fault, files), 0) }
        }
        return (nil, unfinished)
    }

    /// The fault of a file whose first line has the sequence that is due although its name says another.
    private func nameFault(_ part: Part, due: UInt64) throws -> AuditFault? {
        var first: UInt64?
        try LineReader(part.file.url, upTo: part.size).forEachLine { bytes, _, _ in
            first = ChainLine(bytes)?.sequence
            return false
        }
        guard first == due else { return nil }
        return AuditFault(
            .outOfPlace,
            file: part.file.name,
            sequence: due,
            "the file was renamed: it begins with line \(due)"
        )
    }

    /// Tells a line that is missing from one that stands elsewhere.
    private func explained(_ fault: AuditFault, _ files: [Part]) throws -> AuditFault {
        guard fault.kind == .missing, let sequence = fault.sequence else { return fault }
        for part in files {
            var line: Int?
            try LineReader(part.file.url, upTo: part.size).forEachLine { bytes, number, ending in
                guard case .lineBreak = ending, let found = ChainLine(bytes), found.sequence == sequence, found.isIntact
                else { return true }
                line = number
                return false
            }
            guard let line else { continue }
            return AuditFault(
                .outOfPlace,
                file: fault.file,
                line: fault.line,
                sequence: sequence,
                "another line stands where line \(sequence) was due, which stands in \(part.file.name):\(line): one of them "
                    + "was inserted or moved"
            )
        }
        return fault
    }

    private func finding(_ fault: AuditFault?, _ walk: ChainWalk, _ files: Int) -> AuditVerification {
        var result = walk.found
        result.files = files
        result.fault = fault
        return result
    }

    // MARK: - The end

    private static func headFault(_ message: String) -> AuditFault {
        AuditFault(
            .badHead,
            file: AuditHead.fileName,
            message + "; an end that was cut off would not be seen without it"
        )
    }

    private func signature(of head: AuditHead?, _ walk: ChainWalk) -> AuditFault? {
        guard let head, let chain = walk.chain, let key = publicKey ?? walk.publicKey,
            let verifier = CheckpointVerifier(publicKey: key), !head.isValid(chain: chain, by: verifier)
        else { return nil }
        return Self.headFault("the signature of the head is not valid")
    }

    /// The fault of an end that is not there.
    private static func cut(
        _ mark: AuditMark?,
        _ walk: ChainWalk,
        _ end: (file: String, line: Int?),
        by witness: String
    ) -> AuditFault? {
        guard let mark, mark.sequence > walk.last.sequence else { return nil }
        return AuditFault(
            .cut,
            file: end.file,
            line: end.line,
            sequence: walk.last.sequence + 1,
            "the record ends after line \(walk.last.sequence), but \(witness) names line \(mark.sequence): "
                + "the end was cut off"
        )
    }

    private static func unfinished(_ bytes: Int, _ file: String) -> String {
        "\(file) ends in \(bytes) bytes of a line that was never finished; the next writer sets them aside"
    }

    /// The fault of an end that was set aside and is not as it was.
    private func torn(_ walk: ChainWalk) -> AuditFault? {
        for (name, sha256, place) in walk.torn {
            let isOurs = name.wholeMatch(of: /audit-[0-9]{20}\.jsonl\.torn-[0-9]+-[0-9a-f]{8}/) != nil
            let data = isOurs ? try? Data(contentsOf: folder.url.appending(path: name)) : nil
            guard let data, Hexadecimal.text(SHA256.hash(data: data)) == sha256 else {
                let what = data == nil ? "is missing" : "was changed"
                return AuditFault(
                    .badTorn,
                    file: place.file,
                    line: place.line,
                    "what was set aside here, \(isOurs ? name : "a file"), \(what)"
                )
            }
        }
        return nil
    }

    private func strayEnds(_ walk: ChainWalk) throws(AuditError) -> [String] {
        let known = Set(walk.torn.map(\.file))
        return try folder.tornNames().filter { !known.contains($0) }
            .map { "\($0) was set aside by a process that was killed before it could say so" }
    }
}
