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
        /// The encoding that it was rewritten from; nil if it is read as it is.
        var encoding: String?
        /// The encoding that would read lines that are not UTF-8, as far as so few of them tell.
        var advice: String?
        /// What rows are read from, where that is neither text nor Parquet.
        var relation: String?
        /// Whether a JSON file has one record a line.
        var isLines = false
        /// What was found out about the file; empty if it is as usual.
        var notes: [String] = []

        /// The same in a sentence.
        var note: String { notes.isEmpty ? "" : "\(file.name): \(notes.joined(separator: "; "))" }
    }

    // MARK: Preparing

    /// Finds out a file's encoding, dialect and columns; unpacks it and rewrites it in UTF-8 if need be.
    ///
    /// - Throws: ``SourceError`` with code `notFound`, `malformed`, `tooLarge` or `missingComponent`.
    func prepare(_ file: DataFile) async throws -> Prepared {
        guard FileManager.default.isReadableFile(atPath: file.path) else {
            throw SourceError(
                .notFound,
                "The file cannot be read; check that it is there and readable.",
                location: file.path
            )
        }
        var prepared = Prepared(file: file, path: file.path, columns: [])
        if file.isCompressed {
            prepared.path = workspace.temporaryFile("." + file.format.rawValue)
            try Gunzip.unpack(file.path, to: prepared.path, name: file.name)
        }
        if file.format.isText { try settleEncoding(&prepared) }
        let connection = try await connect()
        return try await classified(file) {
            switch file.format {
            case .csv, .tsv:
                let heading = try settleDialect(&prepared)
                prepared.heading = heading
                prepared.columns = heading?.columns ?? []
            case .parquet:
                let probe = try await connection.query("SELECT * FROM \(FileQueries.parquet(prepared.path)) LIMIT 0")
                prepared.columns = probe.schema.fields.map(\.name)
            case .xlsx:
                try await settleSheet(&prepared, on: connection)
            case .json, .ndjson:
                prepared.isLines = try file.format == .ndjson || Self.isLines(prepared)
                prepared.columns = try await memberNames(of: prepared, on: connection)
            }
            return prepared
        }
    }

    private func settleEncoding(_ prepared: inout Prepared) throws {
        let file = prepared.file
        var encoding = file.encoding
        if encoding == nil {
            let found = try Self.sniffEncoding(prepared.path, whole: file.isGuessed)
            encoding = found.encoding
            prepared.advice = found.advice
            if let encoding { prepared.notes.append("read as \(encoding), \(found.reason)") }
        } else if let encoding, !Transcoder.isUTF8(encoding) {
            prepared.notes.append("read as \(encoding), as stated")
        }
        guard let encoding, !Transcoder.isUTF8(encoding) else { return }
        prepared.encoding = encoding
        let rewritten = workspace.temporaryFile(".txt")
        prepared.badLines = try Transcoder.rewrite(prepared.path, from: encoding, to: rewritten)
        prepared.path = rewritten
    }

    /// - Parameter whole: whether to look at all of the file, or at its byte order mark only.
    private static func sniffEncoding(_ path: String, whole: Bool) throws -> EncodingSniffer.Conclusion {
        let handle = try FileHandle(forReadingFrom: URL(fileURLWithPath: path))
        defer { try? handle.close() }
        guard whole else {
            let marked = Transcoder.encoding(ofMark: try handle.read(upToCount: 4) ?? Data())
            return EncodingSniffer.Conclusion(encoding: marked, reason: "by its byte order mark")
        }
        var sniffer = EncodingSniffer()
        while let block = try handle.read(upToCount: 1 << 20), !block.isEmpty {
            block.withUnsafeBytes { sniffer.add($0.bindMemory(to: UInt8.self)) }
        }
        return sniffer.conclude()
    }

    private func settleDialect(_ prepared: inout Prepared) throws -> CSVHeading? {
        let file = prepared.file
        let sample = try Self.sample(prepared.path)
        guard !sample.isEmpty else { return nil }
        let stated = CSVDialect.Stated(
            delimiter: file.delimiter ?? (file.format == .tsv ? "\t" : nil),
            quote: file.quote ?? (file.isGuessed ? nil : "\""),
            escape: file.escape ?? (file.isGuessed ? nil : "\""),
            hasHeader: file.hasHeader ?? (file.columns != nil ? false : file.isGuessed ? nil : true)
        )
        let dialect = CSVDialect.sniff(sample, stated: stated, expected: file.expected)
        let firstLine = sample.prefix { $0 != 0x0A }
        if dialect.hasHeader, String(validating: firstLine, as: UTF8.self) == nil {
            throw SourceError(
                .malformed,
                "The heading is not UTF-8. State the file's encoding, such as 'encoding: "
                    + "\(prepared.advice ?? "windows-1252")'.",
                location: "\(file.name):1"
            )
        }
        let heading = CSVHeading(sample, dialect: dialect, stated: file.columns)
        let usual = CSVDialect(delimiter: file.format == .tsv ? "\t" : ",")
        if file.isGuessed, dialect != usual { prepared.notes.append(dialect.description) }
        return heading
    }

    /// The start of a text file in whole lines (more than the start when a line is longer), its mark left out.
    private static func sample(_ path: String) throws -> [UInt8] {
        let handle = try FileHandle(forReadingFrom: URL(fileURLWithPath: path))
        defer { try? handle.close() }
        var sample: [UInt8] = []
        while sample.count < FileQueries.longestLine, let block = try handle.read(upToCount: 1 << 18), !block.isEmpty {
            sample += block
            if sample.count >= 1 << 18, let end = sample.lastIndex(of: 0x0A) {
                sample.removeSubrange((end + 1)...)
                break
            }
        }
        if sample.starts(with: [0xEF, 0xBB, 0xBF]) { sample.removeFirst(3) }
        return sample
    }

    private func settleSheet(_ prepared: inout Prepared, on connection: Connection) async throws {
        try await workspace.loadExcel(on: connection)
        let file = prepared.file
        let hasHeader = file.hasHeader ?? (file.columns == nil)
        let probe = FileQueries.cells(prepared.path, file.sheet, hasHeader: hasHeader, asText: false)
        var columns: [(name: String, type: String)] = []
        for batch in try await connection.query("DESCRIBE SELECT * FROM \(probe)").collect() {
            for row in 0..<batch.count {
                columns.append((batch.column(0).string(at: row) ?? "", batch.column(1).string(at: row) ?? ""))
            }
        }
        prepared.relation = FileQueries.sheet(prepared.path, file.sheet, hasHeader: hasHeader, columns: columns)
        prepared.columns = columns.map(\.name)
        if let stated = file.columns {
            guard stated.count == columns.count else {
                throw SourceError(
                    .configuration,
                    "'columns' names \(stated.count) columns, and the sheet has \(columns.count).",
                    location: file.name
                )
            }
            let list = zip(columns, stated).map { SQLText.identifier($0.0.name) + " AS " + SQLText.identifier($0.1) }
            prepared.relation = prepared.relation.map { "(SELECT \(list.joined(separator: ", ")) FROM \($0))" }
            prepared.columns = stated
        }
        prepared.notes.append(file.sheet.map { "the sheet '\($0)'" } ?? "the first sheet")
    }

    /// Whether a `.json` file is written in lines: an object on its first line, and no array around all.
    private static func isLines(_ prepared: Prepared) throws -> Bool {
        let sample = try sample(prepared.path)
        guard let first = sample.first(where: { ![0x20, 0x09, 0x0A, 0x0D].contains($0) }), first == 0x7B else {
            return false
        }
        let line = sample.drop { [0x20, 0x09, 0x0A, 0x0D].contains($0) }.prefix { $0 != 0x0A }
        guard (try? JSONSerialization.jsonObject(with: Data(line))) != nil else {
            throw SourceError(
                .malformed,
                "The file is one JSON object; an array of records, or one record a line, is needed.",
                location: prepared.file.name
            )
        }
        return true
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
        guard !prepared.isLines else { return (FileQueries.lines(prepared.path), "line") }
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
        case .csv, .tsv, .parquet, .xlsx:
            let relation = Self.relation(of: prepared)
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
        if prepared.heading != nil || prepared.isLines {
            rejected += try await reject(Self.rejects(of: prepared, on: connection), into: sink)
        }
        return (rows, rejected)
    }

    /// What a file's rows are read from; not for JSON.
    static func relation(of prepared: Prepared) -> String {
        prepared.relation ?? prepared.heading.map { FileQueries.csv(prepared.path, $0) }
            ?? FileQueries.parquet(prepared.path)
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
                reason: "the line is not text in the encoding '\(prepared.encoding ?? "UTF-16")'",
                text: bad.text
            )
        }
    }

    /// The rows that DuckDB set aside while it read a text file on this connection.
    static func rejects(of prepared: Prepared, on connection: Connection) async throws -> [RejectedRow] {
        var rows: [RejectedRow] = []
        let original =
            prepared.encoding != nil ? nil : try? FileHandle(forReadingFrom: URL(fileURLWithPath: prepared.path))
        defer { try? original?.close() }
        let batches = try await connection.query(FileQueries.rejects).collect()
        // DuckDB counts records, and a record may have several lines.
        let positions = batches.flatMap { batch in
            (0..<batch.count).map { Int(batch.column(5).integer(at: $0) ?? 1) - 1 }
        }
        let lines = try LineNumbers.ofOffsets(positions, in: prepared.path)
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
                        + (prepared.advice.map { ", which may be \($0)" } ?? "")
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
            // What follows an empty line is the query, which is ours.
            let said = error.message.split(separator: "\n", omittingEmptySubsequences: false).prefix { !$0.isEmpty }
                .joined(separator: " ").replacing(file.path, with: file.name)
            throw SourceError(
                .malformed,
                "The file cannot be read as \(file.format.rawValue): \(said)",
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
