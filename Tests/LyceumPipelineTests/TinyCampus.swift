// A project of two models over one source table, and a source whose rows a test sets.

import ADBC
import Arrow
import Foundation
import LyceumCore
import LyceumLake
import LyceumSources
import Synchronization
import Testing

@testable import LyceumPipeline

/// A source that delivers what it was last told to.
final class ScriptedSource: Source {
    struct Script: Sendable {
        /// `(id, name, score)`; the whole table unless `isComplete` is false.
        var rows: [(id: Int?, name: String, score: Double)] = []
        var isComplete = true
        var rejected: [RejectedRow] = []
        /// Fails after the rows have been delivered.
        var failure: SourceError?
        /// How the source's columns differ from the contract.
        var shape = Shape.usual
        /// Which ids have a value in a new column; all of them where nil.
        var newFor: Set<Int>?
        /// What stands for a score in a source that has text there, by id.
        var texts: [Int: String] = [:]
        /// Called after the rows have been delivered.
        var hook: (@Sendable () async throws -> Void)?
    }

    enum Shape {
        case usual, columnAdded, scoreAsText, nameGone, keyGone, extraMembers
    }

    let name: String
    let kind = "files"
    let script = Mutex(Script())

    init(name: String = "campus") { self.name = name }

    func set(_ change: (inout Script) -> Void) { script.withLock { change(&$0) } }

    func datasets() async throws -> [Dataset] {
        [Dataset(table: "people", key: ["id"], columns: ["id", "name", "score"], mode: .snapshot)]
    }

    func columns(of dataset: Dataset) async throws -> [SourceColumn]? {
        let script = script.withLock { $0 }
        if let failure = script.failure { throw failure }
        return fields(script.shape).map { SourceColumn(name: $0.name, type: $0.type) }
    }

    private func fields(_ shape: Shape) -> [Field] {
        var fields = [Field("id", .int64), Field("name", .utf8), Field("score", .float64)]
        switch shape {
        case .usual: break
        case .columnAdded: fields.append(Field("nickname", .utf8))
        case .scoreAsText: fields[2] = Field("score", .utf8)
        case .extraMembers: fields.append(Field("_extra", .utf8))
        case .nameGone: fields.remove(at: 1)
        case .keyGone: fields.remove(at: 0)
        }
        return fields
    }

    func extract(_ request: ExtractRequest, into sink: any ExtractSink) async throws -> Extraction {
        let script = script.withLock { $0 }
        let fields = fields(script.shape)
        var builder = try RecordBatchBuilder(schema: Schema(fields))
        func isNew(_ id: Int?) -> Bool { script.newFor.map { $0.contains(id ?? 0) } ?? true }
        for row in script.rows {
            for (column, field) in fields.enumerated() {
                switch field.name {
                case "id": builder.append(row.id, to: column)
                case "name": builder.append(row.name, to: column)
                case "score" where field.type == .utf8:
                    builder.append(script.texts[row.id ?? 0] ?? "\(row.score)", to: column)
                case "score": builder.append(row.score, to: column)
                // The new column has a value in the rows of the script's choice.
                case "_extra": builder.append(isNew(row.id) ? #"{"nickname":"new"}"# : nil, to: column)
                default: builder.append(isNew(row.id) ? "new" : nil, to: column)
                }
            }
        }
        if !script.rows.isEmpty { try await sink.write(try builder.finish()) }
        for row in script.rejected { try await sink.reject(row) }
        try await script.hook?()
        if let failure = script.failure { throw failure }
        return Extraction(rows: Int64(script.rows.count), isComplete: script.isComplete)
    }

    func check() async -> [SourceFinding] { [] }
    func close() async {}
}

/// A lake in a folder, with the tiny project and scripted sources.
struct TinyCampus {
    let folder: URL
    let source = ScriptedSource()
    var others: [ScriptedSource] = []
    var personsYAML = """
        table: persons
        grain: people
        unique_key: [id]
        latest_by: [_extracted_at]
        columns:
        - name: id
          tests: [not_null, unique]
        - name: name
        - name: score
          tests:
          - range: {min: 0, max: 100}
        """
    /// The contract of the raw table.
    var modes = ContractModes()
    var peopleFields = [
        Contract.Column(ColumnDescription(name: "id", type: "BIGINT")),
        Contract.Column(ColumnDescription(name: "name", type: "VARCHAR")),
        Contract.Column(ColumnDescription(name: "score", type: "DOUBLE")),
    ]
    /// Another source under the campus' name, such as a folder of real files.
    var otherSource: (@Sendable () throws -> any Source)?
    /// Sections of lyceum.yaml beside the sources.
    var extraConfiguration = ""
    /// Whom the rows are about, in the contract and in the curated table.
    var subject: SubjectDeclaration?
    var cardsSubject: String?
    /// Whether the lake has a master key, and the columns of names are personal.
    var isEncrypted = false
    /// The clock of runs.
    var now: @Sendable () -> Date = { Date() }
    /// The cluster that builds the models; the embedded engine where nil.
    var spark: SparkSettings?
    /// Spark's macros; part of what tells whether a model changed.
    var sparkPrelude = ""
    var cardsSQL = "select id, upper(name) as name, score >= 50 as passed from ref('persons')"

    init(_ folder: URL) { self.folder = folder }

