// Reads a view's data, which Tableau gives as CSV.

import Foundation
import LyceumCore

/// Reads one view.
struct ViewReader: Sendable {
    let name: String
    let view: TableauItem
    let table: TableauConfiguration.Table
    let site: TableauSite
    let notation: LocaleNotation?
    let policy: RetryPolicy

    /// How often a damaged answer is asked for, if no two of them are the same.
    private static let attempts = 5

    /// Reads the view's rows.
    func read(_ request: ExtractRequest, into sink: any ExtractSink) async throws -> Extraction {
        let workspace = try await Workspace.open()
        let path = workspace.temporaryFile(".csv")
        let (location, note) = try await download(to: path)
        let reader = FileReader(workspace: workspace)
        let prepared = try await reader.prepare(
            DataFile(name: location, path: path, format: .csv, encoding: "utf-8", delimiter: ",")
        )
        let columns = ColumnNaming.distinct(prepared.columns.map(ColumnNaming.snakeCase))
        try table.requireKey(in: columns, of: "the view '\(view.name)'", location: location)
        var result = Extraction()
        let target: any ExtractSink =
            notation.map { NotationSink(sink: sink, notation: $0, columns: table.notations) } ?? sink
        (result.rows, result.rejected) = try await reader.deliver(prepared, columns: columns, tree: nil, into: target)
        request.onProgress(result.rows)
        // A row that cannot be read may be one that is known: nothing is taken for deleted then.
        result.isComplete = result.rejected == 0
        if let note { result.notes.append(note) }
        table.describe(columns, of: request, in: &result)
        return result
    }

    /// Gets the CSV. What looks damaged is asked for again: if it comes the same twice, that is what the view holds.
    private func download(to path: String) async throws -> (location: String, note: String?) {
        // Commas part the values of a filter; one inside a value has a backslash before it.
        let filters = table.filters.sorted { $0.key < $1.key }.map { field, values in
            ("vf_" + field, values.map { $0.replacing(",", with: "\\,") }.joined(separator: ","))
        }
        let url = try await site.url() + "/views/\(FormEncoding.escape(view.id))/data"
        // One minute is the youngest that the server's cache may be asked for.
        let asked = APIRequest.get(url, query: [("maxAge", "1")] + filters, accept: "*/*")
        var seen: Set<Int> = []
        for attempt in 1... {
            let download = try await site.download(asked, to: path) { CSVCheck() }
            guard let fault = download.fault else {
                let note =
                    attempt > 1 ? "the view's data came damaged at first and was asked for \(attempt) times" : nil
                return (download.location, note)
            }
            let isRepeated = !seen.insert(download.digest).inserted
            if isRepeated, !fault.isOtherFormat {
                return (download.location, "the view's data is not well-formed CSV: \(fault.what)")
            }
            guard !isRepeated, attempt < Self.attempts,
                let delay = policy.delay(after: .malformed, attempt: attempt, random: .random(in: 0..<1))
            else {
                throw SourceError(
                    .malformed,
                    "The view's data cannot be read as CSV: \(fault.what) (asked \(attempt) times).",
                    location: download.location,
                    isRetryable: true
                )
            }
            try await Task.sleep(for: delay)
        }
        throw CancellationError()
    }
}

extension TableauConfiguration.Table {
    /// Refuses rows whose key is not among their columns.
    func requireKey(in columns: [String], of what: String, location: String) throws {
        guard let missing = key.first(where: { !columns.contains($0) }) else { return }
        throw SourceError(
            .schema,
            "There is no column in \(what) that reads as '\(missing)', which is its key. It has: "
                + "\(columns.joined(separator: ", ")).",
            location: location
        )
    }

    /// Notes the columns that were read: how they differ from what is expected, and what they are for next time.
    func describe(_ names: [String], of request: ExtractRequest, in result: inout Extraction) {
        let previous = request.fullRefresh ? nil : TableSchema(fingerprint: request.fingerprint)
        let known = Set(columns).union(previous?.columns.keys.map { $0 } ?? [])
        let table = request.dataset.table
        result.drift =
            columns.filter { !names.contains($0) }.map {
                SchemaDrift(table: table, column: $0, kind: .missing, detail: "read as NULL")
            }
            + (columns.isEmpty && previous == nil ? [] : names.filter { !known.contains($0) })
            .map { SchemaDrift(table: table, column: $0, kind: .added) }
        result.fingerprint =
            TableSchema(columns: Dictionary(names.map { ($0, "text") }) { first, _ in first }).fingerprint
    }
}
