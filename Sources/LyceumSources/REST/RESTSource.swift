// Any REST interface that answers in JSON, by configuration alone.

import Foundation
import Logging
import LyceumCore

/// Reads collections of a REST interface.
///
/// There is no code here for any one product: authorization, paging, retry, rate limit and the reading of records are the
/// shared parts, chosen by ``RESTConfiguration``. Every extraction is a snapshot; the pipeline keeps what differs.
public final class RESTSource: Source {
    /// The configured name.
    public let name: String
    /// `rest`.
    public let kind = "rest"

    private let configuration: RESTConfiguration
    private let client: SourceHTTPClient
    private let authorization: any Authorization

    /// Prepares a source; nothing is sent yet.
    ///
    /// - Throws: ``SourceError`` with code `configuration`.
    public convenience init(
        _ configuration: RESTConfiguration,
        logger: Logger = Logger(label: "lyceum.sources.rest")
    ) throws {
        try self.init(configuration, policy: RetryPolicy(), logger: logger)
    }

    init(_ configuration: RESTConfiguration, policy: RetryPolicy, logger: Logger) throws {
        for (table, settings) in configuration.tables {
            if let stranger = settings.key.first(where: { settings.columns[$0] == nil }) {
                throw SourceError(
                    .configuration,
                    "The key column '\(stranger)' is none of the table's columns.",
                    location: "\(configuration.name).\(table)"
                )
            }
        }
        self.configuration = configuration
        name = configuration.name
        let client = SourceHTTPClient(
            limits: SourceHTTPClient.Limits(
                total: configuration.timeoutSeconds,
                connection: configuration.connection,
                requestsPerSecond: configuration.requestsPerSecond,
                concurrency: configuration.concurrency
            ),
            policy: policy,
            network: try NetworkSettings(caFile: configuration.connection.caFile),
            logger: logger
        )
        self.client = client
        switch configuration.authentication {
        case .none: authorization = NoAuthorization()
        case .basic(let user, let password): authorization = BasicAuthorization(user: user, password: password)
        case .token(let header, let prefix, let token):
            authorization = StaticTokenAuthorization(header: header, prefix: prefix, token: token)
        case .oauth(let settings):
            let endpoint = try settings.endpoint(of: configuration.name)
            authorization = BearerAuthorization(tokens: TokenProvider { try await endpoint.fetch(by: client) })
        }
    }

    /// The configured tables.
    public func datasets() async throws -> [Dataset] {
        configuration.tables.sorted { $0.key < $1.key }.map { table, settings in
            Dataset(table: table, key: settings.key, columns: settings.columns.keys.sorted(), mode: .snapshot)
        }
    }

    /// Reads one table.
    public func extract(_ request: ExtractRequest, into sink: any ExtractSink) async throws -> Extraction {
        let name = request.dataset.table
        guard let table = configuration.tables[name] else {
            throw SourceError(.configuration, "The source '\(self.name)' has no table '\(name)'.", location: name)
        }
        guard table.paging != .none else {
            let collection = StreamedCollection(
                shape: shape(of: name, table),
                request: first(table),
                rows: table.records
            )
            return try await StreamedCollectionReader(
                collection: collection,
                client: client,
                authorization: authorization
            ).read(request, into: sink)
        }
        let collection = PagedCollection(
            shape: shape(of: name, table),
            url: url(of: table),
            query: query(of: table),
            headers: headers,
            body: table.body.map { Array($0.utf8) },
            paging: table.paging,
            rows: table.records,
            total: table.total,
            concurrency: configuration.concurrency
        )
        return try await PagedCollectionReader(collection: collection, client: client, authorization: authorization)
            .read(request, into: sink)
    }

    /// Asks for the start of each table.
    public func check() async -> [SourceFinding] {
        var findings: [SourceFinding] = []
        for (name, table) in configuration.tables.sorted(by: { $0.key < $1.key }) {
            do {
                try await client.stream(first(table), authorization: authorization) { answer in
                    for try await _ in answer.body { return }
                }
                findings.append(SourceFinding(ok: true, what: "\(name): \(table.path) answers"))
            } catch {
                findings.append(
                    SourceFinding(
                        ok: false,
                        what: "\(name): \(error)",
                        howToMend: "check 'url', the table's 'path' and the credentials of 'auth'"
                    )
                )
            }
        }
        return findings
    }

    /// Closes the connections.
    public func close() async {
        await client.close()
    }

    // MARK: Requests

    private var headers: [(String, String)] {
        configuration.headers.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    }

    private func url(of table: RESTConfiguration.Table) -> String {
        configuration.url.base + (table.path.hasPrefix("/") ? "" : "/") + table.path
    }

    private func query(of table: RESTConfiguration.Table) -> [(String, String)] {
        table.query.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    }

    /// The request for the first page, or for the whole.
    private func first(_ table: RESTConfiguration.Table) -> APIRequest {
        var walk = table.paging.walk()
        let page = walk.next() ?? PageRequest()
        let url = table.paging.url(url(of: table), query: query(of: table), page: page)
        var request = table.body.map { APIRequest.postJSON(url, body: Array($0.utf8)) } ?? APIRequest.get(url)
        request.headers += headers
        return request
    }

    private func shape(of name: String, _ table: RESTConfiguration.Table) -> RecordShape {
        let columns = table.columns.keys.sorted()
        var tree = FieldTree(columns)
        for column in columns {
            for path in table.columns[column] ?? [] {
                tree.add(path, to: column, isJSON: table.jsonColumns.contains(column))
            }
        }
        return RecordShape(
            table: name,
            tree: tree,
            jsonColumns: table.jsonColumns,
            keyColumns: table.key.compactMap { columns.firstIndex(of: $0) }
        )
    }
}
