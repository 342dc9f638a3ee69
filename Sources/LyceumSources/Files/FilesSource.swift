// Files: a folder of exports, by file name or by a mapping.

import ADBC
import Arrow
import Foundation
import Logging
import LyceumCore

/// Reads CSV, TSV, JSON, NDJSON, Parquet and Excel files of one folder.
///
/// Text columns stay text: what they mean is for the models to say. A row that cannot be read is set aside with its file
/// and line. Files are hashed, and a dataset whose files are the same as last time is not read.
public final class FilesSource: Source {
    /// The configured name.
    public let name: String
    /// `files`.
    public let kind = "files"

    private let configuration: FilesConfiguration
    private let logger: Logger
    private let mapping: FileMapping?
    private let stagedFolder = StagedFolder()

    /// Prepares a source; no file is read yet but those of the mapping.
    ///
    /// - Throws: ``SourceError`` with code `configuration`.
    public init(_ configuration: FilesConfiguration, logger: Logger = Logger(label: "lyceum.sources.files")) throws {
        self.configuration = configuration
        self.logger = logger
        name = configuration.name
        mapping = try configuration.mapping.map(FileMapping.init)
    }

    /// The raw tables that the folder's files make.
    public func datasets() async throws -> [Dataset] {
        if let mapping { return mapping.queries.keys.sorted().map(dataset) }
        return try FileFolder(configuration).tables.keys.sorted().map(dataset)
    }

    private func dataset(_ table: String) -> Dataset {
        let contract = Contract.of(table)
        return Dataset(
            table: table,
            key: configuration.tables[table]?.key ?? contract?.key ?? [],
            columns: contract?.columns ?? [],
            mode: .snapshot
        )
    }

    /// Reads one raw table's files.
    public func extract(_ request: ExtractRequest, into sink: any ExtractSink) async throws -> Extraction {
        let folder = try FileFolder(configuration)
        let table = request.dataset.table
        if let mapping {
            guard let query = mapping.queries[table] else { throw missing(table) }
            return try await extract(table, by: query, of: mapping, folder, request, into: sink)
        }
        guard let files = folder.tables[table] else { throw missing(table) }
        var fingerprint = try FileFingerprint(files, reading: "")
        let previous = request.fullRefresh ? nil : FileFingerprint(text: request.fingerprint)
        if let previous, previous.isSame(as: fingerprint) { return Self.unchanged(files, request) }
        let reader = FileReader(workspace: try await Workspace.open())
        var result = Extraction()
        var prepared: [FileReader.Prepared] = []
        for file in files { prepared.append(try await reader.prepare(file)) }
        let tree = Contract.of(table).map { WorkdayFields.tree($0) }
        let columns = Self.columns(of: prepared, tree: tree)
        for file in prepared {
            let (rows, rejected) = try await reader.deliver(file, columns: columns, tree: tree, into: sink)
            result.rows += rows
            result.rejected += rejected
            request.onProgress(rows)
            if !file.note.isEmpty { result.notes.append(file.note) }
        }
        try fingerprint.requireUnchanged(files)
        result.drift = Self.drift(table, columns, expected: request.dataset.columns, previous: previous?.columns)
        fingerprint.columns = columns
        return finished(result, fingerprint, files)
    }

    /// The columns that the headings of a table's files name. A mapping's are known only when its files are loaded, and
    /// those of JSON files when all of them is read.
    public func columns(of dataset: Dataset) async throws -> [SourceColumn]? {
        guard mapping == nil, let files = try FileFolder(configuration).tables[dataset.table] else { return nil }
        guard !files.contains(where: { $0.format == .json || $0.format == .ndjson }) else { return nil }
        let reader = FileReader(workspace: try await Workspace.open())
        var prepared: [FileReader.Prepared] = []
        for file in files { prepared.append(try await reader.prepare(file)) }
        return Self.columns(of: prepared, tree: nil).map { SourceColumn(name: $0) }
    }

    // MARK: By mapping

