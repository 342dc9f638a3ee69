// Appends lines to the chain of a folder, one process at a time, each batch on the disk before the call returns.

import Crypto
import Foundation
import LyceumCore

/// The end of a record as one process knows it, and the file that it appends to. Not for use from several threads at once.
final class ChainWriter {
    private let folder: RecordFolder
    private let key: AuditKey
    private let limits: AuditLimits
    private let lock: RecordLock
    private let chain: String
    private var file: SystemFile
    /// The sequence of the file's first line.
    private var first: UInt64
    /// The file's size: whole lines up to the last of the chain.
    private var size: Int
    private var last: AuditMark
    /// Lines since the last checkpoint; nil when it is not known.
    private var unsigned: Int?
    private var signedAt: ContinuousClock.Instant?
    /// Lines that say what was set aside, to be written first.
    private var torn: [LineBody] = []
    /// Why nothing can be appended any more.
    private var failure: AuditError?

    /// What was found out of the ordinary and mended, for the log.
    private(set) var notes: [String] = []

    // MARK: - Opening

    /// Opens the record of a folder, or begins one.
    ///
    /// Reads the first line and the end, not what is between.
    ///
    /// - Throws: ``AuditError`` with code `wrong_key`, `damaged` (also when the record ends before its signed head), `storage`,
    ///   `locked`.
    init(_ url: URL, key: AuditKey, limits: AuditLimits) throws(AuditError) {
        do {
            try FileManager.default.createDirectory(
                at: url,
                withIntermediateDirectories: true,
                attributes: [.posixPermissions: 0o700]
            )
        } catch {
            throw AuditError(
                .storage,
                "the folder of the audit record cannot be made",
                location: url.path,
                cause: error
            )
        }
        let folder = RecordFolder(url)
        let lock = try RecordLock(url)
        let opened = try lock.exclusively(wait: limits.lockWait) { lock throws(AuditError) -> (String, Position) in
            // Not by `??`, whose errors have lost their type.
            let present = try Self.chain(of: folder, key: key)
            let chain = if let present { present } else { try Self.begin(folder, key: key) }
            return (chain, try Self.position(in: folder, chain: chain, key: key, lock))
        }
        self.folder = folder
        self.key = key
        self.limits = limits
        self.lock = lock
        chain = opened.0
        file = opened.1.file
        first = opened.1.first
        size = opened.1.size
        last = opened.1.last
        take(opened.1)
        if !torn.isEmpty { _ = try append([]) }
    }

    /// Which record the folder holds; nil if it holds none yet.
    private static func chain(of folder: RecordFolder, key: AuditKey) throws(AuditError) -> String? {
        guard let oldest = try folder.files().first else {
            guard try AuditHead.read(in: folder.url) == nil else {
                throw RecordTail.damaged(folder.url, "its files are missing, and only its head is left")
            }
            return nil
        }
        guard let identity = try RecordIdentity.read(from: oldest) else {
            // A process that was killed while it began the record: nobody was told of any line.
            guard try AuditHead.read(in: folder.url) == nil else {
                throw RecordTail.damaged(oldest.url, "it has no line")
            }
            unlink(oldest.url.path)
            return nil
        }
        guard identity.publicKey == key.publicKey else {
            throw AuditError(
                .wrongKey,
                "the audit record was begun with another secret than the one configured; put that one back, or name another "
                    + "folder to begin a new record",
                location: folder.url.path
            )
        }
        return identity.chain
    }

    /// Begins a record: its first line, a checkpoint, its head.
    private static func begin(_ folder: RecordFolder, key: AuditKey) throws(AuditError) -> String {
        let chain = Hexadecimal.text(SymmetricKey(size: .bits128).withUnsafeBytes { Array($0) })
        let time = Timestamp.iso(Date(), fractional: true)
        var lines = ChainBuilder()
        lines.add(.begin(chain: chain, publicKey: key.publicKey, at: time))
        lines.add(try checkpoint(after: lines, chain: chain, key: key, at: time))
        let file = try SystemFile(folder.file(beginningAt: 1).url, O_RDWR | O_CREAT | O_EXCL)
        try file.store(lines.bytes, at: 0)
        try file.synchronise()
        let mark = AuditMark(sequence: lines.sequence, hash: lines.hash)
        try AuditHead(chain: chain, mark, at: time, key: key).write(in: folder.url)
        try SystemFile.synchroniseFolder(folder.url)
        return chain
    }

