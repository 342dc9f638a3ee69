// The write-ahead log: every live change is on the disk before it is acknowledged.

import Foundation

#if canImport(Glibc)
    import Glibc
#endif

/// The changes of an index folder in files of its folder `.live`, each named by the sequence of its first change.
///
/// Not for use from several threads at once, but for ``read(after:through:)``, which reads finished files only up to a size given.
final class WriteAheadLog {
    /// When a file has grown past this, the next change begins another.
    static let rotationSize = 64 << 20

    let directory: URL
    /// The sequence of the last change written, 0 before the first.
    private(set) var last: UInt64
    private var files: [File]
    private var descriptor: Int32 = -1
    /// Why nothing can be appended any more.
    private var failure: SearchError?

    private struct File {
        var first: UInt64
        var size: Int
        var url: URL
    }

    /// What was read when a log was opened.
    struct Opening {
        var log: WriteAheadLog
        var changes: [LoggedChange]
        /// What was found out of the ordinary and mended.
        var notes: [String]
    }

    private init(directory: URL, files: [File], last: UInt64) {
        self.directory = directory
        self.files = files
        self.last = last
    }

    deinit { if descriptor >= 0 { close(descriptor) } }

    /// Opens the log of a folder and reads the changes after a sequence.
    ///
    /// A torn end, which only a crash before the acknowledgement leaves, is cut off: what is cut is kept beside the log, and a
    /// note says so.
    ///
    /// - Throws: ``SearchError`` with code `damaged_log` where anything before the end is not as it was written, `io`.
    static func open(_ directory: URL, after covered: UInt64) throws -> Opening {
        try FileSystem.createDirectory(directory)
        var notes: [String] = []
        var changes: [LoggedChange] = []
        var files: [File] = []
        let names = try FileSystem.names(in: directory).filter { $0.hasSuffix(".log") }
        var next: UInt64?
        for (index, name) in names.enumerated() {
            let url = directory.appending(path: name)
            let isLast = index == names.count - 1
            let mapped = try MappedFile(url)
            guard let first = try firstSequence(mapped, name: name, isLast: isLast) else {
                // Killed between creating the file and writing its header: nothing was ever acknowledged in it.
                notes.append("\(name) had no header yet and was removed")
                try FileSystem.remove(url)
                continue
            }
            if let next, first != next { throw damaged(url, "it begins at change \(first) where \(next) was due") }
            let scan = try scan(mapped, expecting: first) { first, frame in
                for (offset, change) in frame.enumerated() where first + UInt64(offset) > covered {
                    changes.append(LoggedChange(sequence: first + UInt64(offset), change: change))
                }
            }
            if let problem = scan.problem {
                guard isLast, !LogFrame.hasFrame(mapped.bytes, from: scan.end + 1) else {
                    throw damaged(url, "\(problem) at byte \(scan.end)")
                }
                notes.append(try cut(mapped, at: scan.end, problem: problem))
            }
            files.append(File(first: first, size: scan.end, url: url))
            next = scan.next
        }
        if let first = files.first?.first, first > covered + 1 {
            notes.append("changes \(covered + 1) to \(first - 1) went into another snapshot and are not in this one")
        }
        let last = max(next.map { $0 - 1 } ?? 0, covered)
        let log = WriteAheadLog(directory: directory, files: files, last: last)
        if let next, next - 1 < covered {
            // The log was lost or reset: number on from what the snapshot says, in a new file.
            notes.append("the log ends at change \(next - 1), before the snapshot's \(covered)")
            for file in files { try FileSystem.remove(file.url) }
            log.files = []
        }
        return Opening(log: log, changes: changes, notes: notes)
    }

    private static func firstSequence(_ file: MappedFile, name: String, isLast: Bool) throws -> UInt64? {
        let bytes = file.bytes
        if bytes.count < LogFrame.fileHeaderSize {
            guard isLast else { throw damaged(file.url, "it is cut off") }
            return nil
        }
        let first = UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
        guard bytes.prefix(8).elementsEqual(LogFrame.fileMagic), name == fileName(first) else {
            throw damaged(file.url, "it does not begin like a log")
        }
        return first
    }

