// Reads a published data source through the VizQL Data Service.

import Foundation
import LyceumCore

/// Reads one published data source.
struct VizQLReader: Sendable {
    let datasource: TableauItem
    let table: TableauConfiguration.Table
    let fields: [String]?
    let splitBy: [String]
    let url: String
    let site: TableauSite

    /// A field as `read-metadata` describes it.
    private struct Field: Decodable {
        var fieldCaption: String
        var dataType: String?
        var columnClass: String?
    }

    private struct Metadata: Decodable {
        var data: [Field]
    }

    /// Reads the data source's rows, in as many queries as the service needs.
    func read(_ request: ExtractRequest, into sink: any ExtractSink) async throws -> Extraction {
        let known = try await metadata()
        let asked = try wanted(among: known)
        let columns = ColumnNaming.distinct(asked.map(\.column))
        try table.requireKey(in: columns, of: "the data source '\(datasource.name)'", location: url)
        let fields = zip(asked, columns).map { field, column in
            var field = field
            field.column = column
            return field
        }
        var split = VizQLSplit(filters: try filters(known), by: try splitFields(fields, known))
        var result = Extraction()
        var builder = try TextBatchBuilder(columns: columns)
        var queries = 0
        while let part = split.next() {
            try Task.checkCancellation()
            queries += 1
            let rows: [JSONRecord]
            do {
                rows = try await ask(VizQLRequest.query(datasource.id, fields, part), fields)
            } catch  where TableauFault(error)?.code == "400804" {
                try await divide(part, in: &split, because: error)
                continue
            }
            for row in rows {
                if let batch = try builder.append(row.values) { try await sink.write(batch) }
            }
            result.rows += Int64(rows.count)
            request.onProgress(Int64(rows.count))
        }
        if let rest = try builder.finish() { try await sink.write(rest) }
        result.isComplete = true
        if queries > 1 {
            result.notes.append("the answer would have been too large: read in \(queries) queries")
            let now = try await site.datasource(datasource.name)
            if now.updatedAt != datasource.updatedAt || now.id != datasource.id {
                result.isComplete = false
                result.notes.append("the data source was refreshed while it was read: nothing is taken for deleted")
            }
        }
        table.describe(columns, of: request, in: &result)
        return result
    }

    // MARK: Fields

    private func metadata() async throws -> [Field] {
        let response = try await post("/read-metadata", VizQLRequest.metadata(datasource.id)) { response in
            do {
                return try JSONDecoder().decode(Metadata.self, from: Data(response.body)).data
            } catch {
                throw SourceError(
                    .malformed,
                    "The answer to read-metadata is not a list of fields.",
                    location: response.location,
                    isRetryable: true
                )
            }
        }
        return response
    }

    private func wanted(among known: [Field]) throws -> [VizQLField] {
        guard let fields, !fields.isEmpty else {
            let columns = known.filter { $0.columnClass == nil || $0.columnClass == "COLUMN" }
            return columns.map { field in
                var wanted = VizQLField("")
                (wanted.caption, wanted.column) = (field.fieldCaption, ColumnNaming.snakeCase(field.fieldCaption))
                return wanted
            }
        }
        let captions = Set(known.map(\.fieldCaption))
        return try fields.map { text in
            let field = VizQLField(text)
            guard captions.contains(field.caption) else { throw unknown(field.caption, "fields", known) }
            return field
        }
    }

    private func unknown(_ caption: String, _ setting: String, _ known: [Field]) -> SourceError {
        SourceError(
            .configuration,
            "The data source '\(datasource.name)' has no field '\(caption)', which '\(setting)' names. It has: "
                + "\(known.map(\.fieldCaption).sorted().joined(separator: ", ")).",
            location: url
        )
    }

    /// The fields to divide large answers by: the configured ones, else those of the key, of types whose values can be
    /// named exactly.
    private func splitFields(_ fields: [VizQLField], _ known: [Field]) throws -> [String] {
        let types = Dictionary(known.map { ($0.fieldCaption, $0.dataType) }) { first, _ in first }
        if let missing = splitBy.first(where: { types[$0] == nil }) { throw unknown(missing, "split_by", known) }
        let given =
            splitBy.isEmpty
            ? table.key.compactMap { key in fields.first { $0.column == key && $0.function == nil }?.caption } : splitBy
        return given.filter { ["STRING", "INTEGER", "BOOLEAN", "DATE"].contains(types[$0] ?? "STRING") }
    }

