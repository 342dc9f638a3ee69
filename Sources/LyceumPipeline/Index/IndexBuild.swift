// The last stage: curated tables become a search snapshot.

import ADBC
import Foundation
import LyceumCore
import LyceumLake
import LyceumSearch

/// Keeps the search snapshot in step with the curated tables.
///
/// The snapshot's version names the curated snapshots it was made from, so that a crash between publication and
/// indexing is seen, and mended, by the next run.
struct IndexBuild {
    let pipeline: Pipeline
    let lake: Lake
    let engine: any Engine
    let events: @Sendable (RunEvent) -> Void

    /// A collection of the snapshot, the curated table it is made from and that table's key.
    private static let collections: [(schema: CollectionSchema, table: String, key: String)] = [
        (.students, "student_profile", "student_id"),
        (.jobs, "job_posting", "job_posting_id"),
        (.courses, "course", "course_id"),
    ]

    /// What is built even if the tables are the same.
    enum Force {
        case nothing, everything
        /// One collection, whose table was changed under its snapshot; and a new version in any case.
        case collection(CollectionSchema)
    }

    /// Builds a snapshot if the current one was made from other tables; nil when nothing curated exists yet.
    ///
    /// Collections whose table did not change are taken over from the current snapshot.
    func update(force: Force = .nothing) async throws -> IndexSummary? {
        let clock = ContinuousClock()
        let begin = clock.now
        let tables = Dictionary(
            uniqueKeysWithValues: try await lake.ledger.tables().map { ($0.id, $0) }
        )
        let inputs = Self.collections.map { TableID(.curated, $0.table) }
        guard inputs.contains(where: { tables[$0]?.snapshot != nil }) else { return nil }
        let contents = inputs.map { "\($0)=\(tables[$0]?.content ?? 0)" }
        let embedders = try pipeline.configuration.embedders()
        let made = ContentHash.of(
            parts: contents
                + (try Self.collections.map { String(decoding: try Self.encoder.encode($0.schema), as: UTF8.self) })
                + TaxonomyLanguage.tables.map { "\($0)=\(pipeline.project.seedVersions[$0] ?? "")" }
                + [LyceumSearch.Snapshot.analyzer] + embedders.map(\.version)
        )
        let suffix = String(made.prefix(12))
        let current = try current(embedders)
        if case .nothing = force, let current, current.version.hasSuffix(suffix) {
            return summary(current.version, rebuilt: false, seconds: 0) { current.collection($0)?.count ?? 0 }
        }
        let version = Timestamp.compact(pipeline.now()) + "-" + suffix
        let language = TaxonomyLanguage(engine: engine, seeds: pipeline.project.seeds)
        let writer = try SnapshotWriter(
            directory: pipeline.configuration.index,
            version: version,
            model: embedders.first.map { .custom($0) } ?? .bundled,
            language: try await language.resources()
        )
        do {
            var counts: [String: Int] = [:]
            for ((schema, name, key), origin) in zip(Self.collections, contents) {
                if let current, !force.includes(schema),
                    let documents = try writer.keep(schema, origin: origin, of: current)
                {
                    counts[schema.name] = documents
                    continue
                }
                let collection = try writer.collection(schema, origin: origin)
                counts[schema.name] = try await fill(collection, schema, from: TableID(.curated, name), key: key)
            }
            _ = try writer.finish()
            _ = try SnapshotWriter.removeOld(
                directory: pipeline.configuration.index,
                keep: pipeline.configuration.indexVersionsKept
            )
            let summary = summary(version, rebuilt: true, seconds: (clock.now - begin).seconds) { counts[$0] ?? 0 }
            events(.indexed(summary))
            return summary
        } catch {
            writer.discard()
            throw error
        }
    }

    /// The snapshot being served; nil when there is none, or one that this program cannot read and has to build anew.
    private func current(_ embedders: [any Embedder]) throws -> LyceumSearch.Snapshot? {
        do {
            return try SnapshotStore(directory: pipeline.configuration.index, embedders: embedders).current
        } catch let error as SearchError
            where [.unsupportedFormat, .damagedSnapshot, .modelMismatch].contains(error.code)
        {
            return nil
        }
    }

    private static var encoder: JSONEncoder {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        return encoder
    }

    private func summary(
        _ version: String,
        rebuilt: Bool,
        seconds: Double,
        count: (String) -> Int
    ) -> IndexSummary {
        IndexSummary(
            version: version,
            students: count(CollectionSchema.students.name),
            jobs: count(CollectionSchema.jobs.name),
            courses: count(CollectionSchema.courses.name),
            rebuilt: rebuilt,
            seconds: seconds
        )
    }

    /// Adds a curated table's rows, served as the JSON of the row, in the order of their key (equal tables, equal files).
    private func fill(
        _ collection: CollectionWriter,
        _ schema: CollectionSchema,
        from table: TableID,
        key: String
    ) async throws -> Int {
        let files = try await lake.read { try $0.tables[table] == nil ? [] : $0.dataFiles(of: table) }
        guard !files.isEmpty else { return 0 }
        var documents = 0
        let scan = engine.parquetScan(files)
        // Points in time are served as ISO 8601 in UTC, which is not how the engine writes them.
        let times = try await engine.columns(of: "SELECT * FROM \(scan)").filter { $0.type.hasPrefix("TIMESTAMP") }
            .map(\.name).map(SQLText.identifier)
            .map { "strftime(\($0), '%Y-%m-%dT%H:%M:%SZ') AS \($0)" }
        let replaced = times.isEmpty ? "" : " REPLACE (\(times.joined(separator: ", ")))"
        let rows = try await engine.query(
            """
            SELECT CAST(to_json(t) AS VARCHAR) FROM (SELECT *\(replaced) FROM \(scan)) t
            ORDER BY \(SQLText.identifier(key))
            """,
            []
        )
        for try await batch in rows {
            let json = try batch.column(0).utf8()
            for row in 0..<batch.count {
                guard let text = json[row] else { continue }
                try collection.add(try schema.document(fromJSON: text))
            }
            documents += batch.count
            events(.indexing(collection: schema.name, documents: documents))
        }
        return documents
    }
}

extension IndexBuild.Force {
    fileprivate func includes(_ schema: CollectionSchema) -> Bool {
        switch self {
        case .nothing: false
        case .everything: true
        case .collection(let one): one.name == schema.name
        }
    }
}

extension Pipeline {
    /// Rebuilds the search snapshot from the curated tables, even if it is up to date.
    ///
    /// - Throws: ``PipelineError`` with code `notFound` when no run has published curated tables yet.
    public func rebuildIndex(events: @escaping @Sendable (RunEvent) -> Void = { _ in }) async throws -> IndexSummary {
        let lake = try await openLake()
        let engine = try await startEngine(for: lake)
        let build = IndexBuild(pipeline: self, lake: lake, engine: engine, events: events)
        guard let summary = try await build.update(force: .everything) else {
            throw PipelineError(.notFound, "there are no curated tables yet; run `lyceum run` first")
        }
        return summary
    }
}
