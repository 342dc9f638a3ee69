// Forgetting one person: files written anew without their rows, committed at once, then all that was made of them.

import Foundation
import LyceumCore
import LyceumLake
import LyceumSearch

/// Erases one person within a run.
struct SubjectErasure {
    let pipeline: Pipeline
    let lake: Lake
    let engine: any Engine
    let run: LakeRun

    /// Files without the person's rows, in the run's staging folder.
    private struct Rewritten {
        var substitutions: [Substitution] = []
        var tables: [ErasureReceipt.Table] = []
    }

    /// Writes the files anew, commits, and completes the erasure outside the lake.
    func erase(
        _ identity: SubjectIdentity,
        _ finds: [SubjectSearch.Find],
        in search: SubjectSearch,
        reason: String,
        remarks: [String],
        key: ErasureKey,
        lease: ReadLease
    ) async throws -> ErasureReceipt {
        let rewritten = try await rewrite(finds, search)
        lease.release()
        let suppressions = identity.all.map { Suppression(kind: $0.kind, hash: key.hash($0.value, kind: $0.kind)) }
        let blot = Self.blot(identity)
        let draft = ErasureReceipt(
            run: run.id,
            subject: suppressions,
            reason: blot(reason),
            erasedAt: Timestamp.iso(pipeline.now()),
            tables: rewritten.tables,
            aggregates: pipeline.project.aggregates.map(\.description),
            remarks: remarks,
            key: ErasureReceipt.Key(fingerprint: key.fingerprint, publicKey: key.publicKey)
        )
        try await lake.ledger.set(property: ErasureKey.property, key.fingerprint)
        _ = try await run.erase(
            Erasure(
                substitutions: rewritten.substitutions,
                suppressions: suppressions,
                blot: blot,
                reason: draft.reason
            ) { snapshots, texts in
                var draft = draft
                draft.snapshots = snapshots
                draft.ledgerTexts = texts
                return try draft.json
            }
        )
        return try await pipeline.complete(erasure: run.id, in: lake, engine, key)
    }

    /// Replaces every mention of the person in a text.
    private static func blot(_ identity: SubjectIdentity) -> @Sendable (String) -> String {
        let values = identity.all.map(\.value).sorted { $0.count > $1.count }
        return { text in
            values.reduce(text) { text, value in
                let pattern =
                    "(?i)"
                    + SubjectSQL.wordPattern(value).replacing("(?:^|", with: "(?<=^|")
                    .replacing("(?:$|", with: "(?=$|")
                return text.replacingOccurrences(of: pattern, with: "[erased]", options: .regularExpression)
            }
        }
    }

    private func rewrite(_ finds: [SubjectSearch.Find], _ search: SubjectSearch) async throws -> Rewritten {
        var result = Rewritten()
        for (number, find) in finds.enumerated() {
            try Task.checkCancellation()
            let key = try await lake.dataKey(forNewFilesOf: find.file.path.table)
            if let key { try await engine.unlock([key]) }
            let place = try run.staging.file(inPlaceOf: find.file.path, number: number, key: key?.name)
            let kept = "FROM \(search.scan([find.file])) t WHERE NOT \(find.condition)"
            let rows = try await engine.writeParquet("SELECT t.* \(kept)", to: place.data)
            try await verify(find, kept: kept, against: engine.parquetScan([place.data]))
            let staged = try await place.staged(rows: rows)
            result.substitutions.append(Substitution(find.file.path, by: staged))
            let rewrite = ErasureReceipt.Rewrite(
                before: ErasureReceipt.File(
                    path: find.file.path.description,
                    sha256: try await lake.sha256(of: find.file),
                    rows: find.file.rows,
                    bytes: find.file.bytes
                ),
                after: ErasureReceipt.File(
                    path: staged.path.description,
                    sha256: try await lake.sha256(of: place),
                    rows: rows,
                    bytes: staged.bytes
                ),
                removed: find.rows
            )
            let table = find.place.table
            if result.tables.last.map({ $0.zone != table.zone || $0.table != table.name }) ?? true {
                result.tables.append(
                    ErasureReceipt.Table(table: table.name, zone: table.zone, current: 0, history: 0, files: [])
                )
            }
            let last = result.tables.count - 1
            result.tables[last].files.append(rewrite)
            if find.file.isSuperseded {
                result.tables[last].history += find.rows
            } else {
                result.tables[last].current += find.rows
            }
        }
        return result
    }