    private static func checkpoint(
        after lines: ChainBuilder,
        chain: String,
        key: AuditKey,
        at time: String
    ) throws(AuditError) -> LineBody {
        let statement = SignedStatement.checkpoint(
            chain: chain,
            sequence: lines.sequence,
            hash: lines.hash,
            at: time
        )
        return .checkpoint(signature: try key.sign(statement), at: time)
    }

    // MARK: - Where the chain ends

    /// Where the next line goes.
    private struct Position {
        var file: SystemFile
        var first: UInt64
        var size: Int
        var last: AuditMark
        var isSigned: Bool
        var torn: LineBody?
        var note: String?
    }

    private func take(_ position: Position) {
        file = position.file
        first = position.first
        size = position.size
        last = position.last
        unsigned = position.isSigned ? 0 : nil
        if let body = position.torn { torn.append(body) }
        if let note = position.note { notes.append(note) }
    }

    /// Finds the end of the chain. Call it with the lock held.
    private static func position(
        in folder: RecordFolder,
        chain: String,
        key: AuditKey,
        _ lock: RecordLock
    ) throws(AuditError) -> Position {
        let files = try folder.files()
        guard let newest = files.last else { throw RecordTail.damaged(folder.url, "its files are missing") }
        let file = try SystemFile(newest.url, O_RDWR)
        let size = try file.status().size
        let tail = try RecordTail(of: file, size: size)
        var line = tail.line
        if line == nil, files.count > 1 {
            // Begun by a process that was killed before its first line was whole.
            let before = try SystemFile(files[files.count - 2].url, O_RDONLY)
            line = try RecordTail(of: before, size: try before.status().size).line
            guard line?.sequence == newest.first - 1 else {
                throw RecordTail.damaged(newest.url, "it does not go on where the file before it ends")
            }
        }
        guard let line else { throw RecordTail.damaged(newest.url, "it has no whole line") }
        let last = AuditMark(sequence: line.sequence, hash: line.hash)
        try check(last, folder, chain: chain, key: key, file: newest.url)
        var position = Position(
            file: file,
            first: newest.first,
            size: tail.end,
            last: last,
            isSigned: line.kind == .checkpoint
        )
        if size > tail.end { try setAside(from: tail.end, to: size, of: file, &position) }
        try lock.noteActiveFile(beginningAt: newest.first)
        return position
    }

    /// Checks that the chain reaches as far as its signed head says.
    private static func check(
        _ last: AuditMark,
        _ folder: RecordFolder,
        chain: String,
        key: AuditKey,
        file: URL
    ) throws(AuditError) {
        guard let head = try AuditHead.read(in: folder.url) else {
            // The first two lines may be there before the head is, if a process was killed in between.
            guard last.sequence <= 2 else {
                throw RecordTail.damaged(folder.url, "its signed head, \(AuditHead.fileName), is missing")
            }
            let time = Timestamp.iso(Date(), fractional: true)
            return try AuditHead(chain: chain, last, at: time, key: key).write(in: folder.url)
        }
        guard let verifier = CheckpointVerifier(publicKey: key.publicKey), head.isValid(chain: chain, by: verifier)
        else {
            throw RecordTail.damaged(
                folder.url.appending(path: AuditHead.fileName),
                "the signature of its head is not valid"
            )
        }
        guard head.sequence <= last.sequence else {
            throw RecordTail.damaged(
                file,
                "it ends at line \(last.sequence), but its signed head says that there were \(head.sequence)"
            )
        }
        guard head.sequence < last.sequence || head.hash == last.hash else {
            throw RecordTail.damaged(file, "its last line is not the one that its signed head names")
        }
    }

    /// Takes the beginning of a line that was never finished out of the file and into one of its own.
    ///
    /// Nobody was told of such a line: an entry is acknowledged after its line break is on the disk.
    private static func setAside(
        from end: Int,
        to size: Int,
        of file: SystemFile,
        _ position: inout Position
    ) throws(AuditError) {
        let bytes = try file.load(at: end, count: size - end)
        let digest = Hexadecimal.text(SHA256.hash(data: bytes))
        let name = "\(file.url.lastPathComponent).torn-\(end)-\(digest.prefix(8))"
        let url = file.url.deletingLastPathComponent().appending(path: name)
        let aside = try SystemFile(url, O_WRONLY | O_CREAT | O_TRUNC)
        try aside.store(bytes, at: 0)
        try aside.synchronise()
        try file.cut(to: end)
        try file.synchronise()
        position.torn = .torn(
            bytes: bytes.count,
            sha256: digest,
            file: name,
            at: Timestamp.iso(Date(), fractional: true)
        )
        position.note =
            "\(bytes.count) bytes of a line that was never finished, and never acknowledged, were moved to \(name)"
    }

