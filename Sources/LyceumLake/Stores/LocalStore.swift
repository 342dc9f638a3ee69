// The lake's files on a local disk, by paths relative to the lake.

import Foundation
import Synchronization

/// File operations below one folder, with the durability that a publication needs.
///
/// Every path is relative, as a key of an object store would be.
struct LocalStore: Sendable {
    let root: String

    init(root: URL) {
        var path = root.path(percentEncoded: false)
        while path.count > 1, path.hasSuffix("/") { path.removeLast() }
        self.root = path
    }

    func absolute(_ path: String) -> String { path.isEmpty ? root : root + "/" + path }

    /// Creates a folder and those above it, as far as they lack.
    func makeFolder(_ path: String) throws {
        let full = absolute(path)
        if mkdir(full, 0o755) == 0 { return }
        switch errno {
        case EEXIST:
            guard isFolder(path) else {
                throw LakeError(
                    .notAFolder,
                    "\(full) is a file where a folder should be. Remove it, or name another folder.",
                    location: full
                )
            }
        case ENOENT where full != "/":
            let parent = (full as NSString).deletingLastPathComponent
            try LocalStore(root: URL(filePath: parent, directoryHint: .isDirectory)).makeFolder("")
            guard mkdir(full, 0o755) == 0 || errno == EEXIST else {
                throw LakeError.system(errno, doing: "create the folder", path: full)
            }
        default:
            throw LakeError.system(errno, doing: "create the folder", path: full)
        }
    }

    func isFolder(_ path: String) -> Bool {
        var status = stat()
        return stat(absolute(path), &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    }

    /// The size in bytes of a regular file (a link is none), or nil if there is none.
    func size(ofFile path: String) throws -> Int64? {
        var status = stat()
        let full = absolute(path)
        guard lstat(full, &status) == 0 else {
            if errno == ENOENT || errno == ENOTDIR { return nil }
            throw LakeError.system(errno, doing: "read", path: full)
        }
        guard status.st_mode & S_IFMT == S_IFREG else { return nil }
        return Int64(status.st_size)
    }

    /// Forces a file's content, or a folder's entries, to the disk.
    func synchronize(_ path: String) throws {
        let full = absolute(path)
        let descriptor = open(full, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw LakeError.system(errno, doing: "open", path: full) }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw LakeError.system(errno, doing: "write to disk", path: full) }
    }

    /// Removes a file; returns whether there was one.
    @discardableResult
    func removeFile(_ path: String) throws -> Bool {
        if unlink(absolute(path)) == 0 { return true }
        guard errno == ENOENT else { throw LakeError.system(errno, doing: "remove", path: absolute(path)) }
        return false
    }

    /// Removes a folder with all that is in it; links are removed, not followed.
    func removeTree(_ path: String) throws {
        let full = absolute(path)
        var status = stat()
        guard lstat(full, &status) == 0 else {
            if errno == ENOENT { return }
            throw LakeError.system(errno, doing: "remove", path: full)
        }
        if status.st_mode & S_IFMT == S_IFDIR {
            for name in try entries(of: path) { try removeTree(path.isEmpty ? name : path + "/" + name) }
            guard rmdir(full) == 0 || errno == ENOENT else {
                throw LakeError.system(errno, doing: "remove", path: full)
            }
        } else {
            try removeFile(path)
        }
    }

    /// The names in a folder, unordered; none if there is no such folder.
    func entries(of path: String) throws -> [String] {
        let full = absolute(path)
        guard let stream = opendir(full) else {
            if errno == ENOENT { return [] }
            throw LakeError.system(errno, doing: "list", path: full)
        }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                pointer.withMemoryRebound(to: CChar.self, capacity: Int(NAME_MAX) + 1) { String(cString: $0) }
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names
    }

    /// Every regular file or link below a folder, as paths relative to the lake, with sizes in bytes, in order.
    func files(below path: String) throws -> [(path: String, bytes: Int64)] {
        var found: [(path: String, bytes: Int64)] = []
        var folders = [path]
        while let folder = folders.popLast() {
            for name in try entries(of: folder) {
                let child = folder.isEmpty ? name : folder + "/" + name
                var status = stat()
                guard lstat(absolute(child), &status) == 0 else { continue }
                if status.st_mode & S_IFMT == S_IFDIR {
                    folders.append(child)
                } else {
                    found.append((child, Int64(status.st_size)))
                }
            }
        }
        return found.sorted { $0.path < $1.path }
    }

    /// Refuses a folder in which this process cannot make files.
    func requireWritable() throws {
        // Tried rather than asked: permissions do not tell for root, nor on network file systems.
        let probe = absolute("_probe-\(UUID().uuidString.lowercased())")
        let descriptor = open(probe, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw LakeError.system(errno, doing: "write to the lake folder", path: root) }
        close(descriptor)
        unlink(probe)
    }

    /// Bytes that an unprivileged process may still write.
    func freeBytes() throws -> Int64 {
        var status = statvfs()
        guard statvfs(root, &status) == 0 else {
            throw LakeError.system(errno, doing: "measure the free space of", path: root)
        }
        return Int64(clamping: UInt64(status.f_bavail) * UInt64(status.f_frsize))
    }
}

extension LocalStore {
    /// Forces many files or folders to the disk; a few at a time, since the disk can work on several.
    func synchronize(all paths: [String]) throws {
        if paths.count < 4 {
            for path in paths { try synchronize(path) }
            return
        }
        let failure = Mutex<(any Error)?>(nil)
        DispatchQueue.concurrentPerform(iterations: paths.count) { index in
            do { try synchronize(paths[index]) } catch { failure.withLock { $0 = $0 ?? error } }
        }
        if let error = failure.withLock({ $0 }) { throw error }
    }
}
