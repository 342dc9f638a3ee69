// Reads one file into the sink, whatever its format.

import ADBC
import Arrow
import Foundation
import LyceumCore

/// Reads files in a workspace.
struct FileReader: Sendable {
    let workspace: Workspace

    /// A file that is ready to be read: its columns are known, and it is UTF-8.
    struct Prepared: Sendable {
        var file: DataFile
        /// The path to read, which is a rewritten copy for other encodings.
        var path: String
        /// The heading, for CSV and TSV.
        var heading: CSVHeading?
        /// The columns under their own names.
        var columns: [String]
        /// Lines that the rewriting could not read.
        var badLines: [Transcoder.BadLine] = []
        /// What was found out about the file, in a sentence; empty if it is as usual.
        var note = ""
    }

    // MARK: Preparing

    /// Finds out a file's columns.
    ///
    /// - Throws: ``SourceError`` with code `notFound` or `malformed`.
    func prepare(_ file: DataFile) async throws -> Prepared {
        guard FileManager.default.isReadableFile(atPath: file.path) else {
            throw SourceError(
                .notFound,
                "The file cannot be read; check that it is there and readable.",
                location: file.path
            )
        }
        var prepared = Prepared(file: file, path: file.path, columns: [])
        let encoding = try file.encoding ?? sniffEncoding(file)
        if let encoding, !Transcoder.isUTF8(encoding), file.format != .parquet {
            guard !file.isCompressed else {
                throw SourceError(
                    .configuration,
                    "A gzipped file is read as UTF-8 only; unpack it to use the encoding '\(encoding)'.",
                    location: file.name
                )
            }
            prepared.path = workspace.temporaryFile(".txt")
            prepared.badLines = try Transcoder.rewrite(file.path, from: encoding, to: prepared.path)
            prepared.note = "\(file.name) read as \(encoding)"
        }
        let connection = try await connect()
        return try await classified(file) {
            switch file.format {
            case .csv, .tsv:
                let line = try await firstLine(of: prepared, on: connection)
                let heading = CSVHeading(
                    line: line ?? "",
                    delimiter: file.delimiter ?? (file.format == .tsv ? "\t" : nil)
                )
                prepared.heading = heading
                prepared.columns = line == nil ? [] : heading.columns
            case .parquet:
                let probe = try await connection.query("SELECT * FROM \(FileQueries.parquet(prepared.path)) LIMIT 0")
                prepared.columns = probe.schema.fields.map(\.name)
            case .json, .ndjson:
                prepared.columns = try await memberNames(of: prepared, on: connection)
            }
            return prepared
        }
    }

    private func sniffEncoding(_ file: DataFile) throws -> String? {
        guard !file.isCompressed, file.format != .parquet else { return nil }
        let handle = try FileHandle(forReadingFrom: URL(fileURLWithPath: file.path))
        defer { try? handle.close() }
        return Transcoder.encoding(ofMark: try handle.read(upToCount: 4) ?? Data())
    }

    private func firstLine(of prepared: Prepared, on connection: Connection) async throws -> String? {
        let line = try await connection.firstText("SELECT line FROM \(FileQueries.lines(prepared.path)) LIMIT 1")
        let bad = try await connection.firstText("SELECT count(*) FROM reject_errors WHERE line = 1")
        if bad != "0" {
            throw SourceError(
                .malformed,
                "The heading is not UTF-8. State the file's encoding, such as 'encoding: gb18030'.",
                location: "\(prepared.file.name):1"
            )
        }
        return line
    }

    private func memberNames(of prepared: Prepared, on connection: Connection) async throws -> [String] {
        let (rows, column) = try jsonRows(prepared)
        let sql = """
            SELECT DISTINCT unnest(json_keys(\(column))) AS name FROM \(rows) \
            WHERE json_valid(\(column)) AND json_type(\(column)) = 'OBJECT' ORDER BY name
            """
        return try await connection.query(sql).collect().flatMap { batch in
            (0..<batch.count).compactMap { batch.column(0).text(at: $0) }
        }
    }

