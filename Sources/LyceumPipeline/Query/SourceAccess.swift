// Looking into one source, and copying one of its tables, without a run.

import ADBC
import Arrow
import Foundation
import LyceumCore
import LyceumLake
import LyceumSources
import Synchronization

extension Pipeline {
    /// What came of copying a table.
    public struct Export: Sendable, Codable {
        /// Rows written.
        public var rows: Int64
        /// How long it took, connecting included.
        public var seconds: Double
        /// The files' paths.
        public var files: [String]
        /// What the source's owner should know, such as how the read was consistent.
        public var notes: [String]
    }

    /// The first rows of a source's table, as they would be delivered.
    ///
    /// - Parameter table: a raw table, that name without its role, or, in a database, any table by its own name.
    /// - Throws: ``PipelineError`` for an unknown source, `SourceError` for what the source did.
    public func preview(source: String, table: String, rows: Int) async throws -> [RecordBatch] {
        try await withSource(source) { try await $0.preview(table, rows: rows) }
    }

    /// The tables that a source has, configured or not, as far as it can tell.
    ///
    /// - Throws: ``PipelineError`` for an unknown source, `SourceError` for what the source did.
    public func discover(source: String, schema: String? = nil) async throws -> [DiscoveredTable] {
        try await withSource(source) { try await $0.discover(schema: schema) }
    }

    /// Copies a configured table as it is into Parquet files of a folder: no lake, no ledger, no comparison.
    ///
    /// - Parameter folder: made if it is not there; must hold no Parquet files yet.
    /// - Throws: ``PipelineError`` for an unknown source or table or a folder in use, `SourceError` for what the source
    ///   did; the files written so far are then removed.
    public func export(
        source: String,
        table: String,
        to folder: URL,
        progress: @escaping @Sendable (_ rows: Int64) -> Void = { _ in }
    ) async throws -> Export {
        let present = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
        guard !present.contains(where: { $0.hasSuffix(".parquet") }) else {
            throw PipelineError(
                .badConfiguration,
                "the folder already holds Parquet files; name an empty one",
                location: folder.path
            )
        }
        let engine = try await startEngine(for: nil)
        let clock = ContinuousClock()
        let begin = clock.now
        return try await withSource(source) { connector in
            let datasets = try await connector.datasets()
            guard let dataset = datasets.first(where: { $0.table == table || $0.table == "\(connector.kind)_\(table)" })
            else {
                throw PipelineError(
                    .notFound,
                    "the source '\(source)' has no table '\(table)'; configured: "
                        + datasets.map(\.table).joined(separator: ", "),
                    location: source
                )
            }
            let sink = ParquetFolderSink(engine: engine, folder: folder)
            let total = Atomic<Int64>(0)
            do {
                let request = ExtractRequest(
                    dataset: dataset,
                    fullRefresh: true,
                    onProgress: { progress(total.add($0, ordering: .relaxed).newValue) }
                )
                let extraction = try await connector.extract(request, into: sink)
                let files = try await sink.finish()
                return Export(
                    rows: await sink.rows,
                    seconds: (clock.now - begin).seconds,
                    files: files,
                    notes: extraction.notes
                )
            } catch {
                try? await sink.restart()
                throw error
            }
        }
    }

    private func withSource<Result: Sendable>(
        _ name: String,
        _ body: (any Source) async throws -> Result
    ) async throws -> Result {
        guard let source = try sources([name]).first else {
            throw PipelineError(.notFound, "no source is named '\(name)'", location: configuration.file.path)
        }
        do {
            let result = try await body(source)
            await source.close()
            return result
        } catch {
            await source.close()
            throw error
        }
    }
}

/// Writes each stream to a Parquet file of its own.
private actor ParquetFolderSink: ExtractSink {
    private let engine: any Engine
    private let folder: URL
    private var next = 0
    private var batches: EngineTable?
    private var files: [String: Int64] = [:]

    init(engine: any Engine, folder: URL) {
        self.engine = engine
        self.folder = folder
    }

    var rows: Int64 { files.values.reduce(0, +) }

    func write(_ stream: RecordBatchStream) async throws -> Int64 {
        let file = nextFile()
        do {
            files[file] = try await engine.writeParquet(stream, to: DataFile(file)) { "SELECT * FROM \($0)" }
        } catch {
            try? FileManager.default.removeItem(atPath: file)
            throw error
        }
        return files[file] ?? 0
    }

    func write(_ batch: RecordBatch) async throws {
        let table = batches ?? EngineSchema.landing.table("export")
        batches = table
        try await engine.append(batch, to: table)
    }

    func reject(_ row: RejectedRow) async throws {
        throw PipelineError(.sourceFailed, "a row cannot be read: \(row.reason)", location: row.location)
    }

    func restart() async throws {
        for file in files.keys { try FileManager.default.removeItem(atPath: file) }
        files = [:]
        if let batches { try await engine.execute("DROP TABLE IF EXISTS \(batches.sql)") }
        batches = nil
    }

    /// The files with rows; an export without any keeps one, for its columns.
    func finish() async throws -> [String] {
        if let batches {
            let file = nextFile()
            files[file] = try await engine.writeParquet("SELECT * FROM \(batches.sql)", to: DataFile(file))
        }
        for (file, rows) in files.sorted(by: { $0.key < $1.key }) where rows == 0 && files.count > 1 {
            try FileManager.default.removeItem(atPath: file)
            files[file] = nil
        }
        return files.keys.sorted()
    }

    private func nextFile() -> String {
        defer { next += 1 }
        let number = String(next)
        let name = "part-\(String(repeating: "0", count: max(0, 5 - number.count)))\(number).parquet"
        return folder.appending(path: name).path
    }
}
