// An open file by its descriptor: what the record needs of the system, with the system's errors in words.

import Foundation

/// An open file, closed with its last reference.
///
/// Made with mode 0600. A symbolic link is not followed, so that nobody who may write to the folder can lead lines elsewhere.
final class SystemFile {
    let url: URL
    let descriptor: Int32

    init(_ url: URL, _ flags: Int32) throws(AuditError) {
        let descriptor = open(url.path, flags | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { throw Self.failure(errno, "cannot open", url) }
        self.url = url
        self.descriptor = descriptor
    }

    deinit { close(descriptor) }

    /// How many bytes it has, and whether its name still leads to it.
    func status() throws(AuditError) -> (size: Int, isLinked: Bool) {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw Self.failure(errno, "cannot look at", url) }
        return (Int(status.st_size), status.st_nlink > 0)
    }

    /// Up to so many bytes from a position; fewer only at the end.
    func load(at offset: Int, count: Int) throws(AuditError) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        var done = 0
        while done < count {
            let read = bytes.withUnsafeMutableBytes { buffer in
                pread(descriptor, buffer.baseAddress.map { $0 + done }, count - done, off_t(offset + done))
            }
            if read < 0 {
                if errno == EINTR { continue }
                throw Self.failure(errno, "cannot read", url)
            }
            if read == 0 { break }
            done += read
        }
        bytes.removeLast(count - done)
        return bytes
    }

    /// Writes all of some bytes at a position.
    func store(_ bytes: [UInt8], at offset: Int) throws(AuditError) {
        var done = 0
        while done < bytes.count {
            let written = bytes.withUnsafeBytes { buffer in
                pwrite(descriptor, buffer.baseAddress.map { $0 + done }, bytes.count - done, off_t(offset + done))
            }
            if written < 0 {
                if errno == EINTR { continue }
                throw Self.failure(errno, "cannot write to", url)
            }
            done += written
        }
    }

    /// Waits until all that was written is on the disk.
    func synchronise() throws(AuditError) {
        #if canImport(Darwin)
            let result = fcntl(descriptor, F_FULLFSYNC)
        #else
            let result = fdatasync(descriptor)
        #endif
        guard result == 0 else { throw Self.failure(errno, "cannot force to the disk", url) }
    }

    /// Cuts it to a size.
    func cut(to size: Int) throws(AuditError) {
        guard ftruncate(descriptor, off_t(size)) == 0 else { throw Self.failure(errno, "cannot cut", url) }
    }

    /// Waits until a folder's new names are on the disk.
    static func synchroniseFolder(_ url: URL) throws(AuditError) {
        let descriptor = open(url.path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw failure(errno, "cannot open", url) }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw failure(errno, "cannot force to the disk", url) }
    }

    /// An error of the system in words.
    static func failure(_ number: Int32, _ doing: String, _ url: URL) -> AuditError {
        let remedy =
            switch number {
            case ENOSPC, EDQUOT: "; free some space"
            case EACCES, EPERM: "; give this program's user the right to"
            case EROFS: "; the file system is read-only"
            default: ""
            }
        return AuditError(
            .storage,
            "the audit record \(doing) \(url.lastPathComponent): \(String(cString: strerror(number)))\(remedy)",
            location: url.path
        )
    }
}