    /// Calls `body` with the frames in order; stops at the first that is not as it should be.
    private static func scan(
        _ file: MappedFile,
        expecting first: UInt64,
        _ body: (UInt64, [LiveChange]) throws -> Void
    ) throws -> (end: Int, next: UInt64, problem: String?) {
        var position = LogFrame.fileHeaderSize
        var next = first
        while true {
            switch LogFrame.read(file.bytes, at: position) {
            case .end: return (position, next, nil)
            case .bad(let problem): return (position, next, problem)
            case .frame(let first, let changes, let end):
                guard first == next else { throw damaged(file.url, "change \(first) stands where \(next) was due") }
                try body(first, changes)
                next += UInt64(changes.count)
                position = end
            }
        }
    }

    private static func cut(_ file: MappedFile, at position: Int, problem: String) throws -> String {
        let name = file.url.lastPathComponent
        let kept = file.url.deletingLastPathComponent().appending(path: "\(name).torn-\(position)")
        if FileManager.default.fileExists(atPath: kept.path) { try FileSystem.remove(kept) }
        try FileSystem.write(Data(file.bytes[position...]), to: kept)
        guard truncate(file.url.path, off_t(position)) == 0 else { throw FileSystem.failure("cannot cut", file.url) }
        try FileSystem.synchronise(file.url)
        return "\(name): \(problem) at byte \(position); \(file.bytes.count - position) bytes, which were never "
            + "acknowledged, were moved to \(kept.lastPathComponent)"
    }

    static func damaged(_ url: URL, _ what: String) -> SearchError {
        SearchError(
            .damagedLog,
            "the log of live changes \(url.lastPathComponent) is damaged: \(what); restore it from a copy, or move it away "
                + "and build the index anew",
            location: url.path
        )
    }

    private static func fileName(_ first: UInt64) -> String {
        let digits = String(first)
        return String(repeating: "0", count: max(0, 20 - digits.count)) + digits + ".log"
    }

    // MARK: Appending

    /// Writes changes as one frame and flushes it to the disk; gives the sequence of the first.
    ///
    /// - Throws: ``SearchError`` with code `io`; nothing of the changes is then in the log. When not even that can be made sure of,
    ///   every later call fails with the same error.
    func append(_ changes: [LiveChange]) throws -> UInt64 {
        if let failure { throw failure }
        let first = last + 1
        guard !changes.isEmpty else { return first }
        let frame = try LogFrame.encode(changes, first: first)
        try makeRoom(first: first)
        let index = files.count - 1
        do {
            try write(frame, at: files[index].size, files[index].url)
            guard fdatasync(descriptor) == 0 else { throw FileSystem.failure("cannot flush", files[index].url) }
        } catch {
            // What was half written must not stand before the next frame.
            if ftruncate(descriptor, off_t(files[index].size)) != 0 || fsync(descriptor) != 0 {
                let cause = FileSystem.failure("cannot undo a failed write to", files[index].url)
                failure = SearchError(
                    .io,
                    "the log of live changes takes no more changes until the index is opened again",
                    location: files[index].url.path,
                    cause: cause
                )
            }
            throw error
        }
        files[index].size += frame.count
        last += UInt64(changes.count)
        return first
    }

    private func write(_ bytes: [UInt8], at offset: Int, _ url: URL) throws {
        try bytes.withUnsafeBytes { bytes in
            var done = 0
            while done < bytes.count {
                let rest = UnsafeRawBufferPointer(rebasing: bytes[done...])
                let written = pwrite(descriptor, rest.baseAddress, rest.count, off_t(offset + done))
                if written < 0 {
                    if errno == EINTR { continue }
                    throw FileSystem.failure("cannot write", url)
                }
                done += written
            }
        }
    }

    /// Opens the file to append to, beginning a new one when there is none or the last is full.
    private func makeRoom(first: UInt64) throws {
        if let file = files.last, file.size < Self.rotationSize {
            if descriptor < 0 {
                descriptor = Self.openFile(file.url, O_WRONLY | O_CLOEXEC)
                guard descriptor >= 0 else { throw FileSystem.failure("cannot open", file.url) }
            }
            return
        }
        let url = directory.appending(path: Self.fileName(first))
        try FileSystem.write(Data(LogFrame.fileHeader(first: first)), to: url)
        try FileSystem.synchroniseDirectory(directory)
        let opened = Self.openFile(url, O_WRONLY | O_CLOEXEC)
        guard opened >= 0 else { throw FileSystem.failure("cannot open", url) }
        if descriptor >= 0 { close(descriptor) }
        descriptor = opened
        files.append(File(first: first, size: LogFrame.fileHeaderSize, url: url))
    }