    /// Refuses a file that has not exactly the rows of other people that the one before it had.
    private func verify(_ find: SubjectSearch.Find, kept: String, against new: String) async throws {
        func checksum(_ rows: String) async throws -> [String] {
            try await engine.texts("SELECT concat_ws(' ', count(*), sum(CAST(hash(t) AS HUGEINT))) \(rows)")
        }
        let (before, after) = (try await checksum(kept), try await checksum("FROM \(new) t"))
        guard before == after else {
            throw PipelineError(
                .unbalanced,
                "the file written anew has not the rows of the others as they were; nothing was changed",
                location: find.file.path.description
            )
        }
    }
}

extension Pipeline {
    /// Does what an erasure does outside the lake, signs its receipt and notes that it is complete.
    ///
    /// May be done again after a crash at any point of itself: it needs nothing but what the ledger holds.
    func complete(erasure run: RunID, in lake: Lake, _ engine: any Engine, _ key: ErasureKey) async throws
        -> ErasureReceipt
    {
        guard let record = try await lake.ledger.erasures().first(where: { $0.run == run }) else {
            throw PipelineError(.notFound, "the ledger has no erasure of run \(run)")
        }
        var receipt = try ErasureReceipt.read(record.document)
        if record.completedAt != nil { return receipt }
        receipt.index = try await rebuildIndex(without: receipt.subject, in: lake, engine, key)
        receipt.completedAt = Timestamp.iso(now())
        try receipt.sign(with: key)
        let json = try receipt.json
        try PrivateFile.write(Data(json.utf8), to: receiptFile(of: run))
        try await lake.ledger.complete(erasure: run, receipt: json)
        return receipt
    }

    /// Where the receipt of an erasure is kept.
    func receiptFile(of run: RunID) -> URL {
        configuration.privacy.receipts.appending(path: "erasure-\(run).json")
    }

    /// Completes erasures whose process died between the commit and the end.
    func completeErasures(in lake: Lake) async throws {
        let unfinished = try await lake.ledger.erasures().filter { $0.completedAt == nil }
        guard !unfinished.isEmpty else { return }
        // Whoever holds the lock is at it, or runs; the next opening looks again.
        _ = try await lake.withRunLock {
            let key = try await ErasureKey.required(configuration.privacy, by: lake)
            let engine = try await startEngine(for: lake)
            for record in unfinished { _ = try await complete(erasure: record.run, in: lake, engine, key) }
        }
    }

    /// Builds a search snapshot of the curated tables as they are now, and removes every other version and what the log of
    /// live changes says of a person.
    private func rebuildIndex(
        without subject: [Suppression],
        in lake: Lake,
        _ engine: any Engine,
        _ key: ErasureKey
    ) async throws -> ErasureReceipt.Index? {
        let directory = configuration.index
        guard FileManager.default.fileExists(atPath: directory.path) else { return nil }
        let before = try SnapshotWriter.versions(in: directory)
        let hashes = Set(subject.map(\.hash))
        let liveChanges = try LiveIndex.erase(in: directory) { change in
            Self.identifiers(of: change).contains { hashes.contains(key.hash($0.value, kind: $0.kind)) }
        }
        var version: String?
        if !before.isEmpty {
            let build = IndexBuild(pipeline: self, lake: lake, engine: engine, events: { _ in })
            do {
                version = try await build.update(force: .collection(.students))?.version
            } catch let error as SearchError where error.code == .versionExists {
                // Versions are named by the second.
                try await Task.sleep(for: .seconds(1))
                version = try await build.update(force: .collection(.students))?.version
            }
        }
        _ = try SnapshotWriter.removeOld(directory: directory, keep: 1)
        let left = Set(try SnapshotWriter.versions(in: directory))
        return ErasureReceipt.Index(
            removed: before.filter { !left.contains($0) },
            version: version,
            liveChanges: liveChanges
        )
    }

    /// Whom a live change is about.
    private static func identifiers(of change: LiveChange) -> [(kind: String, value: String)] {
        guard change.collection == CollectionSchema.students.name else { return [] }
        switch change {
        case .delete(_, let id): return [("student_id", SubjectIdentity.normalised(id))]
        case .upsert(_, let json):
            let document = (try? JSONSerialization.jsonObject(with: Data(json.utf8))) as? [String: Any] ?? [:]
            let person = document["personal_info"] as? [String: Any]
            return [("student_id", document["student_id"]), ("email", person?["email"])].compactMap { kind, value in
                value.map { (kind, SubjectIdentity.normalised("\($0)")) }
            }
        }
    }
}
