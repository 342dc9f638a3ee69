// A vault: the place where a lake's backups are kept.

import Foundation
import LyceumCore

/// Backups of one lake in a folder or bucket: objects named by their content, shared by all backups, and one manifest for
/// each backup.
///
/// A manifest is written last, so a backup that was cut off is not listed, and the objects it had written are reused by
/// the next one.
public struct BackupVault: Sendable {
    static let objectsFolder = "objects"
    static let backupsFolder = "backups"
    static let marksFolder = "marks"
    static let identityKey = "lyceum-backups.json"

    package let store: any ObjectStore

    /// The place, for messages.
    public var location: String { store.place }

    /// The content of `lyceum-backups.json`.
    private struct Identity: Codable {
        var format = 1
        /// The lake whose backups these are.
        var lake: String
    }

    /// The vault in a store; nothing is touched before it is used.
    public init(_ store: any ObjectStore) { self.store = store }

    /// The vault in a folder; nothing is touched before it is used.
    public init(folder: URL) {
        self.init(LocalStore(root: folder))
    }

    /// The lake whose backups these are; nil if none were ever written here.
    ///
    /// - Throws: ``LakeError`` with code `migration_newer` or `damaged_backup`.
    func owner() async throws -> String? {
        guard let data = try await store.read(Self.identityKey) else { return nil }
        guard let identity = try? JSONDecoder().decode(Identity.self, from: data) else {
            throw LakeError(
                .damagedBackup,
                "\(location)/\(Self.identityKey) is not the description of a place for backups.",
                location: location
            )
        }
        guard identity.format <= 1 else {
            throw LakeError(
                .migrationNewer,
                "The backups in \(location) were written by a newer version of Lyceum. Install that version.",
                location: location
            )
        }
        return identity.lake
    }

    /// Makes the place one for backups of a lake, or refuses one that is for another lake or holds something else.
    func claim(for lake: String) async throws {
        if try await owner() == nil {
            guard try await objects(below: "").isEmpty else {
                throw LakeError(
                    .notEmpty,
                    "\(location) holds other files. Name an empty place, or one with this lake's backups.",
                    location: location
                )
            }
            _ = try await store.create(Self.identityKey, try JSONEncoder().encode(Identity(lake: lake)))
        }
        guard try await owner() == lake else {
            throw LakeError(
                .mismatch,
                "\(location) holds backups of another lake. Name a place of this lake's own.",
                location: location
            )
        }
    }

    /// All whole objects below a folder.
    func objects(below folder: String) async throws -> [StoredObject] {
        try await store.list(below: folder).filter { !Self.isDraft($0) }
    }

    /// What writers that were killed have left half-written in a folder.
    func drafts() async throws -> [StoredObject] {
        try await store.list(below: "").filter(Self.isDraft)
    }

    private static func isDraft(_ object: StoredObject) -> Bool {
        (object.key as NSString).lastPathComponent.hasPrefix("_draft-")
    }

    /// Refuses a place without backups.
    func requireBackups() async throws {
        guard try await owner() != nil else {
            throw LakeError(
                .unknownBackup,
                "\(location) holds no backups: 'lyceum backup \(location)' would write the first.",
                location: location
            )
        }
    }

    /// The ids of all complete backups, the oldest first.
    func ids() async throws -> [RunID] {
        try await objects(below: Self.backupsFolder).compactMap { entry in
            let name = (entry.key as NSString).lastPathComponent
            guard name.hasSuffix(Self.manifestSuffix) else { return nil }
            return RunID(String(name.dropLast(Self.manifestSuffix.count)))
        }.sorted()
    }

    /// A backup's id; unlike those of runs, ids of one second are in the order of their milliseconds.
    static func id(at moment: Date) -> RunID {
        let milliseconds = UInt32(moment.timeIntervalSince1970.truncatingRemainder(dividingBy: 1) * 1000)
        return RunID(startedAt: moment, entropy: milliseconds << 14 | UInt32.random(in: 0..<1 << 14))
    }

    /// The time of a backup that is to be the newest one, whatever the machine's clock does.
    func momentOfNextBackup(_ now: Date) async throws -> Date {
        guard let last = try await newestManifest()?.header.createdAt, let date = Timestamp.parse(last) else {
            return now
        }
        // Whole milliseconds, as texts have them; the fraction keeps them from being rounded down.
        let next = (date.timeIntervalSince1970 * 1000).rounded() + 1
        let milliseconds = max((now.timeIntervalSince1970 * 1000).rounded(.down), next)
        return Date(timeIntervalSince1970: (milliseconds + 0.4) / 1000)
    }

    static let manifestSuffix = ".jsonl"

    static func key(of backup: RunID) -> String { "\(backupsFolder)/\(backup)\(manifestSuffix)" }

    /// One backup.
    ///
    /// - Throws: ``LakeError`` with code `unknown_backup`, `damaged_backup` or `migration_newer`.
    func manifest(of backup: RunID) async throws -> BackupManifest {
        let key = Self.key(of: backup)
        guard let data = try await store.read(key) else {
            throw LakeError(
                .unknownBackup,
                "\(location) has no backup \(backup). 'lyceum backup list' shows those it has.",
                location: location
            )
        }
        return try BackupManifest(data, at: "\(location)/\(key)")
    }

    /// The newest backup that can be read; nil if there is none.
    func newestManifest() async throws -> BackupManifest? {
        for id in try await ids().reversed() {
            do { return try await manifest(of: id) } catch let error as LakeError where error.code == .damagedBackup {}
        }
        return nil
    }

    /// All complete backups, the newest first.
    ///
    /// - Throws: ``LakeError`` with code `unknown_backup` where there is no place for backups, and others.
    public func backups() async throws -> [BackupSummary] {
        try await requireBackups()
        var summaries: [BackupSummary] = []
        for id in try await ids().reversed() {
            do {
                summaries.append(BackupSummary(try await manifest(of: id)))
            } catch let error as LakeError where error.code == .damagedBackup {
                summaries.append(BackupSummary(damaged: id))
            }
        }
        return summaries
    }
}

/// What a list shows of a backup.
public struct BackupSummary: Sendable, Hashable {
    /// The backup.
    public var id: RunID
    /// When its state was taken.
    public var createdAt: Date?
    /// The lake's name.
    public var lake: String?
    /// Data files.
    public var files: Int
    /// Their size in bytes.
    public var bytes: Int64
    /// The last publication that it holds.
    public var publication: Int64
    /// Whether its manifest can be read.
    public var isReadable: Bool

    init(_ manifest: BackupManifest) {
        id = manifest.header.id
        createdAt = Timestamp.parse(manifest.header.createdAt)
        lake = manifest.header.lake
        files = manifest.files.count
        bytes = manifest.bytes
        publication = manifest.header.publication
        isReadable = true
    }

    init(damaged id: RunID) {
        self.id = id
        files = 0
        bytes = 0
        publication = 0
        isReadable = false
    }
}
