// Reads the extract of a published data source: a `.tdsx` archive with a `.hyper` file in it.

import ADBC
import Foundation
import LyceumCore

/// Downloads a data source and reads its extract with Hyper.
///
/// Hyper writes the table as Parquet, which is read like any other file: its types stay as they are.
struct ExtractReader: Sendable {
    let datasource: TableauItem
    let table: TableauConfiguration.Table
    /// `schema.table`; nil takes the only one.
    let hyperTable: String?
    let site: TableauSite
    /// `hyperd`, as configured.
    let program: String?

    /// The largest extract that is unpacked, in bytes.
    private static let limit: UInt64 = 256 << 30

    /// Reads the extract's rows.
    func read(_ request: ExtractRequest, into sink: any ExtractSink) async throws -> Extraction {
        // Before the download, which may be long.
        let program = try HyperServer.find(program)
        guard table.filters.isEmpty else {
            throw SourceError(
                .configuration,
                "An extract is read whole: 'filters' belongs to views and queries.",
                location: datasource.name
            )
        }
        let workspace = try await Workspace.open()
        let archive = workspace.temporaryFile(".tdsx")
        let url = try await site.url() + "/datasources/\(FormEncoding.escape(datasource.id))/content"
        let asked = APIRequest.get(url, query: [("includeExtract", "true")], accept: "*/*")
        let download = try await site.download(asked, to: archive)
        let hyper = workspace.temporaryFile(".hyper")
        try Self.unpack(archive, to: hyper, location: download.location)
        try? FileManager.default.removeItem(atPath: archive)
        let parquet = workspace.temporaryFile(".parquet")
        try await export(hyper, with: program, to: parquet, workspace)
        let reader = FileReader(workspace: workspace)
        let prepared = try await reader.prepare(DataFile(name: datasource.name, path: parquet, format: .parquet))
        let columns = ColumnNaming.distinct(prepared.columns.map(ColumnNaming.snakeCase))
        try table.requireKey(in: columns, of: "the extract of '\(datasource.name)'", location: download.location)
        var result = Extraction()
        (result.rows, result.rejected) = try await reader.deliver(prepared, columns: columns, tree: nil, into: sink)
        request.onProgress(result.rows)
        result.isComplete = true
        table.describe(columns, of: request, in: &result)
        return result
    }

    /// Takes the extract out of a packaged data source, or takes the file itself where the server sent a bare one.
    static func unpack(_ archive: String, to target: String, location: String) throws {
        let start = (try? FileHandle(forReadingAtPath: archive)?.read(upToCount: 5)) ?? Data()
        if start == Data("Hyper".utf8) {
            try FileManager.default.moveItem(atPath: archive, toPath: target)
            return
        }
        guard start.starts(with: [0x50, 0x4B]) else {
            throw SourceError(
                .schema,
                "The data source has no extract: it is connected live. Read it with 'read: query', or publish it with an "
                    + "extract.",
                location: location
            )
        }
        let zip = try ZipArchive(path: archive)
        let extracts = zip.entries.filter { $0.name.lowercased().hasSuffix(".hyper") }
        guard let extract = extracts.first, extracts.count == 1 else {
            throw SourceError(
                .schema,
                extracts.isEmpty
                    ? "The packaged data source has no .hyper extract in it (an older .tde cannot be read): refresh it, or "
                        + "read it with 'read: query'."
                    : "The packaged data source has \(extracts.count) extracts, and one can be read.",
                location: location
            )
        }
        try zip.extract(extract, to: target, limit: limit)
    }

    /// Lets Hyper write the table as Parquet.
    private func export(
        _ hyper: String,
        with program: String,
        to parquet: String,
        _ workspace: Workspace
    ) async throws {
        let server = try await HyperServer.start(program)
        do {
            try await export(hyper, on: server, to: parquet, workspace)
            await server.stop()
        } catch {
            await server.stop()
            throw error
        }
    }

    private func export(
        _ hyper: String,
        on server: HyperServer,
        to parquet: String,
        _ workspace: Workspace
    ) async throws {
        do {
            let connection = try await server.connect()
            try await connection.execute("ATTACH DATABASE \(SQLText.identifier(hyper)) AS extract")
            let list = workspace.temporaryFile(".parquet")
            try await connection.execute(
                "COPY (SELECT schemaname, tablename FROM extract.pg_catalog.pg_tables WHERE schemaname NOT IN "
                    + "('pg_catalog', 'information_schema')) TO \(SQLText.literal(list)) WITH (FORMAT parquet)"
            )
            let chosen = try choose(among: try await tables(list, workspace))
            try await connection.execute(
                "COPY (SELECT * FROM extract.\(SQLText.identifier(chosen.schema)).\(SQLText.identifier(chosen.name))) "
                    + "TO \(SQLText.literal(parquet)) WITH (FORMAT parquet)"
            )
            try await connection.close()
        } catch let error as ADBCError {
            throw SourceError(
                .malformed,
                "Hyper cannot read the extract: \(error.message)",
                location: datasource.name,
                cause: error
            )
        }
    }

    private func tables(_ list: String, _ workspace: Workspace) async throws -> [(schema: String, name: String)] {
        let connection = try await workspace.database.connect()
        return try await connection.query("SELECT * FROM \(FileQueries.parquet(list)) ORDER BY ALL").collect()
            .flatMap { batch in
                (0..<batch.count).map { (batch.column(0).text(at: $0) ?? "", batch.column(1).text(at: $0) ?? "") }
            }
    }

    private func choose(among tables: [(schema: String, name: String)]) throws -> (schema: String, name: String) {
        let names = tables.map { "\($0.schema).\($0.name)" }
        guard let hyperTable else {
            guard tables.count == 1 else {
                throw SourceError(
                    .configuration,
                    "The extract has \(tables.count) tables; name one in 'table': \(names.joined(separator: ", ")).",
                    location: datasource.name
                )
            }
            return tables[0]
        }
        guard let index = names.firstIndex(of: hyperTable) ?? tables.firstIndex(where: { $0.name == hyperTable }) else {
            throw SourceError(
                .configuration,
                "The extract has no table '\(hyperTable)'. It has: \(names.joined(separator: ", ")).",
                location: datasource.name
            )
        }
        return tables[index]
    }
}
