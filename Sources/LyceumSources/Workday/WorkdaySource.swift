// Workday: students, programmes and job postings over its REST services, its reports and its query language.

import Foundation
import Logging
import LyceumCore

/// Reads REST resources, reports (RaaS) and WQL queries of a Workday tenant.
///
/// Workday has no filter for what changed, so every extraction is a snapshot; the pipeline keeps only what differs.
public final class WorkdaySource: Source {
    /// The configured name.
    public let name: String
    /// `workday`.
    public let kind = "workday"

    private let configuration: WorkdayConfiguration
    private let client: SourceHTTPClient
    private let authorization: BearerAuthorization
    private let reportAuthorization: any Authorization

    /// Prepares a source; nothing is sent yet.
    ///
    /// - Throws: ``SourceError`` with code `configuration`.
    public convenience init(
        _ configuration: WorkdayConfiguration,
        logger: Logger = Logger(label: "lyceum.sources.workday")
    ) throws {
        try self.init(configuration, policy: RetryPolicy(), logger: logger)
    }

    init(
        _ configuration: WorkdayConfiguration,
        policy: RetryPolicy,
        breaker: CircuitBreaker = CircuitBreaker(),
        logger: Logger
    ) throws {
        guard ["http", "https"].contains(configuration.host.scheme), configuration.host.host() != nil else {
            throw SourceError(
                .configuration,
                "The source '\(configuration.name)' needs a host such as https://wd2-impl-services1.workday.com."
            )
        }
        self.configuration = configuration
        name = configuration.name
        var limits = SourceHTTPClient.Limits(
            total: configuration.timeoutSeconds,
            connection: configuration.connection,
            requestsPerSecond: configuration.requestsPerSecond,
            concurrency: configuration.concurrency
        )
        limits.streamTotal = .seconds(configuration.reportTimeoutSeconds)
        // Workday computes a report before it sends the first byte.
        limits.streamRead = limits.streamTotal
        let client = SourceHTTPClient(
            limits: limits,
            policy: policy,
            breaker: breaker,
            network: try NetworkSettings(caFile: configuration.connection.caFile),
            logger: logger
        )
        self.client = client
        let endpoint = try configuration.oauth.endpoint(of: configuration.name)
        let authorization = BearerAuthorization(tokens: TokenProvider { try await endpoint.fetch(by: client) })
        self.authorization = authorization
        if let user = configuration.reportUser, let password = configuration.reportPassword {
            reportAuthorization = BasicAuthorization(user: user, password: password)
        } else {
            reportAuthorization = authorization
        }
    }

    /// The configured resources.
    public func datasets() async throws -> [Dataset] {
        configuration.resources.keys.sorted().compactMap { table in
            Contract.of(table).map { Dataset(table: table, key: $0.key, columns: $0.columns, mode: .snapshot) }
        }
    }

    /// Reads one resource.
    public func extract(_ request: ExtractRequest, into sink: any ExtractSink) async throws -> Extraction {
        let table = request.dataset.table
        guard let resource = configuration.resources[table], let contract = Contract.of(table) else {
            throw SourceError(.configuration, "The source '\(name)' has no resource for '\(table)'.", location: table)
        }
        do {
            switch resource.access {
            case .rest, .wql:
                let collection = pages(of: resource, as: WorkdayFields.shape(contract, overrides: resource.fields))
                return try await PagedCollectionReader(
                    collection: collection,
                    client: client,
                    authorization: authorization
                ).read(request, into: sink)
            case .report(let owner, let name, let prompts):
                let collection = StreamedCollection(
                    shape: WorkdayFields.shape(contract, overrides: resource.fields),
                    request: report(owner, name, prompts),
                    rows: "Report_Entry"
                )
                return try await StreamedCollectionReader(
                    collection: collection,
                    client: client,
                    authorization: reportAuthorization
                ).read(request, into: sink)
            }
        } catch let error as SourceError {
            throw explained(error, resource)
        }
    }

