// Files that only their owner may read: keys, receipts, exports of a person's data.

import Foundation

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Writes files with mode 0600, on the disk before the call returns.
enum PrivateFile {
    /// Makes a file that must not be there yet.
    ///
    /// - Throws: `CocoaError` with code `fileWriteFileExists` if it is, else the system's error.
    static func create(_ data: Data, at url: URL) throws { try write(data, to: url, O_EXCL) }

    /// Writes a file, in the place of one that is there.
    static func write(_ data: Data, to url: URL) throws {
        let new = url.deletingLastPathComponent()
            .appending(path: ".\(url.lastPathComponent).\(UUID().uuidString.prefix(8))")
        do {
            try write(data, to: new, O_EXCL)
            guard rename(new.path, url.path) == 0 else { throw failure(url) }
        } catch {
            unlink(new.path)
            throw error
        }
    }

    private static func write(_ data: Data, to url: URL, _ flags: Int32) throws {
        try FileManager.default.createDirectory(
            at: url.deletingLastPathComponent(),
            withIntermediateDirectories: true
        )
        let descriptor = open(url.path, O_WRONLY | O_CREAT | O_CLOEXEC | flags, 0o600)
        guard descriptor >= 0 else { throw failure(url) }
        let handle = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
        try handle.write(contentsOf: data)
        try handle.synchronize()
        try handle.close()
    }

    private static func failure(_ url: URL) -> any Error {
        let code = errno
        if code == EEXIST { return CocoaError(.fileWriteFileExists, userInfo: [NSFilePathErrorKey: url.path]) }
        return PipelineError(
            .storage,
            "cannot be written: \(String(cString: strerror(code)))",
            location: url.path
        )
    }
}