    /// Takes up what other processes have appended. Call it with the lock held.
    private func catchUp(_ lock: RecordLock) throws(AuditError) {
        let status = try file.status()
        guard status.isLinked else { throw RecordTail.damaged(file.url, "the file was removed") }
        guard status.size >= size else { throw RecordTail.damaged(file.url, "its end was cut off") }
        guard try lock.activeFile() == first else {
            return take(try Self.position(in: folder, chain: chain, key: key, lock))
        }
        guard status.size > size else { return }
        let bytes = try file.load(at: size, count: status.size - size)
        var end = 0
        while let stop = bytes[end...].firstIndex(of: 0x0A) {
            let line = bytes[end..<stop].withUnsafeBytes { ChainLine($0) }
            guard let line, line.isIntact, line.sequence == last.sequence + 1, line.previous == last.hash else {
                throw RecordTail.damaged(file.url, "what another process appended does not go on with the chain")
            }
            last = AuditMark(sequence: line.sequence, hash: line.hash)
            unsigned = line.kind == .checkpoint ? 0 : unsigned.map { $0 + 1 }
            end = stop + 1
        }
        size += end
        guard end < bytes.count else { return }
        var position = Position(file: file, first: first, size: size, last: last, isSigned: false)
        try Self.setAside(from: size, to: status.size, of: file, &position)
        take(position)
    }

    // MARK: - Appending

    /// Whether there are lines that no checkpoint covers yet.
    var hasUnsignedLines: Bool { unsigned != 0 }

    /// Appends lines and waits until they are on the disk.
    ///
    /// - Parameter signs: whether a checkpoint follows even if none is due, unless nothing is unsigned.
    /// - Returns: the head to write, if a checkpoint was written.
    /// - Throws: ``AuditError``; none of the lines then counts as written.
    func append(_ lines: [LineBody], signs: Bool = false) throws(AuditError) -> AuditHead? {
        if let failure { throw failure }
        return try lock.exclusively(wait: limits.lockWait) { lock throws(AuditError) -> AuditHead? in
            try catchUp(lock)
            return try write(lines, signs: signs, lock)
        }
    }

    private func write(_ lines: [LineBody], signs: Bool, _ lock: RecordLock) throws(AuditError) -> AuditHead? {
        var builder = ChainBuilder(after: last.sequence, hash: last.hash)
        for body in torn { builder.add(body) }
        for body in lines { builder.add(body) }
        let now = ContinuousClock.now
        let added = torn.count + lines.count
        // Where it is not known what is signed, something may not be.
        let count = unsigned.map { $0 + added } ?? max(1, added)
        let isOverdue = signedAt.map { now - $0 >= limits.checkpointInterval } ?? true
        let isDue = count > 0 && (signs || (added > 0 && (isOverdue || count >= limits.checkpointLines)))
        let time = Timestamp.iso(Date(), fractional: true)
        if isDue { builder.add(try Self.checkpoint(after: builder, chain: chain, key: key, at: time)) }
        guard !builder.bytes.isEmpty else { return nil }
        if size >= limits.fileBytes { try rotate(lock) }
        do {
            try file.store(builder.bytes, at: size)
            try file.synchronise()
        } catch {
            undo()
            throw error
        }
        size += builder.bytes.count
        last = AuditMark(sequence: builder.sequence, hash: builder.hash)
        torn = []
        unsigned = isDue ? 0 : unsigned.map { $0 + added }
        guard isDue else { return nil }
        signedAt = now
        return try AuditHead(chain: chain, last, at: time, key: key)
    }

    /// Begins the next file.
    private func rotate(_ lock: RecordLock) throws(AuditError) {
        let next = folder.file(beginningAt: last.sequence + 1)
        // Noted first: a process that finds no such file looks for the newest one.
        try lock.noteActiveFile(beginningAt: next.first)
        let file = try SystemFile(next.url, O_RDWR | O_CREAT | O_EXCL)
        try SystemFile.synchroniseFolder(folder.url)
        self.file = file
        first = next.first
        size = 0
    }

    /// Takes back what a failed write may have left, so that the next line goes on where the last acknowledged one ends.
    private func undo() {
        do {
            try file.cut(to: size)
            try file.synchronise()
        } catch {
            failure = AuditError(
                .storage,
                "a failed write to the audit record could not be taken back; nothing is recorded until the program is "
                    + "started again",
                location: file.url.path,
                cause: error
            )
        }
    }
}
