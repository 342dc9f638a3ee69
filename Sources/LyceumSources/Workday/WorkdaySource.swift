// Workday: students, programmes and job postings over its REST API.

import Foundation
import Logging
import LyceumCore

/// Reads REST resources of a Workday tenant.
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

    /// Prepares a source; nothing is sent yet.
    ///
    /// - Throws: ``SourceError`` with code `configuration`.
    public convenience init(
        _ configuration: WorkdayConfiguration,
        logger: Logger = Logger(label: "lyceum.sources.workday")
    ) throws {
        try self.init(configuration, policy: RetryPolicy(), logger: logger)
    }

    init(_ configuration: WorkdayConfiguration, policy: RetryPolicy, logger: Logger) throws {
        func require(_ condition: Bool, _ what: String) throws {
            if !condition { throw SourceError(.configuration, "The source '\(configuration.name)' \(what).") }
        }
        try require(
            ["http", "https"].contains(configuration.host.scheme) && configuration.host.host() != nil,
            "needs a host such as https://wd2-impl-services1.workday.com"
        )
        try require(!configuration.clientSecret.isEmpty, "has no client_secret; is its environment variable set?")
        let grant: OAuthTokenEndpoint.Grant
        switch configuration.grant {
        case .clientCredentials:
            grant = .clientCredentials
        case .refreshToken:
            guard let token = configuration.refreshToken, !token.isEmpty else {
                throw SourceError(
                    .configuration,
                    "The source '\(configuration.name)' has no refresh_token, which its grant needs; is its environment variable set?"
                )
            }
            grant = .refreshToken(token)
        }
        self.configuration = configuration
        name = configuration.name
        var limits = SourceHTTPClient.Limits()
        limits.total = .seconds(configuration.timeoutSeconds)
        limits.read = limits.total
        limits.requestsPerSecond = configuration.requestsPerSecond
        limits.concurrency = configuration.concurrency
        let client = SourceHTTPClient(limits: limits, policy: policy, logger: logger)
        self.client = client
        let tenant = FormEncoding.escape(configuration.tenant)
        let endpoint = OAuthTokenEndpoint(
            url: configuration.host.base + (configuration.tokenPath ?? "/ccx/oauth2/\(tenant)/token"),
            grant: grant,
            clientID: configuration.clientID,
            clientSecret: configuration.clientSecret
        )
        authorization = BearerAuthorization(tokens: TokenProvider { try await endpoint.fetch(by: client) })
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
        let tree = WorkdayFields.tree(contract, overrides: resource.fields)
        let collection = PagedCollection(
            table: table,
            url: url(of: resource),
            tree: tree,
            jsonColumns: contract.jsonColumns,
            ordinaryMembers: WorkdayFields.ordinaryMembers,
            idColumn: tree.columns.firstIndex(of: contract.key[0]) ?? 0,
            pageSize: configuration.pageSize,
            concurrency: configuration.concurrency
        )
        do {
            return try await PagedCollectionReader(collection: collection, client: client, authorization: authorization)
                .read(request, into: sink)
        } catch let error as SourceError {
            throw explained(error, resource)
        }
    }

    /// Gets a token and one record of each resource.
    public func check() async -> [SourceFinding] {
        var findings: [SourceFinding] = []
        do {
            _ = try await authorization.tokens.token()
            findings.append(SourceFinding(ok: true, what: "got an access token from \(configuration.host.base)"))
        } catch {
            return [SourceFinding(ok: false, what: "no access token: \(error)", howToMend: Self.mend(error))]
        }
        for (table, resource) in configuration.resources.sorted(by: { $0.key < $1.key }) {
            do {
                _ = try await client.send(
                    .get(url(of: resource), query: [("limit", "1"), ("offset", "0")]),
                    authorization: authorization
                )
                findings.append(
                    SourceFinding(ok: true, what: "\(table): \(resource.service)/\(resource.resource) answers")
                )
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

    private func url(of resource: WorkdayConfiguration.Resource) -> String {
        let path = [resource.service, resource.version, configuration.tenant, resource.resource]
        return configuration.host.base + "/ccx/api/" + path.map(FormEncoding.escape).joined(separator: "/")
    }

    private func explained(_ error: SourceError, _ resource: WorkdayConfiguration.Resource) -> SourceError {
        guard error.code == .forbidden else { return error }
        return SourceError(
            .forbidden,
            "Workday's domain security does not let this API client read \(resource.service)/\(resource.resource): give "
                + "the integration user Get access to the domain of that resource, and its scope to the API client. "
                + error.message,
            location: error.location,
            cause: error
        )
    }

    private static func mend(_ error: any Error) -> String {
        switch (error as? SourceError)?.code {
        case .some(.unreachable), .some(.timeout): "check 'host', the network and that the service is up"
        case .some(.unauthorized): "check client_id, client_secret and refresh_token"
        case .some(.forbidden): "grant the API client's user access to the resource's domain"
        case .some(.notFound): "check 'tenant' and the resource's service, version and path"
        default: "see the message"
        }
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
