// Whether a file is still the one that was read.

import Foundation

/// What tells one state of a file from another: which file it is, how large, and when it was changed.
struct FileIdentity: Sendable, Equatable {
    let device: UInt64
    let inode: UInt64
    let size: Int64
    let modified: Int64
    let changed: Int64
    /// The file's permissions, for checks.
    let mode: UInt32

    /// The identity of what a path leads to; nil when there is nothing.
    ///
    /// - Throws: the system's error for anything but a missing file.
    static func of(_ path: String) throws -> FileIdentity? {
        var status = stat()
        if stat(path, &status) == 0 { return FileIdentity(status) }
        if errno == ENOENT || errno == ENOTDIR { return nil }
        throw POSIXError(POSIXErrorCode(rawValue: errno) ?? .EIO)
    }

    /// The identity of an open file.
    static func of(_ descriptor: Int32) throws -> FileIdentity {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw POSIXError(POSIXErrorCode(rawValue: errno) ?? .EIO) }
        return FileIdentity(status)
    }

    private init(_ status: stat) {
        device = UInt64(status.st_dev)
        inode = UInt64(status.st_ino)
        size = Int64(status.st_size)
        modified = Self.nanoseconds(status.st_mtim)
        changed = Self.nanoseconds(status.st_ctim)
        mode = UInt32(status.st_mode)
    }

    /// Whether the file was changed so shortly before a time that another change could bear the same time.
    func isFresh(at time: Date) -> Bool {
        let age = time.timeIntervalSince1970 - Double(max(modified, changed)) / 1e9
        return age < 0.02
    }

    private static func nanoseconds(_ time: timespec) -> Int64 {
        Int64(time.tv_sec) &* 1_000_000_000 &+ Int64(time.tv_nsec)
    }
}

/// An open file, closed when nobody holds it.
final class OpenFile: Sendable {
    let descriptor: Int32

    init(_ descriptor: Int32) { self.descriptor = descriptor }

    deinit { close(descriptor) }
}
