// What a person may ask for: what is known of them, and that it be forgotten; and what may keep it from being forgotten.

import Foundation
import LyceumCore
import LyceumLake

/// One person, as whoever asks names them.
public struct SubjectRequest: Sendable, Hashable {
    /// One of the person's identifiers.
    public var id: String
    /// What kind of identifier it is; nil for any.
    public var kind: String?
    /// Whether people whom an identifier ties together are taken for one.
    public var isLinked: Bool

    /// Names a person.
    public init(_ id: String, kind: String? = nil, isLinked: Bool = false) {
        self.id = id
        self.kind = kind
        self.isLinked = isLinked
    }
}

/// What is known of a person, and where.
public struct SubjectStatus: Sendable, Codable {
    /// Rows of one table.
    public struct Table: Sendable, Codable {
        /// The table, as `zone.table`.
        public var table: String
        /// Rows in files of the current snapshot.
        public var current: Int64
        /// Rows in files that only earlier snapshots hold.
        public var history: Int64
        /// Files with such rows.
        public var files: Int
    }

    /// The identifiers by kind.
    public var identifiers: [String: [String]]
    /// Where rows are.
    public var tables: [Table]
    /// Holds that keep them.
    public var holds: [Hold]
    /// The run that erased the person before, and when.
    public var erased: [String]
}

/// How an erasure ended.
public enum ErasureOutcome: Sendable {
    /// Rows were erased.
    case erased(ErasureReceipt, file: URL)
    /// There was nothing left to erase; says when it was erased.
    case alreadyErased([String])
}

extension Pipeline {
    /// What is known of a person; changes nothing.
    ///
    /// - Throws: ``PipelineError`` with code `notFound` when nothing is, nor was erased, or `ambiguousSubject`.
    public func subjectStatus(_ request: SubjectRequest) async throws -> SubjectStatus {
        let lake = try await openLake()
        let lease = try await lake.lease()
        defer { lease.release() }
        let engine = try await startEngine(for: lake)
        let search = try await subjectSearch(engine, lake)
        let identity = try await search.resolve(request.id, kind: request.kind, isLinked: request.isLinked)
        let erased = try await erasures(of: request, identity, search, lake)
        guard !identity.isEmpty || !erased.isEmpty else { throw Self.unknown(search) }
        var tables: [SubjectStatus.Table] = []
        for find in identity.isEmpty ? [] : try await search.find(identity) {
            let name = find.place.table.description
            if tables.last?.table != name {
                tables.append(SubjectStatus.Table(table: name, current: 0, history: 0, files: 0))
            }
            tables[tables.count - 1].files += 1
            if find.file.isSuperseded {
                tables[tables.count - 1].history += find.rows
            } else {
                tables[tables.count - 1].current += find.rows
            }
        }
        return SubjectStatus(
            identifiers: identity.identifiers.mapValues { $0.sorted() },
            tables: tables,
            holds: try await holds(on: identity, lake),
            erased: erased
        )
    }