    /// Gets a token and the start of each resource.
    public func check() async -> [SourceFinding] {
        var findings: [SourceFinding] = []
        let needsToken =
            configuration.reportUser == nil
            || configuration.resources.values.contains { if case .report = $0.access { false } else { true } }
        if needsToken {
            do {
                _ = try await authorization.tokens.token()
                findings.append(SourceFinding(ok: true, what: "got an access token from \(configuration.host.base)"))
            } catch {
                return [SourceFinding(ok: false, what: "no access token: \(error)", howToMend: Self.mend(error))]
            }
        }
        for (table, resource) in configuration.resources.sorted(by: { $0.key < $1.key }) {
            do {
                try await probe(resource)
                findings.append(SourceFinding(ok: true, what: "\(table): \(resource.name) answers"))
            } catch {
                let error = (error as? SourceError).map { explained($0, resource) } ?? error
                findings.append(SourceFinding(ok: false, what: "\(table): \(error)", howToMend: Self.mend(error)))
            }
        }
        return findings
    }

    /// Closes the connections.
    public func close() async {
        await client.close()
    }

    // MARK: Requests

    private func pages(of resource: WorkdayConfiguration.Resource, as shape: RecordShape) -> PagedCollection {
        var collection = PagedCollection(
            shape: shape,
            url: "",
            paging: .offset(parameter: "offset", size: .init(name: "limit", count: configuration.pageSize)),
            concurrency: configuration.concurrency
        )
        switch resource.access {
        case .rest(let service, let version, let resource):
            collection.url = url("/ccx/api/", [service, version, configuration.tenant, resource])
        case .wql(let query):
            collection.url = url("/ccx/api/wql/", [configuration.queryVersion, configuration.tenant, "data"])
            collection.body = Array((#"{"query":"# + JSONText.encode(query) + "}").utf8)
            collection.paging = .offset(
                parameter: "offset",
                size: .init(name: "limit", count: configuration.queryPageSize)
            )
        case .report:
            break
        }
        return collection
    }

    private func report(_ owner: String, _ name: String, _ prompts: [String: String]) -> APIRequest {
        let query = [("format", "json")] + prompts.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
        return .get(url("/ccx/service/customreport2/", [configuration.tenant, owner, name]), query: query)
    }

    private func url(_ base: String, _ path: [String]) -> String {
        configuration.host.base + base + path.map(FormEncoding.escape).joined(separator: "/")
    }

    /// Asks for one row; of a report, which has no paging, for the start of the answer.
    private func probe(_ resource: WorkdayConfiguration.Resource) async throws {
        switch resource.access {
        case .rest, .wql:
            let collection = pages(of: resource, as: RecordShape(table: "", tree: FieldTree([]), keyColumns: []))
            let query = [("limit", "1"), ("offset", "0")]
            let request = collection.body.map { APIRequest.postJSON(collection.url, query: query, body: $0) }
            _ = try await client.send(request ?? .get(collection.url, query: query), authorization: authorization)
        case .report(let owner, let name, let prompts):
            try await client.stream(report(owner, name, prompts), authorization: reportAuthorization) { answer in
                for try await _ in answer.body { return }
            }
        }
    }

    private func explained(_ error: SourceError, _ resource: WorkdayConfiguration.Resource) -> SourceError {
        guard error.code == .forbidden else { return error }
        let advice =
            if case .report = resource.access {
                "share the report with the integration user and give it Get access to the domains of the report's data source. "
            } else {
                "give the integration user Get access to the domain of that resource, and its scope to the API client. "
            }
        return SourceError(
            .forbidden,
            "Workday's domain security does not let this API client read \(resource.name): \(advice)\(error.message)",
            location: error.location,
            cause: error
        )
    }

    private static func mend(_ error: any Error) -> String {
        switch (error as? SourceError)?.code {
        case .some(.unreachable), .some(.timeout): "check 'host', the network and that the service is up"
        case .some(.unauthorized): "check the credentials that the grant needs, and report_user for reports"
        case .some(.forbidden): "grant the API client's user access to the resource's domain"
        case .some(.notFound): "check 'tenant' and the resource's service, version and path"
        default: "see the message"
        }
    }
}

extension SourceHTTPClient.Limits {
    /// Limits as they are configured.
    init(total: Double, connection: ConnectionSettings, requestsPerSecond: Double, concurrency: Int) {
        self.init()
        self.total = .seconds(total)
        connect = .seconds(connection.connectTimeoutSeconds)
        read = .seconds(min(connection.readTimeoutSeconds, total))
        self.requestsPerSecond = requestsPerSecond
        self.concurrency = concurrency
    }
}

extension URL {
    /// The URL without a slash at its end.
    var base: String {
        var text = absoluteString
        while text.hasSuffix("/") { text.removeLast() }
        return text
    }
}
