// The audit record as a program writes it: an entry is on the disk before the answer leaves.

import Foundation
import Logging
import Synchronization

/// The append-only, hash-chained record of each access and disclosure.
///
/// Lines stand in files of one folder, in one chain also when several processes append to it. ``record(_:)`` returns when the
/// entry's line is on the disk; entries that arrive while the disk is busy share the next write. Where that cannot be done it
/// throws, and the answer that the entry is about must not leave.
///
/// What the chain shows, and what it cannot: any change, removal, insertion or reordering of lines is found and located by
/// ``AuditVerifier``. A checkpoint signed with the secret follows at most a second (or a thousand lines) after a line, so that
/// without the secret nothing before it can be rewritten or cut off, but for putting back an older head together with the record
/// of that time; against that, note a head elsewhere (``AuditReader/head()``) and give it to the verifier. Whoever has both the secret and the
/// right to write can forge a record from wherever no head was noted.
public final class AuditLog: Sendable {
    /// What a record has taken since it was opened.
    public struct Counts: Sendable, Hashable {
        /// Entries acknowledged.
        public var recorded = 0
        /// Entries refused because too many were waiting.
        public var refused = 0
        /// Entries that could not be written.
        public var failed = 0
        /// Writes to the disk that the acknowledged entries took.
        public var batches = 0
        /// Entries waiting at this moment.
        public var waiting = 0
    }

    private typealias Queue = CommitQueue<CheckedContinuation<Void, any Error>>

    private struct State {
        var queue: Queue
        var counts = Counts()
        /// Whether a checkpoint will be looked for when the interval has passed.
        var awaitsCheckpoint = false
        /// The newest head that is to be written.
        var head: AuditHead?
    }

    /// The key by which the record is kept.
    public let key: AuditKey
    /// The record's folder.
    public let folder: URL
    private let limits: AuditLimits
    private let logger: Logger
    private let pseudonyms: PseudonymCache
    private let state: Mutex<State>
    private let chain: Mutex<ChainWriter>
    /// The one thread that writes lines.
    private let writer = DispatchQueue(label: "lyceum.audit.writer", qos: .userInitiated)
    /// Heads are written apart from lines, which need not wait for them.
    private let heads = DispatchQueue(label: "lyceum.audit.head")

    private init(_ folder: URL, _ key: AuditKey, _ limits: AuditLimits, _ logger: Logger) throws(AuditError) {
        let chain = try ChainWriter(folder, key: key, limits: limits)
        for note in chain.notes { logger.warning("audit: \(note)") }
        self.folder = folder
        self.key = key
        self.limits = limits
        self.logger = logger
        pseudonyms = PseudonymCache(key, count: limits.rememberedPseudonyms, lifetime: limits.pseudonymLifetime)
        state = Mutex(State(queue: Queue(limits)))
        self.chain = Mutex(chain)
    }

    /// Opens the record of a folder, or begins one (folder 0700, files 0600). Reads its end only.
    ///
    /// - Throws: ``AuditError`` with code `wrong_key`, `damaged`, `storage` or `locked`.
    public static func open(
        _ folder: URL,
        key: AuditKey,
        limits: AuditLimits = AuditLimits(),
        logger: Logger = Logger(label: "lyceum.audit")
    ) async throws -> AuditLog {
        try await withCheckedThrowingContinuation { continuation in
            DispatchQueue.global().async {
                continuation.resume(with: Result { try AuditLog(folder, key, limits, logger) })
            }
        }
    }

    // MARK: - Recording

