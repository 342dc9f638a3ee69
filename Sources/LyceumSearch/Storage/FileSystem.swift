// The few file operations a snapshot needs: durable writes, renames, listings.

import Foundation

#if canImport(Glibc)
    import Glibc
#endif

enum FileSystem {
    /// An `io` error from `errno`.
    static func failure(_ what: String, _ url: URL) -> SearchError {
        let reason = String(cString: strerror(errno))
        return SearchError(.io, "\(what) \(url.path): \(reason)", location: url.path)
    }

    static func createDirectory(_ url: URL) throws {
        do {
            // Documents are served as they are, so they stand there as they are: for the owner only.
            try FileManager.default.createDirectory(
                at: url,
                withIntermediateDirectories: true,
                attributes: [.posixPermissions: 0o700]
            )
        } catch {
            throw SearchError(.io, "cannot create the folder \(url.path)", location: url.path, cause: error)
        }
    }

    /// Writes the whole buffer to a new file and flushes it to the disk.
    static func write(_ data: Data, to url: URL) throws {
        let file = try OutputFile(url)
        try data.withUnsafeBytes { try file.write($0) }
        try file.close()
    }

    static func synchroniseDirectory(_ url: URL) throws {
        let descriptor = open(url.path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw failure("cannot open the folder", url) }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw failure("cannot flush the folder", url) }
    }

    /// Flushes a file's contents and size to the disk.
    static func synchronise(_ url: URL) throws {
        let descriptor = open(url.path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw failure("cannot open", url) }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw failure("cannot flush", url) }
    }

    static func move(_ source: URL, to target: URL) throws {
        guard rename(source.path, target.path) == 0 else { throw failure("cannot rename to", target) }
    }

    /// Gives a file that never changes a second name; where the file system has no such thing, a copy.
    static func share(_ source: URL, as target: URL) throws {
        if link(source.path, target.path) == 0 { return }
        do {
            try FileManager.default.copyItem(at: source, to: target)
        } catch {
            throw SearchError(.io, "cannot copy \(source.path)", location: target.path, cause: error)
        }
        try synchronise(target)
    }

    static func remove(_ url: URL) throws {
        do {
            try FileManager.default.removeItem(at: url)
        } catch {
            throw SearchError(.io, "cannot remove \(url.path)", location: url.path, cause: error)
        }
    }

    /// The names in a folder, sorted; none when the folder does not exist.
    static func names(in directory: URL) throws -> [String] {
        guard FileManager.default.fileExists(atPath: directory.path) else { return [] }
        do {
            return try FileManager.default.contentsOfDirectory(atPath: directory.path).sorted()
        } catch {
            throw SearchError(.io, "cannot list \(directory.path)", location: directory.path, cause: error)
        }
    }

    /// The contents of a small text file, nil when there is none.
    static func text(at url: URL) throws -> String? {
        guard FileManager.default.fileExists(atPath: url.path) else { return nil }
        do {
            return try String(contentsOf: url, encoding: .utf8)
        } catch {
            throw SearchError(.io, "cannot read \(url.path)", location: url.path, cause: error)
        }
    }
}

/// A file being written through a buffer; ``close()`` flushes it to the disk.
final class OutputFile {
    private let descriptor: Int32
    private let url: URL
    private var buffer: [UInt8] = []
    private var isOpen = true
    private(set) var size = 0
    private static let flushAt = 1 << 18

    init(_ url: URL) throws {
        self.url = url
        descriptor = open(url.path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw FileSystem.failure("cannot create", url) }
        buffer.reserveCapacity(Self.flushAt + 4096)
    }

    func write(_ bytes: UnsafeRawBufferPointer) throws {
        size += bytes.count
        if bytes.count >= Self.flushAt {
            try flush()
            try writeOut(bytes)
            return
        }
        buffer.append(contentsOf: bytes)
        if buffer.count >= Self.flushAt { try flush() }
    }

    private func flush() throws {
        try buffer.withUnsafeBytes { try writeOut($0) }
        buffer.removeAll(keepingCapacity: true)
    }

    private func writeOut(_ bytes: UnsafeRawBufferPointer) throws {
        var rest = bytes
        while !rest.isEmpty {
            #if canImport(Darwin)
                let written = Darwin.write(descriptor, rest.baseAddress, rest.count)
            #else
                let written = Glibc.write(descriptor, rest.baseAddress, rest.count)
            #endif
            if written < 0 {
                if errno == EINTR { continue }
                throw FileSystem.failure("cannot write", url)
            }
            rest = UnsafeRawBufferPointer(rebasing: rest[written...])
        }
    }

    /// Writes what is buffered, flushes the file to the disk and closes it.
    func close() throws {
        guard isOpen else { return }
        try flush()
        guard fsync(descriptor) == 0 else { throw FileSystem.failure("cannot flush", url) }
        shut()
    }

    private func shut() {
        guard isOpen else { return }
        isOpen = false
        #if canImport(Darwin)
            _ = Darwin.close(descriptor)
        #else
            _ = Glibc.close(descriptor)
        #endif
    }

    deinit { shut() }
}