    /// The relation that gives a JSON file's records, and its column: lines, unless the file starts as an array.
    private func jsonRows(_ prepared: Prepared) throws -> (rows: String, column: String) {
        guard prepared.file.format == .json else { return (FileQueries.lines(prepared.path), "line") }
        return (FileQueries.elements(prepared.path), "json")
    }

    // MARK: Reading

    /// Hands a file's rows to the sink.
    ///
    /// - Parameter columns: the columns to deliver; those that the file lacks are NULL.
    /// - Returns: rows delivered and rows rejected.
    func deliver(
        _ prepared: Prepared,
        columns: [String],
        tree: FieldTree?,
        into sink: any ExtractSink
    ) async throws -> (rows: Int64, rejected: Int64) {
        var rejected = try await rejectBadLines(prepared, into: sink)
        guard !prepared.columns.isEmpty else { return (0, rejected) }
        let connection = try await connect()
        var rows: Int64 = 0
        switch prepared.file.format {
        case .csv, .tsv, .parquet:
            let relation =
                prepared.heading.map { FileQueries.csv(prepared.path, $0) } ?? FileQueries.parquet(prepared.path)
            let byName = Dictionary(
                zip(ColumnNaming.distinct(prepared.columns.map(ColumnNaming.snakeCase)), prepared.columns)
            ) { first, _ in first }
            let projection = FileQueries.projection(columns.map { (byName[$0], $0) })
            let stream = try await classified(prepared.file) {
                try await connection.query("SELECT \(projection) FROM \(relation)")
            }
            rows = try await sink.write(stream)
        case .json, .ndjson:
            let delivered = try await deliverJSON(prepared, columns, tree, on: connection, into: sink)
            rows = delivered.rows
            rejected += delivered.rejected
        }
        if prepared.file.format != .parquet, prepared.file.format != .json {
            rejected += try await reject(Self.rejects(of: prepared, on: connection), into: sink)
        }
        return (rows, rejected)
    }

    private func deliverJSON(
        _ prepared: Prepared,
        _ columns: [String],
        _ tree: FieldTree?,
        on connection: Connection,
        into sink: any ExtractSink
    ) async throws -> (rows: Int64, rejected: Int64) {
        let (relation, column) = try jsonRows(prepared)
        let tree = tree ?? Self.tree(members: prepared.columns)
        let positions = tree.columns.map { columns.firstIndex(of: $0) }
        let extra = columns.firstIndex(of: "_extra")
        var builder = try TextBatchBuilder(columns: columns)
        var counts = (rows: Int64(0), rejected: Int64(0))
        let stream = try await classified(prepared.file) {
            try await connection.query(
                "SELECT row_number() OVER () AS n, \(column)::VARCHAR AS record FROM \(relation)"
            )
        }
        for try await batch in stream {
            for row in 0..<batch.count {
                guard let text = batch.column(1).string(at: row), !text.allSatisfy(\.isWhitespace) else { continue }
                do {
                    let record = try Array(text.utf8).withUnsafeBufferPointer { bytes in
                        var reader = JSONRecordReader(bytes, tree: tree)
                        return try reader.readRecord()
                    }
                    var values = [String?](repeating: nil, count: columns.count)
                    for (index, position) in positions.enumerated() {
                        if let position { values[position] = record.values[index] }
                    }
                    if let extra { values[extra] = record.extra }
                    counts.rows += 1
                    if let full = try builder.append(values) { try await sink.write(full) }
                } catch let fault as JSONFault {
                    counts.rejected += 1
                    let number = batch.column(0).text(at: row) ?? "?"
                    try await sink.reject(
                        RejectedRow(
                            location: "\(prepared.file.name):\(number)",
                            reason: "the line is not a JSON record: \(fault.reason) at byte \(fault.offset)",
                            text: text
                        )
                    )
                }
            }
        }
        if let rest = try builder.finish() { try await sink.write(rest) }
        return counts
    }

    /// Takes every member as a column of text.
    private static func tree(members: [String]) -> FieldTree {
        let names = ColumnNaming.distinct(members.map(ColumnNaming.snakeCase))
        var tree = FieldTree(names)
        for (member, name) in zip(members, names) { tree.add(member: member, to: name) }
        return tree
    }