    private func filters(_ known: [Field]) throws -> [String: [VizQLValue]] {
        let types = Dictionary(known.map { ($0.fieldCaption, $0.dataType) }) { first, _ in first }
        var filters: [String: [VizQLValue]] = [:]
        for (caption, values) in table.filters {
            guard let type = types[caption] else { throw unknown(caption, "filters", known) }
            let isPlain = ["INTEGER", "REAL", "BOOLEAN"].contains(type)
            filters[caption] = try values.map { value in
                guard isPlain else { return .text(value) }
                guard Double(value)?.isFinite == true || ["true", "false"].contains(value) else {
                    throw SourceError(
                        .configuration,
                        "The filter on '\(caption)' has a value that is not of its type, \(type ?? "a number").",
                        location: url
                    )
                }
                return .plain(value)
            }
        }
        return filters
    }

    // MARK: Queries

    private func divide(_ part: VizQLPart, in split: inout VizQLSplit, because error: any Error) async throws {
        switch split.tooLarge(part) {
        case .divided: return
        case .askValues(let field):
            do {
                let values = try await values(of: field, in: part)
                split.divide(part, by: field, values: values)
            } catch  where TableauFault(error)?.code == "400804" {
                throw tooLarge("even the values of '\(field)' are too many for one answer", error)
            }
        case .impossible:
            throw tooLarge("a part cannot be divided further", error)
        }
    }

    private func tooLarge(_ what: String, _ error: any Error) -> SourceError {
        SourceError(
            .tooLarge,
            "The answer is larger than the VizQL Data Service gives at once, and \(what). Name coarser fields in 'split_by', "
                + "set 'filters', or read the extract instead ('read: extract').",
            location: url,
            cause: error
        )
    }

    private func values(of caption: String, in part: VizQLPart) async throws -> [VizQLValue] {
        struct Answer: Decodable {
            struct Row: Decodable {
                var value: VizQLValue

                init(from decoder: any Decoder) throws {
                    let container = try decoder.container(keyedBy: Name.self)
                    guard let key = container.allKeys.first else {
                        value = .null
                        return
                    }
                    if try container.decodeNil(forKey: key) {
                        value = .null
                    } else if let text = try? container.decode(String.self, forKey: key) {
                        value = .text(text)
                    } else if let flag = try? container.decode(Bool.self, forKey: key) {
                        value = .plain(flag ? "true" : "false")
                    } else if let number = try? container.decode(Int64.self, forKey: key) {
                        value = .plain(String(number))
                    } else {
                        value = .plain(String(try container.decode(Double.self, forKey: key)))
                    }
                }
            }
            var data: [Row]
        }
        let body = VizQLRequest.values(of: caption, datasource.id, part)
        return try await post("/query-datasource", body) { response in
            do {
                return try JSONDecoder().decode(Answer.self, from: Data(response.body)).data.map(\.value)
            } catch {
                throw SourceError(
                    .malformed,
                    "The values of '\(caption)' cannot be read.",
                    location: response.location,
                    isRetryable: true
                )
            }
        }
    }

    private func ask(_ body: String, _ fields: [VizQLField]) async throws -> [JSONRecord] {
        var tree = FieldTree(fields.map(\.column))
        for field in fields {
            tree.add(member: field.column, to: field.column)
            // What a server calls it that does not know aliases.
            let plain = field.function.map { "\($0)(\(field.caption))" } ?? field.caption
            if plain != field.column { tree.add(member: plain, to: field.column) }
        }
        return try await post("/query-datasource", body) { [tree] response in
            do throws(JSONFault) {
                return try response.body.withUnsafeBufferPointer { (bytes) throws(JSONFault) in
                    var rows: [JSONRecord] = []
                    var reader = JSONRecordReader(bytes, tree: tree)
                    _ = try reader.readPage(rows: "data") { rows.append($0) }
                    return rows
                }
            } catch {
                throw SourceError(
                    .malformed,
                    "The answer is not the JSON that was expected: \(error.reason) at byte \(error.offset).",
                    location: response.location,
                    isRetryable: true
                )
            }
        }
    }

    private func post<Result: Sendable>(
        _ path: String,
        _ body: String,
        read: @escaping @Sendable (APIResponse) throws -> Result
    ) async throws -> Result {
        var request = APIRequest(.post, url + path)
        request.headers = [("Accept", "application/json"), ("Content-Type", "application/json")]
        request.body = Array(body.utf8)
        return try await site.client.send(request, authorization: site.session.authorization, read: read)
    }
}

/// The name of whatever member an object has.
private struct Name: CodingKey {
    var stringValue: String
    var intValue: Int? { nil }
    init(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
}
