// A folder as an object store: durable by fsync, whole by rename, first by link.

import Foundation

extension LocalStore: ObjectStore {
    var place: String { root }

    func location(of key: String) -> String { absolute(key) }

    func prepare(folders: [String]) async throws {
        try await offload {
            try makeFolder("")
            try requireWritable()
            for folder in folders { try makeFolder(folder) }
        }
    }

    func sizes(of keys: [String]) async throws -> [Int64?] {
        try await offload { try keys.map { try size(ofFile: $0) } }
    }

    func read(_ key: String) async throws -> Data? {
        try await offload {
            guard access(absolute(key), F_OK) == 0 else { return nil }
            do { return try Data(contentsOf: URL(filePath: absolute(key))) } catch {
                throw LakeError(.inputOutput, "Cannot read \(absolute(key)).", cause: error, location: absolute(key))
            }
        }
    }

    func write(_ key: String, _ data: Data) async throws {
        try await offload { _ = try put(key, draft: { try writeDraft($0, data) }, with: rename) }
    }

    func create(_ key: String, _ data: Data) async throws -> Bool {
        try await offload {
            // Unlike an exclusive open, a link gives the name to a file that is complete.
            try put(key, draft: { try writeDraft($0, data) }, with: link)
        }
    }

    func upload(_ file: URL, to key: String) async throws {
        try await offload {
            _ = try put(key, draft: { try copy(file.path(percentEncoded: false), to: absolute($0)) }, with: rename)
        }
    }

    func download(_ key: String, to file: URL) async throws {
        try await offload {
            let folder = LocalStore(root: file.deletingLastPathComponent())
            _ = try folder.put(
                file.lastPathComponent,
                draft: { try copy(absolute(key), to: folder.absolute($0)) },
                with: rename
            )
        }
    }

    func list(below folder: String) async throws -> [StoredObject] {
        try await offload { try files(below: folder).map { StoredObject(key: $0.path, bytes: $0.bytes) } }
    }

    func names(in folder: String) async throws -> [String] {
        try await offload { try entries(of: folder) }
    }

    func move(_ moves: [ObjectMove], before: @escaping @Sendable (Int) throws -> Void) async throws -> [ObjectMove
        .Outcome]
    {
        try await offload {
            var made: Set<String> = []
            var left: Set<String> = []
            var outcomes: [ObjectMove.Outcome] = []
            for (index, move) in moves.enumerated() {
                try before(index)
                let folder = Self.folder(of: move.target)
                if made.insert(folder).inserted { try makeFolder(folder) }
                var outcome = ObjectMove.Outcome.missing
                for source in move.sources where outcome == .missing {
                    if rename(absolute(source), absolute(move.target)) == 0 {
                        outcome = .moved
                        left.insert(Self.folder(of: source))
                    } else if errno != ENOENT {
                        throw LakeError.system(errno, doing: "move \(source) to", path: absolute(move.target))
                    }
                }
                if outcome == .missing, try size(ofFile: move.target) != nil { outcome = .alreadyThere }
                outcomes.append(outcome)
            }
            for folder in left { prune(folder) }
            return outcomes
        }
    }

    @discardableResult
    func remove(_ keys: [String]) async throws -> [Bool] {
        try await offload {
            let removed = try keys.map { try removeFile($0) }
            for folder in Set(keys.map(Self.folder)) { prune(folder) }
            return removed
        }
    }

    func removeAll(below folder: String) async throws {
        try await offload { try removeTree(folder) }
    }

    func persist(_ keys: [String], namesOnly: Bool) async throws {
        if keys.isEmpty { return }
        try await offload {
            if !namesOnly { try synchronize(all: keys) }
            var folders: Set<String> = []
            for key in keys {
                var folder = Self.folder(of: key)
                while folders.insert(folder).inserted, !folder.isEmpty { folder = Self.folder(of: folder) }
            }
            try synchronize(all: folders.filter(isFolder).sorted())
        }
    }

    func availableBytes() async throws -> Int64? {
        try await offload { try freeBytes() }
    }

    // MARK: - Steps

    private static func folder(of key: String) -> String { (key as NSString).deletingLastPathComponent }

    /// Removes a folder and those above it while they are empty, but for zones, tables and the lake's own folders; and in
    /// staging, where others may be about to write into an empty one.
    private func prune(_ folder: String) {
        var folder = folder
        if folder.hasPrefix(LakeLayout.stagingFolder) { return }
        let kept = folder.hasPrefix("_") ? 1 : 2
        while folder.split(separator: "/").count > kept, rmdir(absolute(folder)) == 0 {
            folder = Self.folder(of: folder)
        }
    }

    /// Gives a file that is whole and on the disk its name by `rename` or `link`; returns whether the name was free for it.
    private func put(
        _ key: String,
        draft write: (String) throws -> Void,
        with name: (UnsafePointer<CChar>, UnsafePointer<CChar>) -> Int32
    ) throws -> Bool {
        let folder = Self.folder(of: key)
        try makeFolder(folder)
        let draft = (folder.isEmpty ? "" : folder + "/") + "_draft-\(UUID().uuidString.lowercased())"
        defer { unlink(absolute(draft)) }
        try write(draft)
        try synchronize(draft)
        guard name(absolute(draft), absolute(key)) == 0 else {
            if errno == EEXIST { return false }
            throw LakeError.system(errno, doing: "write", path: absolute(key))
        }
        try synchronize(folder)
        return true
    }

    private func writeDraft(_ key: String, _ data: Data) throws {
        let descriptor = open(absolute(key), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw LakeError.system(errno, doing: "write", path: absolute(key)) }
        defer { close(descriptor) }
        var rest = data[...]
        while !rest.isEmpty {
            let written = rest.withUnsafeBytes { Foundation.write(descriptor, $0.baseAddress, $0.count) }
            if written < 0, errno == EINTR { continue }
            guard written > 0 else { throw LakeError.system(errno, doing: "write", path: absolute(key)) }
            rest = rest.dropFirst(written)
        }
    }

    private func copy(_ from: String, to: String) throws {
        do { try FileManager.default.copyItem(atPath: from, toPath: to) } catch {
            let number = ((error as NSError).userInfo[NSUnderlyingErrorKey] as? NSError)?.code ?? Int(EIO)
            throw LakeError.system(Int32(truncatingIfNeeded: number), doing: "copy \(from) to", path: to)
        }
    }
}