    // MARK: Rejected rows

    private func rejectBadLines(_ prepared: Prepared, into sink: any ExtractSink) async throws -> Int64 {
        try await reject(Self.badLines(of: prepared), into: sink)
    }

    private func reject(_ rows: [RejectedRow], into sink: any ExtractSink) async throws -> Int64 {
        for row in rows { try await sink.reject(row) }
        return Int64(rows.count)
    }

    /// The lines that the rewriting into UTF-8 could not read.
    static func badLines(of prepared: Prepared) -> [RejectedRow] {
        prepared.badLines.map { bad in
            RejectedRow(
                location: "\(prepared.file.name):\(bad.line)",
                reason: "the line is not text in the encoding '\(prepared.file.encoding ?? "UTF-16")'",
                text: bad.text
            )
        }
    }

    /// The rows that DuckDB set aside while it read a text file on this connection.
    static func rejects(of prepared: Prepared, on connection: Connection) async throws -> [RejectedRow] {
        var rows: [RejectedRow] = []
        let original =
            prepared.file.isCompressed || prepared.path != prepared.file.path
            ? nil : try? FileHandle(forReadingFrom: URL(fileURLWithPath: prepared.path))
        defer { try? original?.close() }
        let batches = try await connection.query(FileQueries.rejects).collect()
        // DuckDB counts records, and a record may have several lines.
        let positions = batches.flatMap { batch in
            (0..<batch.count).map { Int(batch.column(5).integer(at: $0) ?? 1) - 1 }
        }
        let lines = prepared.file.isCompressed ? [:] : try LineNumbers.ofOffsets(positions, in: prepared.path)
        for batch in batches {
            for row in 0..<batch.count {
                let position = Int(batch.column(5).integer(at: row) ?? 1) - 1
                let line = lines[position] ?? Int(batch.column(0).integer(at: row) ?? 0)
                let isEncoding = batch.column(1).string(at: row) == "INVALID ENCODING"
                var text = (batch.column(4).string(at: row) ?? "").trimmingNewlines
                if isEncoding, let bytes = try original?.line(at: UInt64(max(0, position))) {
                    // DuckDB shows bytes that are not UTF-8 as question marks.
                    text = Transcoder.printable(bytes)
                }
                let field = batch.column(3).string(at: row).map { " in column '\($0)'" } ?? ""
                let reason =
                    isEncoding
                    ? "the row is not UTF-8\(field); state the file's encoding to read it"
                    : (batch.column(2).string(at: row) ?? "the row cannot be read") + field
                rows.append(
                    RejectedRow(
                        location: "\(prepared.file.name):\(line)",
                        reason: reason,
                        text: text
                    )
                )
            }
        }
        return rows
    }

    private func connect() async throws -> Connection {
        do {
            return try await workspace.database.connect()
        } catch {
            throw DatabaseFault.sourceError(error, doing: "opening DuckDB to read files", location: "duckdb")
        }
    }

    private func classified<Result>(_ file: DataFile, _ body: () async throws -> Result) async throws -> Result {
        do {
            return try await body()
        } catch let error as ADBCError {
            let first = error.message.split(separator: "\n").first.map(String.init) ?? error.message
            throw SourceError(
                .malformed,
                "The file cannot be read as \(file.format.rawValue): \(first)",
                location: file.name,
                cause: error
            )
        }
    }
}

extension FileHandle {
    /// The bytes of a line that starts at or just after an offset, without its end.
    fileprivate func line(at offset: UInt64) throws -> [UInt8] {
        try seek(toOffset: offset)
        var bytes: [UInt8] = []
        while let block = try read(upToCount: 4_096), !block.isEmpty, bytes.count < 1 << 16 {
            bytes += bytes.isEmpty ? Data(block.drop { $0 == 0x0A || $0 == 0x0D }) : block
            if let end = bytes.firstIndex(where: { $0 == 0x0A || $0 == 0x0D }) { return Array(bytes[..<end]) }
        }
        return bytes
    }
}

extension String {
    /// The text without line ends at its ends.
    fileprivate var trimmingNewlines: String { trimmingCharacters(in: .newlines) }
}