    func pipeline() throws -> Pipeline {
        let persons = try ModelDefinition(
            name: "persons",
            zone: .clean,
            sql:
                "select id, trim(name) as name, try_cast(score as double) as score, _source, _extracted_at, _op from source('people')",
            yaml: personal(personsYAML),
            file: "clean/persons.yml"
        )
        let cards = try ModelDefinition(
            name: "cards",
            zone: .curated,
            sql: cardsSQL,
            yaml: personal(
                "table: cards\ngrain: persons\ncolumns:\n- name: id\n- name: name\n- name: passed\n"
                    + (cardsSubject.map { "subject: \($0)\n" } ?? "")
            ),
            file: "curated/cards.yml"
        )
        let people = Contract(
            table: "people",
            key: ["id"],
            fields: isEncrypted ? personalFields : peopleFields,
            modes: modes,
            subject: subject ?? (isEncrypted ? SubjectDeclaration.none(reason: "a test") : nil)
        )
        let project = try Project(
            definitions: [persons, cards],
            sourceTables: [people],
            prelude: "",
            sparkPrelude: sparkPrelude,
            seeds: [:],
            seedVersions: [:]
        )
        let names = [source.name] + others.map(\.name)
        let sections = names.map { "  \($0): {type: files, path: .}\n" }.joined()
        var configuration = try Configuration.parse(
            "engine: {memory_limit: 512MB, threads: 2}\n\(extraConfiguration)\n\(try encryption())sources:\n"
                + sections,
            file: folder.appending(path: "lyceum.yaml"),
            environment: [:]
        )
        configuration.spark = spark
        let sources = Dictionary(uniqueKeysWithValues: ([source] + others).map { ($0.name, $0) })
        return Pipeline(
            configuration: configuration,
            project: project,
            connect: { [otherSource, own = source.name] settings in
                if let otherSource, settings.name == own { return try otherSource() }
                guard let source = sources[settings.name] else { throw PipelineError(.notFound, settings.name) }
                return source
            },
            now: now
        )
    }

    /// The section of an encrypted lake; the first time makes its master key.
    private func encryption() throws -> String {
        guard isEncrypted else { return "" }
        let file = folder.appending(path: "master_key")
        if !FileManager.default.fileExists(atPath: file.path) {
            let bytes = (0..<32).map { _ in UInt8.random(in: 0...255) }
            try Data((Data(bytes).base64EncodedString() + "\n").utf8).write(to: file)
            try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: file.path)
        }
        return "encryption: {master_key: {file: master_key}}\n"
    }

    private func personal(_ yaml: String) -> String {
        guard isEncrypted else { return yaml }
        let tagged = yaml.replacing("- name: name\n", with: "- name: name\n  pii: direct\n")
        return tagged.contains("subject:") ? tagged : tagged + "\nsubject: {none: a test}\n"
    }

    private var personalFields: [Contract.Column] {
        peopleFields.map { field in
            var field = field
            if field.description.name == "name" { field.description.pii = .direct }
            return field
        }
    }

    /// The lake's folder, or of an encrypted lake a copy in plain Parquet: the same paths, the same rows in the same order.
    func plainLake() async throws -> URL {
        let root = folder.appending(path: "lake", directoryHint: .isDirectory)
        guard isEncrypted else { return root }
        let copy = folder.deletingLastPathComponent()
            .appending(path: folder.lastPathComponent + "-plain-\(UUID().uuidString)", directoryHint: .isDirectory)
        let lake = try await pipeline().openLake()
        let engine = try await DuckDBEngine.forTest(keys: try #require(await lake.keys?.keys))
        try await engine.execute("SET preserve_insertion_order = true")
        for (_, files) in try await lake.everyFile() {
            for file in files {
                let path = String(file.data.location.dropFirst(root.path.count))
                _ = try await engine.writeParquet(
                    "SELECT * FROM \(engine.parquetScan([file.data]))",
                    to: DataFile(copy.path + "/" + path)
                )
            }
        }
        return copy
    }

    @discardableResult
    func run(_ change: (inout RunOptions) -> Void = { _ in }) async throws -> RunReport {
        var options = RunOptions()
        change(&options)
        return try await pipeline().run(options)
    }

    /// The published rows of a table, as any other tool would read them: a glob over the zone's folder.
    func glob(_ table: String, _ columns: String) async throws -> [String] {
        let engine = try await DuckDBEngine.forTest()
        let lake = try await plainLake()
        defer { if isEncrypted { try? FileManager.default.removeItem(at: lake) } }
        let pattern = lake.appending(path: "\(table)/**/*.parquet").path
        return try await engine.rows(
            "SELECT \(columns) FROM read_parquet('\(pattern)', hive_partitioning = true, union_by_name = true) ORDER BY ALL"
        )
    }

    /// Every Parquet file below the lake's visible zones, relative to the lake.
    func visibleFiles() throws -> [String] {
        let lake = folder.appending(path: "lake")
        return Zone.allCases.flatMap { zone in
            (FileManager.default.enumerator(atPath: lake.appending(path: zone.rawValue).path)?.allObjects ?? [])
                .compactMap { $0 as? String }.filter { $0.hasSuffix(".parquet") }.map { "\(zone.rawValue)/\($0)" }
        }
    }
}
