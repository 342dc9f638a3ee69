// Backing a lake up: its ledger at one moment, and the files that the ledger lists.

import Foundation
import LyceumCore

/// What a backup came to.
public struct BackupReceipt: Sendable, Hashable {
    /// The backup; nil for a dry run.
    public var id: RunID?
    /// Data files that it holds.
    public var files = 0
    /// Their size in bytes.
    public var bytes: Int64 = 0
    /// Objects that were not there yet, those of the ledger among them.
    public var newObjects = 0
    /// Their size in bytes.
    public var newBytes: Int64 = 0
    /// How long it took.
    public var seconds = 0.0
    /// For how long no publication could move files.
    public var heldSeconds = 0.0
}

extension Lake {
    /// Writes a backup of the ledger and of every file that it lists, history included, into a vault.
    ///
    /// Most files are copied while the lake goes on; only then a read lease is taken, the ledger's state is read in one
    /// transaction and what has come since is copied. Files that an earlier backup holds are neither read nor written again.
    /// - Parameter isDryRun: whether to say only what would be written.
    /// - Throws: ``LakeError`` with code `not_empty` or `mismatch` for a place that is not this lake's, `missing_file`,
    ///   `locked`, `no_space` and others.
    @discardableResult
    public func backUp(to vault: BackupVault, isDryRun: Bool = false) async throws -> BackupReceipt {
        let clock = ContinuousClock()
        let start = clock.now
        guard let lake = try await ledger.lakeIdentity() else {
            throw LakeError(.corruptLedger, "The ledger \(ledger.place) does not say which lake it is of.")
        }
        var receipt =
            try await isDryRun
            ? measureBackup(to: vault, lake: lake)
            : VaultMark.holding(.writing, in: claimed(vault, for: lake), now: now()) {
                try await writeBackup(to: vault, lake: lake)
            }
        receipt.seconds = start.duration(to: clock.now) / .seconds(1)
        return receipt
    }

    private func claimed(_ vault: BackupVault, for lake: String) async throws -> BackupVault {
        try await vault.claim(for: lake)
        return vault
    }

    private func measureBackup(to vault: BackupVault, lake: String) async throws -> BackupReceipt {
        if let owner = try await vault.owner(), owner != lake { try await vault.claim(for: lake) }
        let known = try await KnownObjects(in: vault)
        var receipt = BackupReceipt()
        for file in try await ledger.allFiles() {
            receipt.files += 1
            receipt.bytes += file.bytes
            if known.object(of: file.path, bytes: file.bytes) == nil {
                receipt.newObjects += 1
                receipt.newBytes += file.bytes
            }
        }
        return receipt
    }

    private func writeBackup(to vault: BackupVault, lake: String) async throws -> BackupReceipt {
        let scratch = try ScratchFolder()
        let writer = BackupWriter(
            vault: vault,
            store: store,
            known: try await KnownObjects(in: vault),
            scratch: scratch
        )
        // First without holding anything up. What moves or goes away meanwhile is left for the second time.
        try await writer.write(try await ledger.allFiles(), toleratesMissing: true)
        let clock = ContinuousClock()
        let lease = try await lease()
        let begin = clock.now
        let moment = try await vault.momentOfNextBackup(now())
        let state = try await ledger.dump { object, text in try scratch.write(text, as: object.sha256) }
        let files = try await writer.write(state.files, toleratesMissing: false)
        lease.release()
        let held = begin.duration(to: clock.now) / .seconds(1)
        for chunk in Set(state.tables.flatMap(\.chunks)) {
            try await writer.write(chunk, from: scratch.file(chunk.sha256))
        }
        let holds = try await ledger.holds()
        let id = BackupVault.id(at: moment)
        let manifest = BackupManifest(
            header: BackupManifest.Header(
                id: id,
                createdAt: Timestamp.iso(moment, fractional: true),
                lake: lake,
                publication: state.publication,
                migrations: state.migrations,
                ledger: state.tables,
                lastErasure: state.lastErasure,
                heldTables: Set(holds.filter { $0.scope == .table }.map(\.target)).sorted(),
                heldSubjects: holds.count { $0.scope == .subject }
            ),
            files: files
        )
        guard try await vault.store.create(BackupVault.key(of: id), try manifest.encoded()) else {
            throw LakeError(.conflict, "\(vault.location) has a backup \(id) already. Back up again.")
        }
        let written = await writer.written
        return BackupReceipt(
            id: id,
            files: files.count,
            bytes: manifest.bytes,
            newObjects: written.objects,
            newBytes: written.bytes,
            heldSeconds: held
        )
    }
}

/// What a vault holds before a backup begins.
private struct KnownObjects: Sendable {
    /// Objects that are there, by hash, with their sizes in bytes.
    var present: [String: Int64]
    /// What earlier backups say of files: they are immutable, so what was hashed once need not be read again.
    private var hashes: [String: BackupObject] = [:]