    private func extract(
        _ table: String,
        by query: String,
        of mapping: FileMapping,
        _ folder: FileFolder,
        _ request: ExtractRequest,
        into sink: any ExtractSink
    ) async throws -> Extraction {
        let files = mapping.inputs(of: query, among: folder.files)
        let fingerprint = try FileFingerprint(files, reading: query)
        let previous = request.fullRefresh ? nil : FileFingerprint(text: request.fingerprint)
        if let previous, previous.isSame(as: fingerprint) { return Self.unchanged(files, request) }
        var result = Extraction()
        var hasRejects = false
        for file in files {
            let staged = try await stagedFolder.stage(file)
            if !staged.note.isEmpty { result.notes.append(staged.note) }
            hasRejects = hasRejects || !staged.rejects.isEmpty
            // A row that cannot be read is one row, however many tables are made of its file.
            let owner = mapping.queries.filter { FileMapping.names(file.stem, in: $0.value) }.keys.min()
            guard owner == table else { continue }
            for row in staged.rejects { try await sink.reject(row) }
            result.rejected += Int64(staged.rejects.count)
        }
        try fingerprint.requireUnchanged(files)
        let connection = try await stagedFolder.open().database.connect()
        let stream: RecordBatchStream
        do {
            stream = try await connection.query(query)
        } catch let error as ADBCError {
            if let match = error.message.firstMatch(of: /Table with name "?([^" ]+)"? does not exist/) {
                throw SourceError(
                    .notFound,
                    "The mapping '\(mapping.name)' makes \(table) of a file named '\(match.1)', which is not in the folder.",
                    location: configuration.path,
                    cause: error
                )
            }
            throw SourceError(
                .schema,
                "The mapping '\(mapping.name)' cannot make \(table): \(error.message)",
                location: "\(table).sql",
                cause: error
            )
        }
        let names = stream.schema.fields.map(\.name)
        result.rows = try await sink.write(stream)
        request.onProgress(result.rows)
        result.drift = Self.drift(table, names, expected: request.dataset.columns, previous: nil)
        result.notes.append("made of \(files.map(\.name).joined(separator: ", ")) by the mapping '\(mapping.name)'")
        result = finished(result, fingerprint, files)
        if hasRejects { result.isComplete = false }
        return result
    }

    // MARK: Outcomes

    private func finished(_ result: Extraction, _ fingerprint: FileFingerprint, _ files: [DataFile]) -> Extraction {
        var result = result
        result.fingerprint = fingerprint.text
        // The keys of rows that could not be read are not known, so their absence is no deletion.
        result.isComplete = result.rejected == 0
        if result.rejected > 0 {
            result.notes.append("\(result.rejected) rows could not be read; absences are not taken for deletions")
            logger.notice("rows set aside", metadata: ["source": "\(name)", "rows": "\(result.rejected)"])
        }
        return result
    }

    private static func unchanged(_ files: [DataFile], _ request: ExtractRequest) -> Extraction {
        Extraction(
            isComplete: false,
            notes: ["\(files.count) file(s) unchanged"],
            fingerprint: request.fingerprint,
            unchanged: true
        )
    }

    private func missing(_ table: String) -> SourceError {
        SourceError(.notFound, "No file of the folder makes the table '\(table)'.", location: configuration.path)
    }

    /// The columns of all files of a table, in the order in which they come; files may lack some of them.
    private static func columns(of files: [FileReader.Prepared], tree: FieldTree?) -> [String] {
        var columns: [String] = []
        var seen: Set<String> = []
        for file in files {
            var names = ColumnNaming.distinct(file.columns.map(ColumnNaming.snakeCase))
            if let tree, file.file.format == .json || file.file.format == .ndjson { names = tree.columns + ["_extra"] }
            columns += names.filter { seen.insert($0).inserted }
        }
        return columns
    }

    private static func drift(_ table: String, _ columns: [String], expected: [String], previous: [String]?)
        -> [SchemaDrift]
    {
        let present = Set(columns)
        var drift = expected.filter { !present.contains($0) }.map {
            SchemaDrift(table: table, column: $0, kind: .missing, detail: "read as NULL")
        }
        if let previous {
            drift += previous.filter { !present.contains($0) && !expected.contains($0) }.map {
                SchemaDrift(table: table, column: $0, kind: .missing, detail: "was there at the last run")
            }
        }
        let known = Set(expected + (previous ?? []) + ["_extra"])
        if !expected.isEmpty || previous != nil {
            drift += columns.filter { !known.contains($0) }.map { SchemaDrift(table: table, column: $0, kind: .added) }
        }
        return drift
    }

    // MARK: Checking

    /// Tries the folder, each file's heading, and the mapping's inputs.
    public func check() async -> [SourceFinding] {
        do {
            let folder = try FileFolder(configuration)
            var findings = [
                SourceFinding(ok: true, what: "\(configuration.path) has \(folder.files.count) files to read")
            ]
            if !folder.ignored.isEmpty {
                findings.append(
                    SourceFinding(
                        ok: true,
                        what: "ignored, for their ending is unknown: \(folder.ignored.joined(separator: ", "))"
                    )
                )
            }
            if folder.files.isEmpty {
                findings.append(
                    SourceFinding(
                        ok: false,
                        what: "there is no file to read",
                        howToMend: "put .csv, .tsv, .json, .ndjson, .parquet or .xlsx files there"
                    )
                )
            }
            let reader = FileReader(workspace: try await Workspace.open())
            for file in folder.files {
                do {
                    let prepared = try await reader.prepare(file)
                    let reading = prepared.heading.map { $0.dialect.description } ?? file.format.rawValue
                    let encoding = file.format.isText ? ", \(prepared.encoding ?? "UTF-8")" : ""
                    findings.append(
                        SourceFinding(
                            ok: true,
                            what: "\(file.name): \(prepared.columns.count) columns, \(reading)\(encoding)"
                        )
                    )
                } catch {
                    findings.append(
                        SourceFinding(
                            ok: false,
                            what: "\(file.name): \(error)",
                            howToMend: "mend the file, or state its encoding and format"
                        )
                    )
                }
            }
            return findings
        } catch {
            return [SourceFinding(ok: false, what: "\(error)", howToMend: "check 'path'")]
        }
    }

    /// Removes temporary files.
    public func close() async {
        await stagedFolder.close()
    }
}