    private static func openFile(_ url: URL, _ flags: Int32) -> Int32 {
        #if canImport(Darwin)
            Darwin.open(url.path, flags)
        #else
            Glibc.open(url.path, flags)
        #endif
    }

    // MARK: Erasing

    /// Takes the content of some changes out of every file, and what was once cut off torn ends; returns how many there were.
    ///
    /// An erased change becomes one that does nothing, so that those after it keep their sequence. Each file is replaced by a
    /// rename: a crash leaves it as it was or as it is to be, and the next call takes up what is left.
    ///
    /// - Throws: ``SearchError`` with code `io` or `damaged_log`.
    func erase(where isErased: (LiveChange) -> Bool) throws -> Int {
        for name in try FileSystem.names(in: directory) where name.contains(".log.") {
            try FileSystem.remove(directory.appending(path: name))
        }
        var erased = 0
        for index in files.indices {
            let file = files[index]
            let first = file.first
            var bytes = LogFrame.fileHeader(first: first)
            let before = erased
            let scan = try Self.scan(try MappedFile(file.url), expecting: first) { first, changes in
                let kept = changes.map { change -> LiveChange in
                    guard isErased(change) else { return change }
                    erased += 1
                    return .delete(collection: change.collection, id: "")
                }
                bytes += try LogFrame.encode(kept, first: first)
            }
            if let problem = scan.problem { throw Self.damaged(file.url, "\(problem) at byte \(scan.end)") }
            guard erased > before else { continue }
            let new = directory.appending(path: "\(file.url.lastPathComponent).new")
            try FileSystem.write(Data(bytes), to: new)
            try FileSystem.synchronise(new)
            try FileSystem.move(new, to: file.url)
            files[index].size = bytes.count
        }
        if descriptor >= 0 {
            // It may be of a file that has been replaced.
            close(descriptor)
            descriptor = -1
        }
        try FileSystem.synchroniseDirectory(directory)
        return erased
    }

    // MARK: Reading and dropping

    /// Bytes of all files.
    var size: Int { files.reduce(0) { $0 + $1.size } }

    /// What to read the present contents by, from any thread.
    func contents() -> Contents { Contents(files: files.map { ($0.url, $0.size) }) }

    /// The files of a log as they were at one moment; appending goes on behind it.
    struct Contents: Sendable {
        fileprivate let files: [(url: URL, size: Int)]

        /// The changes after a sequence.
        ///
        /// - Throws: ``SearchError`` with code `damaged_log` or `io`.
        func changes(after covered: UInt64) throws -> [LoggedChange] {
            var changes: [LoggedChange] = []
            for (url, size) in files {
                let file = try MappedFile(url)
                guard file.bytes.count >= size else { throw damaged(url, "it is shorter than what was written") }
                let bytes = UnsafeRawBufferPointer(rebasing: file.bytes[..<size])
                var position = LogFrame.fileHeaderSize
                reading: while true {
                    switch LogFrame.read(bytes, at: position) {
                    case .end: break reading
                    case .bad(let problem): throw damaged(url, "\(problem) at byte \(position)")
                    case .frame(let first, let frame, let end):
                        for (offset, change) in frame.enumerated() where first + UInt64(offset) > covered {
                            changes.append(LoggedChange(sequence: first + UInt64(offset), change: change))
                        }
                        position = end
                    }
                }
            }
            return changes
        }
    }

    /// Removes the files that hold nothing after a sequence.
    func drop(through covered: UInt64) throws {
        while let file = files.first {
            let end = files.count > 1 ? files[1].first - 1 : last
            guard end <= covered else { return }
            if files.count == 1, descriptor >= 0 {
                close(descriptor)
                descriptor = -1
            }
            try FileSystem.remove(file.url)
            files.removeFirst()
        }
        try FileSystem.synchroniseDirectory(directory)
    }
}
