// Reading the lake's files while none of them moves.

import Foundation
import LyceumCore

/// A hold on the files of the lake: until it is released, none of them moves or is removed.
///
/// Release it as soon as the files have been read; a publication waits for it. Do not ask for a second one while
/// holding one.
public final class ReadLease: Sendable {
    /// The tables and their files.
    public let catalog: Catalog
    private let lock: any HeldLock

    init(catalog: Catalog, lock: any HeldLock) {
        self.catalog = catalog
        self.lock = lock
    }

    /// Lets files move again; doing so again is harmless.
    public func release() { lock.release() }
}

extension Lake {
    /// Holds the files of the lake as they are at a moment of its history.
    ///
    /// - Throws: ``LakeError`` with code `locked` if a publication keeps readers out for longer than `wait`,
    ///   `expired_snapshot` or `unknown_run` for a moment that cannot be read any more.
    public func lease(at moment: Moment = .now, wait: Duration = .seconds(60)) async throws -> ReadLease {
        while true {
            let lock = try await locks.shared(wait: wait)
            let catalog = try await ledger.catalog(at: moment, store: store)
            if catalog.isSettled { return ReadLease(catalog: catalog, lock: lock) }
            // A publisher died between its commit and its last move; only one who holds the lock alone can go on.
            lock.release()
            try await recover()
        }
    }

    /// Runs a body with the catalog of a moment, while no file moves.
    ///
    /// Do not read or publish within the body.
    /// - Throws: what ``lease(at:wait:)`` throws, and what the body does.
    public func read<Value>(
        at moment: Moment = .now,
        wait: Duration = .seconds(60),
        isolation: isolated (any Actor)? = #isolation,
        _ body: (Catalog) async throws -> Value
    ) async throws -> Value {
        let lease = try await lease(at: moment, wait: wait)
        defer { lease.release() }
        return try await body(lease.catalog)
    }

    /// The files of a table's current snapshot, without holding them: for lists, not for reading.
    public func currentFiles(_ table: TableID) async throws -> [LakeFile] {
        try await ledger.catalog(at: .now, store: store).files(of: table)
    }

    /// The files of one of a table's snapshots, without holding them.
    ///
    /// - Throws: ``LakeError`` with code `unknown_table`, `unknown_snapshot` or `expired_snapshot`.
    public func files(_ table: TableID, at snapshot: Int64) async throws -> [LakeFile] {
        try await ledger.files(of: table, at: snapshot, store: store)
    }
}