    init(in vault: BackupVault) async throws {
        present = Dictionary(
            try await vault.objects(below: BackupVault.objectsFolder).map {
                (($0.key as NSString).lastPathComponent, $0.bytes)
            },
            uniquingKeysWith: { first, _ in first }
        )
        for file in try await vault.newestManifest()?.files ?? [] { hashes[file.path.description] = file.object }
    }

    /// The object of a file, if it need not be written.
    func object(of path: FilePath, bytes: Int64) -> BackupObject? {
        guard let object = hashes[path.description], object.bytes == bytes, present[object.sha256] == bytes else {
            return nil
        }
        return object
    }
}

/// Copies files of a lake into a vault, each once.
private actor BackupWriter {
    private(set) var written: (objects: Int, bytes: Int64) = (0, 0)
    private let vault: BackupVault
    private let store: any ObjectStore
    private let scratch: ScratchFolder
    private var known: KnownObjects
    private var done: [FilePath: BackupObject] = [:]

    private static let filesAtOnce = 4

    init(vault: BackupVault, store: any ObjectStore, known: KnownObjects, scratch: ScratchFolder) {
        self.vault = vault
        self.scratch = scratch
        self.store = store
        self.known = known
    }

    /// Makes sure that files are in the vault, and says under which names.
    ///
    /// - Throws: ``LakeError`` with code `missing_file` for a file that is gone or not as long as the catalog has it, unless
    ///   that is tolerated.
    @discardableResult
    func write(
        _ files: [(path: FilePath, isSuperseded: Bool, bytes: Int64)],
        toleratesMissing: Bool
    ) async throws -> [BackupFile] {
        let missing = files.filter { done[$0.path] == nil && known.object(of: $0.path, bytes: $0.bytes) == nil }
        try await withThrowingTaskGroup(of: (FilePath, BackupObject?).self) { group in
            var rest = missing[...]
            func next() {
                guard let file = rest.popFirst() else { return }
                group.addTask { [self] in (file.path, try await copy(file.path, file.isSuperseded, bytes: file.bytes)) }
            }
            for _ in 0..<Self.filesAtOnce { next() }
            while let (path, object) = try await group.next() {
                if let object {
                    done[path] = object
                } else if !toleratesMissing {
                    throw LakeError(
                        .missingFile,
                        "\(path) is gone or damaged, so no backup was written. 'lyceum doctor' compares folder and catalog; "
                            + "an earlier backup may have the file.",
                        location: path.description
                    )
                }
                next()
            }
        }
        return files.compactMap { file in
            (done[file.path] ?? known.object(of: file.path, bytes: file.bytes)).map {
                BackupFile(path: file.path, isSuperseded: file.isSuperseded, object: $0)
            }
        }
    }

    /// Makes sure that an object is in the vault.
    func write(_ object: BackupObject, from file: URL) async throws {
        if known.present[object.sha256] == object.bytes { return }
        try await vault.store.upload(file, to: object.key)
        known.present[object.sha256] = object.bytes
        written.objects += 1
        written.bytes += object.bytes
    }

    /// Copies one file; nil if it is not where it should be.
    private func copy(_ path: FilePath, _ isSuperseded: Bool, bytes: Int64) async throws -> BackupObject? {
        let place = (isSuperseded ? LakeLayout.historyFolder + "/" : "") + path.description
        do {
            guard try await store.size(of: place) == bytes else { return nil }
            if store is LocalStore { return try await copy(URL(filePath: store.location(of: place)), bytes: bytes) }
            let file = scratch.file(UUID().uuidString.lowercased())
            try await store.download(place, to: file)
            defer { try? FileManager.default.removeItem(at: file) }
            return try await copy(file, bytes: bytes)
        } catch {
            // A publication may have moved it since its size was looked up.
            if try await store.size(of: place) == nil { return nil }
            throw error
        }
    }

    private func copy(_ file: URL, bytes: Int64) async throws -> BackupObject {
        let hash = try await offload { try ContentHash.ofFile(at: file) }
        let object = BackupObject(sha256: hash, bytes: bytes)
        try await write(object, from: file)
        return object
    }
}

/// A folder for what is on its way into the vault.
private final class ScratchFolder: Sendable {
    private let url: URL

    init() throws {
        url = FileManager.default.temporaryDirectory.appending(path: "lyceum-backup-\(UUID().uuidString.lowercased())")
        guard mkdir(url.path(percentEncoded: false), 0o700) == 0 else {
            throw LakeError.system(errno, doing: "create the folder", path: url.path(percentEncoded: false))
        }
    }

    deinit { try? FileManager.default.removeItem(at: url) }

    func file(_ name: String) -> URL { url.appending(path: name, directoryHint: .notDirectory) }

    func write(_ data: Data, as name: String) throws {
        let path = file(name).path(percentEncoded: false)
        guard FileManager.default.createFile(atPath: path, contents: data) else {
            throw LakeError.system(errno, doing: "write", path: path)
        }
    }
}
