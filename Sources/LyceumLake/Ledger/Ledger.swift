// The ledger: runs, catalog, watermarks and lineage in one SQLite file.

import Foundation
import GRDB
import LyceumCore

/// The ledger of a lake, in SQLite through GRDB: write-ahead log, readers beside one writer, full durability.
///
/// What it says is what is true: files of the lake follow it (see ``Lake``). Every function may be called from any
/// task; those that write run to their end even when the calling task is cancelled.
public final class Ledger: Sendable {
    /// The ledger's file.
    public let url: URL
    let path: String
    private let pool: DatabasePool
    let now: @Sendable () -> Date

    private init(url: URL, pool: DatabasePool, now: @escaping @Sendable () -> Date) {
        self.url = url
        self.path = url.path(percentEncoded: false)
        self.pool = pool
        self.now = now
    }

    /// Opens the ledger in a file, creating or migrating it as needed. Blocks for some milliseconds.
    ///
    /// - Parameters:
    ///   - url: the file; its folder is created if it lacks.
    ///   - busyTimeout: how long a statement waits for another process's transaction.
    ///   - now: the clock.
    /// - Throws: ``LakeError`` with code `corrupt_ledger`, `not_a_ledger`, `migration_newer`, `read_only`, `no_space`,
    ///   `not_a_folder`, `locked` or `input_output`.
    public static func open(
        at url: URL,
        busyTimeout: TimeInterval = 30,
        now: @escaping @Sendable () -> Date = { Date() }
    ) throws -> Ledger {
        try open(at: url, busyTimeout: busyTimeout, now: now, migrator: LedgerSchema.migrator)
    }

    static func open(
        at url: URL,
        busyTimeout: TimeInterval,
        now: @escaping @Sendable () -> Date,
        migrator: DatabaseMigrator
    ) throws -> Ledger {
        let path = url.path(percentEncoded: false)
        let folder = url.deletingLastPathComponent()
        let store = LocalStore(root: folder)
        try store.makeFolder("")
        if store.isFolder(url.lastPathComponent) {
            throw LakeError(
                .notALedger,
                "\(path) is a folder; the ledger is a file. Name another path.",
                location: path
            )
        }
        // Two processes that create or migrate one ledger at once take turns. The lock is on the folder: SQLite's own
        // locks on the file would be lost by opening and closing it beside SQLite.
        let turn = try FolderTurn(folder: store.root, patience: busyTimeout)
        defer { turn.end() }
        do {
            var configuration = Configuration()
            configuration.label = "lyceum.ledger"
            configuration.busyMode = .timeout(busyTimeout)
            configuration.foreignKeysEnabled = true
            configuration.prepareDatabase { db in
                // In WAL mode SQLite's default could lose the last transactions in a power failure, after their files
                // have been moved.
                try db.execute(sql: "PRAGMA synchronous = FULL")
            }
            let pool = try DatabasePool(path: path, configuration: configuration)
            try pool.read { db in try checkOrigin(db, path: path, migrator: migrator) }
            try migrator.migrate(pool)
            return Ledger(url: url, pool: pool, now: now)
        } catch {
            throw LakeError.ledger(error, doing: "open it", path: path)
        }
    }

    /// Above this size the whole file is not read on each opening; `check()` still does so on request.
    private static let quickCheckLimit = 32 << 20

    private static func checkOrigin(_ db: Database, path: String, migrator: DatabaseMigrator) throws {
        // A process that died while it created the ledger may have left the list of migrations, empty.
        let others = #"SELECT count(*) FROM sqlite_master WHERE name NOT GLOB 'grdb_*' AND name NOT GLOB 'sqlite_*'"#
        if try Int.fetchOne(db, sql: others) == 0 { return }
        guard try Int32.fetchOne(db, sql: "PRAGMA application_id") == LedgerSchema.applicationID else {
            throw LakeError(
                .notALedger,
                "\(path) is an SQLite database of another program. Name another path for the ledger.",
                location: path
            )
        }
        if try migrator.hasBeenSuperseded(db) {
            throw LakeError(
                .migrationNewer,
                "The ledger \(path) was written by a newer version of Lyceum. Install that version, or a later one.",
                location: path
            )
        }
        let pages = try Int.fetchOne(db, sql: "PRAGMA page_count") ?? 0
        let pageSize = try Int.fetchOne(db, sql: "PRAGMA page_size") ?? 4096
        if pages * pageSize <= quickCheckLimit { try requireSound(db, path: path, pragma: "quick_check") }
    }

    private static func requireSound(_ db: Database, path: String, pragma: String) throws {
        guard let finding = try String.fetchOne(db, sql: "PRAGMA \(pragma)(1)"), finding != "ok" else { return }
        throw LakeError(
            .corruptLedger,
            "The ledger \(path) is damaged (\(finding)). Restore it from a backup; "
                + "the Parquet files of the lake are not touched.",
            location: path
        )
    }

    /// Reads the whole ledger and checks every index and reference.
    ///
    /// - Throws: ``LakeError`` with code `corrupt_ledger`.
    public func check() async throws {
        let path = path
        try await read("check it") { db in
            try Self.requireSound(db, path: path, pragma: "integrity_check")
            if let violation = try Row.fetchOne(db, sql: "PRAGMA foreign_key_check") {
                throw LakeError(
                    .corruptLedger,
                    "The ledger \(path) contradicts itself: \(violation). Restore it from a backup.",
                    location: path
                )
            }
        }
    }

    /// Moves the write-ahead log into the file and closes it, so that the file alone is the whole ledger.
    ///
    /// A ledger that is only released is sound too: its log is read by whoever opens it next.
    public func close() throws {
        do {
            // Another process that reads at the moment keeps the log; that is no error.
            _ = try? pool.writeWithoutTransaction { db in try db.checkpoint(.truncate) }
            try pool.close()
        } catch { throw LakeError.ledger(error, doing: "close it", path: path) }
    }

    func read<Value: Sendable>(
        _ what: String,
        _ body: @escaping @Sendable (Database) throws -> Value
    ) async throws -> Value {
        let (pool, path) = (pool, path)
        return try await offload {
            do { return try pool.read(body) } catch { throw LakeError.ledger(error, doing: what, path: path) }
        }
    }

    /// Writes in one transaction that takes SQLite's write lock at once.
    func write<Value: Sendable>(
        _ what: String,
        _ body: @escaping @Sendable (Database) throws -> Value
    ) async throws -> Value {
        let (pool, path) = (pool, path)
        return try await offload {
            do { return try pool.write(body) } catch { throw LakeError.ledger(error, doing: what, path: path) }
        }
    }
}

/// One process at a time creates or migrates the ledger of a folder.
private struct FolderTurn {
    private let descriptor: Int32

    init(folder: String, patience: TimeInterval) throws {
        descriptor = Foundation.open(folder, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw LakeError.system(errno, doing: "open the folder", path: folder) }
        let deadline = Date().addingTimeInterval(patience)
        while flock(descriptor, LOCK_EX | LOCK_NB) != 0 {
            let number = errno
            if number == EINTR { continue }
            guard number == EWOULDBLOCK else {
                // File systems without flock: SQLite's own locks still keep the file sound.
                break
            }
            guard Date() < deadline else {
                Foundation.close(descriptor)
                throw LakeError(
                    .locked,
                    "Another process has been opening the ledger in \(folder) for \(patience) s. Try again.",
                    location: folder
                )
            }
            usleep(5_000)
        }
    }

    func end() { Foundation.close(descriptor) }
}
