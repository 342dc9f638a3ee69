// Reads a whole REST collection, page by page, into batches.

import Arrow
import LyceumCore

/// A collection behind limit and offset, and how its records become rows.
struct PagedCollection: Sendable {
    /// The raw table.
    var table: String
    /// The collection's URL.
    var url: String
    /// The member that holds a page's records.
    var rowsMember = "data"
    /// The members that become columns.
    var tree: FieldTree
    /// The columns that hold JSON text.
    var jsonColumns: Set<String> = []
    /// Members that no column takes and that are nothing to report.
    var ordinaryMembers: Set<String> = []
    /// The column that identifies a record.
    var idColumn: Int
    /// Records a page.
    var pageSize: Int
    /// Pages under way at once.
    var concurrency: Int
}

/// Reads a collection that may change meanwhile: see ``OffsetPaging``.
struct PagedCollectionReader: Sendable {
    let collection: PagedCollection
    let client: SourceHTTPClient
    let authorization: any Authorization

    /// Which records have been delivered, and in which version.
    private struct Delivered {
        /// Id → hash of the record.
        var versions: [String: Int] = [:]
        /// Id → page offset where this round saw it.
        var round: [String: Int] = [:]
        var roundNumber = 1
    }

    /// Reads the whole collection.
    ///
    /// - Throws: ``SourceError``; the sink's errors; `CancellationError`.
    func read(_ request: ExtractRequest, into sink: any ExtractSink) async throws -> Extraction {
        var paging = OffsetPaging(pageSize: collection.pageSize)
        var builder = try TextBatchBuilder(columns: collection.tree.columns + ["_extra"])
        var delivered = Delivered()
        var shape = JSONShape(table: collection.table, tree: collection.tree, jsonColumns: collection.jsonColumns)
        var result = Extraction()
        var repeated = 0
        try await withThrowingTaskGroup(of: (PageRequest, JSONPage).self) { group in
            var underWay = 0
            while true {
                while underWay < collection.concurrency, let next = paging.next() {
                    underWay += 1
                    group.addTask { (next, try await fetch(next)) }
                }
                guard let (asked, page) = try await group.next() else { break }
                underWay -= 1
                shape.add(kinds: page.kinds, unmapped: page.unmapped.subtracting(collection.ordinaryMembers))
                if asked.round != delivered.roundNumber {
                    delivered.roundNumber = asked.round
                    delivered.round = [:]
                }
                for record in page.withoutID where asked.round == 1 {
                    result.rejected += 1
                    try await sink.reject(
                        RejectedRow(
                            location: "\(url(of: asked)) byte \(record.offset)",
                            reason: "the record has no \(collection.tree.columns[collection.idColumn])",
                            text: record.text
                        )
                    )
                }
                var distinct = page.withoutID.count
                let before = result.rows
                for record in page.records {
                    let id = record.values[collection.idColumn] ?? ""
                    // An id that comes again within a page, or further off than a page, is the source's own repetition;
                    // one from the neighbouring page may have moved there while another row was pushed out of sight.
                    if let seen = delivered.round[id], seen != asked.offset,
                        abs(seen - asked.offset) <= collection.pageSize
                    {
                        repeated += 1
                    } else {
                        if delivered.round[id] != nil { repeated += 1 }
                        delivered.round[id] = asked.offset
                        distinct += 1
                    }
                    var hasher = Hasher()
                    hasher.combine(record.values)
                    hasher.combine(record.extra)
                    let version = hasher.finalize()
                    guard delivered.versions[id] != version else { continue }
                    delivered.versions[id] = version
                    result.rows += 1
                    if let batch = try builder.append(record.values + [record.extra]) { try await sink.write(batch) }
                }
                request.onProgress(result.rows - before)
                paging.received(
                    asked,
                    rows: page.records.count + page.withoutID.count,
                    distinctIDs: distinct,
                    total: page.total
                )
            }
        }
        if let rest = try builder.finish() { try await sink.write(rest) }
        result.isComplete = paging.end == .complete
        if paging.round > 1 {
            result.notes.append("the collection changed while it was read: read \(paging.round) times")
        }
        if repeated > 0 { result.notes.append("\(repeated) records came more than once") }
        if !result.isComplete {
            result.notes.append("the collection kept changing: absences are not taken for deletions")
        }
        let previous = request.fullRefresh ? nil : TableSchema(fingerprint: request.fingerprint)
        if result.rows > 0 { result.drift = shape.drift(from: previous) }
        result.fingerprint = result.rows > 0 ? shape.schema.fingerprint : request.fingerprint
        return result
    }

    private func url(of page: PageRequest) -> String {
        Redaction.url("\(collection.url)?limit=\(page.limit)&offset=\(page.offset)")
    }

    private func fetch(_ page: PageRequest) async throws -> JSONPage {
        let request = APIRequest.get(
            collection.url,
            query: [("limit", String(page.limit)), ("offset", String(page.offset))]
        )
        return try await client.send(request, authorization: authorization) { [collection] response in
            try JSONPage(
                response.body,
                tree: collection.tree,
                idColumn: collection.idColumn,
                rowsMember: collection.rowsMember,
                location: response.location
            )
        }
    }
}