    /// Writes an entry; returns when it is on the disk.
    ///
    /// Not stopped by cancellation: an entry that was taken in is written or its failure thrown.
    ///
    /// - Throws: ``AuditError`` with code `overloaded` when too many entries wait, `storage` or `locked` when the disk or another
    ///   process does not let it be written, `damaged` when the record was changed meanwhile, `closed` after ``close()``.
    public func record(_ entry: AuditEntry) async throws {
        let lines = LineBody.lines(of: entry, subjects: pseudonyms.all(of: entry.subjects), key: key)
        // Besides its members a line has its sequence and two hashes.
        let bytes = lines.reduce(0) { $0 + $1.members.count + 256 }
        try await withCheckedThrowingContinuation { continuation in
            let admission = state.withLock { state in
                let admission = state.queue.add(.init(lines: lines, bytes: bytes, waiter: continuation))
                if case .full = admission { state.counts.refused += 1 }
                return admission
            }
            switch admission {
            case .accepted(let startsWriter):
                if startsWriter { writer.async { self.drain() } }
            case .full:
                continuation.resume(
                    throwing: AuditError(
                        .overloaded,
                        "more entries wait for the audit record's disk than may wait; try again",
                        location: folder.path
                    )
                )
            case .closed:
                continuation.resume(
                    throwing: AuditError(
                        .closed,
                        "the audit record is closed: the program is ending",
                        location: folder.path
                    )
                )
            }
        }
    }

    /// What was recorded so far, for metrics.
    public var counts: Counts {
        state.withLock { state in
            var counts = state.counts
            counts.waiting = state.queue.count
            return counts
        }
    }

    /// Writes what waits, signs it, and takes no more.
    public func close() async {
        state.withLock { $0.queue.close() }
        await withCheckedContinuation { continuation in
            writer.async {
                self.drain()
                self.sign()
                self.heads.async {
                    self.writeHead()
                    continuation.resume()
                }
            }
        }
    }

    // MARK: - The writer's thread

    /// Writes batch after batch until none waits. The rest between large ones is PostgreSQL's `commit_delay`.
    private func drain() {
        var before = 0
        while true {
            // Under load a short rest saves most of the writes, and of the switches of threads that each one causes.
            if before >= limits.gatheringBatch { Thread.sleep(forTimeInterval: limits.gatheringTime / .seconds(1)) }
            let batch = state.withLock { $0.queue.takeBatch() }
            guard !batch.isEmpty else { return }
            before = batch.count
            let lines = batch.flatMap(\.lines)
            let result = Result { try chain.withLock { chain in try chain.append(lines) } }
            state.withLock { state in
                switch result {
                case .success:
                    state.counts.recorded += batch.count
                    state.counts.batches += 1
                case .failure: state.counts.failed += batch.count
                }
            }
            for item in batch { item.waiter.resume(with: result.map { _ in }) }
            switch result {
            case .success(let head): follow(with: head)
            case .failure(let error): logger.error("audit: \(batch.count) entries were not written: \(error)")
            }
        }
    }

    /// Writes the head of a checkpoint, or sees to it that there will be a checkpoint.
    private func follow(with head: AuditHead?) {
        if let head {
            state.withLock { $0.head = head }
            heads.async { self.writeHead() }
            return
        }
        let isFirst = state.withLock { state in
            defer { state.awaitsCheckpoint = true }
            return !state.awaitsCheckpoint
        }
        guard isFirst else { return }
        writer.asyncAfter(deadline: .now() + (limits.checkpointInterval / .seconds(1))) { [weak self] in
            guard let self else { return }
            state.withLock { $0.awaitsCheckpoint = false }
            sign()
        }
    }

    /// Signs what no checkpoint covers yet.
    private func sign() {
        do {
            let head = try chain.withLock { chain in
                chain.hasUnsignedLines ? try chain.append([], signs: true) : nil
            }
            if let head { follow(with: head) }
        } catch {
            // The lines themselves are on the disk; the next batch tries again.
            logger.error("audit: no checkpoint was written: \(error)")
        }
    }

    private func writeHead() {
        guard let head = state.withLock({ $0.head.take() }) else { return }
        do {
            try head.write(in: folder)
        } catch {
            logger.error("audit: the head was not written: \(error)")
        }
    }
}
