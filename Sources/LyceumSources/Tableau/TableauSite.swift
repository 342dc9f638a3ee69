// What a site holds: finding workbooks, views and data sources by name.

import Foundation
import LyceumCore

/// Asks a site for its lists.
struct TableauSite: Sendable {
    let api: String
    let client: SourceHTTPClient
    let session: TableauSession

    /// How often a list that changes while it is read is read from the start.
    private static let rounds = 3
    private static let pageSize = 100

    /// The site's URL.
    func url() async throws -> String {
        api + "/sites/" + FormEncoding.escape(try await session.site())
    }

    /// The view of a workbook.
    func view(_ name: String?, of workbook: String) async throws -> TableauItem {
        let site = try await url()
        let found = try await list(site + "/workbooks", "workbooks", "workbook", filter: "name:eq:\(workbook)")
            .filter { $0.name == workbook }
        guard let first = found.first else {
            throw SourceError(
                .notFound,
                "The site has no workbook '\(workbook)' that the token's user may see. Check its name and grant View.",
                location: site
            )
        }
        guard found.count == 1 else { throw ambiguous("workbooks", workbook, found.count, site) }
        let views = try await list(site + "/workbooks/\(FormEncoding.escape(first.id))/views", "views", "view")
        guard let view = name.map({ name in views.first { $0.name == name } }) ?? views.first else {
            let wanted = name.map { "no view '\($0)'" } ?? "no view"
            throw SourceError(
                .notFound,
                "The workbook '\(workbook)' has \(wanted). It has: \(views.map(\.name).joined(separator: ", ")).",
                location: site
            )
        }
        return view
    }

    /// A published data source.
    func datasource(_ name: String) async throws -> TableauItem {
        let site = try await url()
        let found = try await list(site + "/datasources", "datasources", "datasource", filter: "name:eq:\(name)")
            .filter { $0.name == name }
        guard let first = found.first else {
            throw SourceError(
                .notFound,
                "The site has no published data source '\(name)' that the token's user may see. Check its name, and grant "
                    + "Connect and API Access (to read its extract: Download).",
                location: site
            )
        }
        guard found.count == 1 else { throw ambiguous("data sources", name, found.count, site) }
        return first
    }

    private func ambiguous(_ what: String, _ name: String, _ count: Int, _ site: String) -> SourceError {
        SourceError(
            .configuration,
            "The site has \(count) \(what) named '\(name)', in several projects. Give the one to read a name of its own, or "
                + "hide the others from the token's user.",
            location: site
        )
    }

    /// All items of a list.
    ///
    /// Items move between pages when others come or go, so a list counts as read when it has as many different items as
    /// every page said there are.
    func list(
        _ path: String,
        _ plural: String,
        _ singular: String,
        filter: String? = nil
    ) async throws -> [TableauItem] {
        var items: [TableauItem] = []
        for _ in 0..<Self.rounds {
            items = []
            var totals: Set<Int> = []
            var page = 1
            var wasRefused = false
            while true {
                var query = [("pageSize", String(Self.pageSize)), ("pageNumber", String(page))]
                if let filter { query.append(("filter", filter)) }
                let answer: TableauList
                do {
                    answer = try await client.send(.get(path, query: query), authorization: session.authorization) {
                        try TableauList($0, plural, singular)
                    }
                } catch  where page > 1 && TableauFault(error)?.code == "400006" {
                    // The page was there when the one before was read.
                    wasRefused = true
                    break
                }
                items += answer.items
                guard let total = answer.total else { return items }
                totals.insert(total)
                guard page * Self.pageSize < total, !answer.items.isEmpty else { break }
                page += 1
            }
            if !wasRefused, totals == [items.count], Set(items.map(\.id)).count == items.count { return items }
        }
        // Whoever looks for a name finds it among what was seen.
        return Array(Dictionary(items.map { ($0.id, $0) }) { first, _ in first }.values).sorted { $0.name < $1.name }
    }

    // MARK: Downloads

    /// A file that was downloaded.
    struct Download: Sendable {
        /// The URL as it may be shown.
        var location: String
        /// Differs for different bytes, within this process.
        var digest: Int
        /// What is wrong with the text, where it was looked at.
        var fault: CSVCheck.Fault?
    }

    /// Writes an answer to a new file that only this user can read, piece by piece.
    ///
    /// - Parameter check: looks at the bytes as they come; nil where they are no text.
    func download(
        _ request: APIRequest,
        to path: String,
        check: @escaping @Sendable () -> CSVCheck? = { nil }
    ) async throws -> Download {
        try await client.stream(request, authorization: session.authorization) { response in
            // Made anew for each attempt, with nothing of the one before.
            guard
                FileManager.default.createFile(atPath: path, contents: nil, attributes: [.posixPermissions: 0o600]),
                let file = FileHandle(forWritingAtPath: path)
            else {
                throw SourceError(
                    .configuration,
                    "The temporary file cannot be written; is the disk full?",
                    location: path
                )
            }
            defer { try? file.close() }
            var hasher = Hasher()
            var check = check()
            for try await piece in response.body {
                try piece.withUnsafeReadableBytes { bytes in
                    hasher.combine(bytes: bytes)
                    bytes.withMemoryRebound(to: UInt8.self) { check?.add($0) }
                    try file.write(contentsOf: Data(bytes))
                }
            }
            return Download(location: response.location, digest: hasher.finalize(), fault: check?.finish())
        }
    }
}