    /// Erases a person from the lake, from the search index and from the ledger, and keeps them from coming back.
    ///
    /// - Parameters:
    ///   - wait: how long to wait for a run that is under way; nil refuses at once.
    /// - Throws: ``PipelineError`` with code `notFound`, `ambiguousSubject` or `erasureKey`; `LakeError` with code `held` or
    ///   `locked`; nothing is changed then.
    public func eraseSubject(
        _ request: SubjectRequest,
        reason: String,
        wait: Duration? = nil
    ) async throws -> ErasureOutcome {
        let lake = try await openLake()
        let key = try ErasureKey.loadOrCreate(configuration.privacy)
        try await key.check(lake, configuration.privacy.keyFile.path)
        // What no snapshot needs, and what the catalog does not know, may be of anyone.
        _ = try await lake.expireHistory(keep: .max)
        let orphans = try await lake.removeOrphans()
        let run = try await lake.beginRun(options: #"{"erase": "a person"}"#, wait: wait)
        defer { run.release() }
        do {
            let engine = try await startEngine(for: lake)
            try await engine.execute("SET preserve_insertion_order = true")
            let lease = try await lake.lease()
            defer { lease.release() }
            let search = try await subjectSearch(engine, lake)
            let identity = try await search.resolve(request.id, kind: request.kind, isLinked: request.isLinked)
            if identity.isEmpty {
                let erased = try await erasures(of: request, identity, search, lake)
                guard !erased.isEmpty else { throw Self.unknown(search) }
                try await run.finish(.succeeded)
                return .alreadyErased(erased)
            }
            if let hold = try await holds(on: identity, lake).first {
                try await lake.ledger.requireNoHold(hold.scope, on: hold.target)
            }
            let finds = try await search.find(identity)
            let erasure = SubjectErasure(pipeline: self, lake: lake, engine: engine, run: run)
            let receipt = try await erasure.erase(
                identity,
                finds,
                in: search,
                reason: reason,
                remarks: remarks(foreign: orphans.left),
                key: key,
                lease: lease
            )
            return .erased(receipt, file: receiptFile(of: run.id))
        } catch {
            // After the commit the run has ended; what is left to do is done by the next opening.
            try? await run.finish(error is CancellationError ? .cancelled : .failed, error: Self.withoutNames(error))
            throw error
        }
    }

    /// Places a legal hold on a person.
    ///
    /// - Throws: what ``subjectStatus(_:)`` throws; a hold is of somebody who is known.
    @discardableResult
    public func holdSubject(_ request: SubjectRequest, reason: String, by: String) async throws -> [Hold] {
        let lake = try await openLake()
        let identity = try await identity(of: request, in: lake)
        var holds: [Hold] = []
        for (kind, value) in identity.all where !SubjectColumn("", kind: kind).isContact {
            holds.append(try await lake.ledger.place(hold: .subject, on: "\(kind):\(value)", reason: reason, by: by))
        }
        return holds
    }

    /// Releases the legal holds on a person; returns those there were.
    @discardableResult
    public func releaseSubject(_ request: SubjectRequest, by: String) async throws -> [Hold] {
        let lake = try await openLake()
        var released: [Hold] = []
        for hold in try await holds(on: try await identity(of: request, in: lake), lake) where hold.scope == .subject {
            released.append(try await lake.ledger.release(hold: hold.id, by: by))
        }
        return released
    }

    /// Checks that a receipt is as this installation signed it.
    ///
    /// - Throws: ``PipelineError`` with code `badReceipt` or `erasureKey`.
    public func verify(receipt text: String) throws -> ErasureReceipt {
        let receipt = try ErasureReceipt.read(text)
        guard let key = try ErasureKey.load(configuration.privacy) else {
            throw PipelineError(
                .erasureKey,
                "the key that receipts are signed with is not here",
                location: configuration.privacy.keyFile.path
            )
        }
        try receipt.verify(publicKey: key.publicKey)
        return receipt
    }

    // MARK: -

    private func identity(of request: SubjectRequest, in lake: Lake) async throws -> SubjectIdentity {
        let lease = try await lake.lease()
        defer { lease.release() }
        let engine = try await startEngine(for: lake)
        let search = try await subjectSearch(engine, lake)
        let identity = try await search.resolve(request.id, kind: request.kind, isLinked: request.isLinked)
        guard !identity.isEmpty else { throw Self.unknown(search) }
        return identity
    }

    func holds(on identity: SubjectIdentity, _ lake: Lake) async throws -> [Hold] {
        let targets = Set(identity.all.map { "\($0.kind):\($0.value)" })
        return try await lake.ledger.holds(.subject).filter { targets.contains($0.target) }
    }

    /// The erasures that a person was erased by, known by any of these identifiers.
    private func erasures(
        of request: SubjectRequest,
        _ identity: SubjectIdentity,
        _ search: SubjectSearch,
        _ lake: Lake
    ) async throws -> [String] {
        let records = try await lake.ledger.erasures()
        guard !records.isEmpty, let key = try ErasureKey.load(configuration.privacy) else { return [] }
        let known = try search.asked(request.id, kind: request.kind).all + identity.all
        let hashes = Set(known.map { key.hash($0.value, kind: $0.kind) })
        return records.filter { record in record.suppressions.contains { hashes.contains($0.hash) } }
            .map { "run \($0.run) on \(Timestamp.iso($0.committedAt))" }
    }

    /// A search of every file that the catalog knows. Hold a lease meanwhile.
    func subjectSearch(_ engine: any Engine, _ lake: Lake) async throws -> SubjectSearch {
        try await SubjectSearch(
            engine: engine,
            project: project,
            tables: try await lake.everyFile(),
            configuration: configuration
        )
    }

    static func unknown(_ search: SubjectSearch) -> PipelineError {
        let tables = search.places.map(\.table.description)
        let looked =
            tables.isEmpty
            ? "the lake has no tables about people yet"
            : "looked, in all files of now and of history, in \(tables.joined(separator: ", "))"
        return PipelineError(.notFound, "nobody is known by this identifier: \(looked)")
    }

    /// What whoever answers for an erasure must know of what it cannot reach.
    private func remarks(foreign: [String]) -> [String] {
        var remarks = [
            "Sources keep their own data; what they deliver of the person is not landed again.",
            "Backups taken before still hold the person: back up, then run 'lyceum backup apply-erasures PLACE'. While a later "
                + "backup stands beside them, they are not restored.",
            "A server that is running serves the former search index until it takes up the new one, within seconds.",
        ]
        if case .s3 = configuration.lake.place {
            remarks.append(
                "If the bucket keeps versions of its objects, these hold the person until its own rules remove them."
            )
        }
        if !foreign.isEmpty {
            remarks.append("Files in the lake's folders that are not Lyceum's were not looked into: \(foreign.count).")
        }
        return remarks
    }

    /// An error for the ledger: refusals by their code, since their words may quote what was asked for.
    private static func withoutNames(_ error: any Error) -> String {
        switch error {
        case let error as PipelineError: "the erasure was refused or failed: \(error.code.rawValue)"
        case let error as LakeError: "the erasure was refused or failed: \(error.code)"
        default: "the erasure failed"
        }
    }
}
