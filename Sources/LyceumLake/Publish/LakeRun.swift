// One run, from taking the lock to its end.

import Foundation
import LyceumCore

/// An active run: it holds the lake's run lock, writes to its staging folder, and ends by publishing or not.
///
/// Released without either, it leaves its lock free and its row to be marked abandoned by the next opening.
public final class LakeRun: Sendable {
    /// The run.
    public let id: RunID
    /// When it began, after every run before it.
    public let startedAt: Date
    /// Where it writes.
    public let staging: Staging
    private let lake: Lake
    let lock: RunLock

    init(id: RunID, startedAt: Date, lake: Lake, lock: RunLock) {
        self.id = id
        self.startedAt = startedAt
        self.lake = lake
        self.lock = lock
        staging = Staging(run: id, store: lake.store)
    }

    deinit { lock.release() }

    /// The data key for a table's new files; nil if they stay plain (see ``Lake/dataKey(forNewFilesOf:columns:)``).
    public func dataKey(forNewFilesOf table: TableID, columns: [ColumnDescription]) async throws -> DataKey? {
        try await lake.dataKey(forNewFilesOf: table, columns: columns)
    }

    /// Publishes the run's work and ends the run as succeeded: readers see all of it or none.
    ///
    /// A publication without files or watermarks only notes the outcome and makes no snapshot. When this throws,
    /// nothing was published and the run is still at work: end it with ``finish(_:error:records:reports:tests:drift:)``.
    /// - Parameter wait: how long to wait for readers that hold files open.
    /// - Throws: ``LakeError`` with code `invalid_publication`, `unbalanced`, `missing_file`, `conflict`, `locked`,
    ///   `run_over`, `no_space` and others; `CancellationError` before the commit, never after it.
    public func publish(_ publication: Publication, wait: Duration = .seconds(600)) async throws -> PublicationReceipt {
        let receipt = try await lake.publish(publication, staging: staging, holding: lock, wait: wait)
        lock.release()
        return receipt
    }

    /// Erases a person from the lake and ends the run as succeeded: in every snapshot, or in none.
    ///
    /// The run's lock stays until ``release()``, so that what is outside the lake can be done before another run begins.
    /// - Parameter wait: how long to wait for readers that hold files open.
    /// - Throws: ``LakeError`` with code `held`, `conflict`, `missing_file`, `locked`, `run_over`, `no_space` and others;
    ///   nothing is changed then, unless the ledger has committed, in which case the next opening goes on.
    public func erase(_ erasure: Erasure, wait: Duration = .seconds(600)) async throws -> ErasedFiles {
        try await lake.erase(erasure, in: self, wait: wait)
    }

    /// Lets the next run begin; harmless when it may already.
    public func release() { lock.release() }

    /// Ends the run without publishing: failed, cancelled, or succeeded with nothing to publish.
    ///
    /// What it staged is removed; reports, tests and drift are kept in the ledger.
    /// - Throws: ``LakeError`` with code `run_over` if the run has ended before; others if the ledger cannot be
    ///   written, in which case the next opening marks the run abandoned.
    public func finish(
        _ status: RunStatus,
        error: String? = nil,
        records: Int64 = 0,
        reports: [TableReport] = [],
        tests: [TestResult] = [],
        drift: [DriftRecord] = []
    ) async throws {
        defer { lock.release() }
        guard status != .running else {
            throw LakeError(.invalidPublication, "Run \(id) cannot end as 'running'.")
        }
        // What a committed run has staged may be waiting to be moved into place.
        try await lake.ledger.requireRunning(id)
        let staging = staging
        // The files go first: on a full disk this makes the space that the ledger needs.
        let removal = await Result(catching: { try await staging.remove() })
        try await lake.ledger.finish(
            run: id,
            status: status,
            error: error,
            records: records,
            reports: reports,
            tests: tests,
            drift: drift
        )
        try removal.get()
    }
}

extension Result where Failure == any Error, Success: Sendable {
    fileprivate init(catching body: () async throws -> Success) async {
        do { self = .success(try await body()) } catch { self = .failure(error) }
    }
}
