// Reads a whole REST collection, page by page, into batches.

import Foundation
import LyceumCore

/// A collection in pages, and how its records become rows.
struct PagedCollection: Sendable {
    /// How its records become rows.
    var shape: RecordShape
    /// The collection's URL.
    var url: String
    /// Query items of every request.
    var query: [(String, String)] = []
    /// Further headers of every request.
    var headers: [(String, String)] = []
    /// A JSON text to send by POST; nil asks by GET.
    var body: [UInt8]?
    /// How it is cut into pages.
    var paging: PagingStyle
    /// The dotted path of a page's records.
    var rows = "data"
    /// The dotted path of the total.
    var total = "total"
    /// Pages under way at once.
    var concurrency: Int
}

/// Reads a collection that may change meanwhile: see ``OffsetPaging`` and ``FollowingPaging``.
struct PagedCollectionReader: Sendable {
    let collection: PagedCollection
    let client: SourceHTTPClient
    let authorization: any Authorization

    /// Reads the whole collection.
    ///
    /// - Throws: ``SourceError``; the sink's errors; `CancellationError`.
    func read(_ request: ExtractRequest, into sink: any ExtractSink) async throws -> Extraction {
        var walk = collection.paging.walk()
        let delivery = try RecordDelivery(collection.shape, request: request, sink: sink)
        try await withThrowingTaskGroup(of: (PageRequest, JSONPage).self) { group in
            var underWay = 0
            while true {
                while underWay < collection.concurrency, let next = walk.next() {
                    underWay += 1
                    group.addTask { (next, try await fetch(next)) }
                }
                guard let (asked, page) = try await group.next() else { break }
                underWay -= 1
                try await delivery.add(page, location: Redaction.url(url(of: asked)))
                walk.received(
                    asked,
                    PageSummary(records: page.fingerprints, total: page.total, next: page.next)
                )
            }
        }
        var result = try await delivery.finish()
        result.isComplete = walk.end == .complete
        if walk.rounds > 1 {
            result.notes.append("the collection changed while it was read: read \(walk.rounds) times")
        }
        if !result.isComplete {
            result.notes.append("the collection kept changing: absences are not taken for deletions")
        }
        return result
    }

    private func url(of page: PageRequest) -> String {
        collection.paging.url(collection.url, query: collection.query, page: page)
    }

    private func fetch(_ page: PageRequest) async throws -> JSONPage {
        let url = url(of: page)
        var request = collection.body.map { APIRequest.postJSON(url, body: $0) } ?? APIRequest.get(url)
        request.headers += collection.headers
        return try await client.send(request, authorization: authorization) { [collection] response in
            var page = try JSONPage(
                response.body,
                shape: collection.shape,
                rows: collection.rows,
                total: collection.total,
                next: collection.paging.nextMember,
                location: response.location
            )
            if case .link(let member, _) = collection.paging {
                let link = member == nil ? LinkHeader.target("next", in: response.values(of: "Link")) : page.next
                page.next = try link.map { try absolute($0, against: url, location: response.location) }
            }
            return page
        }
    }

    private func absolute(_ link: String, against url: String, location: String) throws -> String {
        guard let next = LinkHeader.resolve(link, against: url) else {
            throw SourceError(
                .rejected,
                "The link to the next page leads to another server, which would be given the credentials. It is not followed.",
                location: location
            )
        }
        return next
    }
}
