// Tableau Server and Cloud: views' data, published data sources, and extracts.

import Foundation
import Logging
import LyceumCore

/// Reads views over the REST API, published data sources through the VizQL Data Service, and extracts with Hyper.
public final class TableauSource: Source {
    /// The configured name.
    public let name: String
    /// `tableau`.
    public let kind = "tableau"

    private let configuration: TableauConfiguration
    private let policy: RetryPolicy
    private let client: SourceHTTPClient
    private let session: TableauSession
    private let site: TableauSite
    private let notation: LocaleNotation?

    /// Prepares a source; nothing is sent yet.
    ///
    /// - Throws: ``SourceError`` with code `configuration`.
    public convenience init(
        _ configuration: TableauConfiguration,
        logger: Logger = Logger(label: "lyceum.sources.tableau")
    ) throws {
        try self.init(configuration, policy: RetryPolicy(), logger: logger)
    }

    init(_ configuration: TableauConfiguration, policy: RetryPolicy, logger: Logger) throws {
        guard ["http", "https"].contains(configuration.server.scheme), configuration.server.host() != nil else {
            throw SourceError(
                .configuration,
                "The source '\(configuration.name)' needs a server such as https://tableau.example.edu."
            )
        }
        guard !configuration.tokenName.isEmpty, !configuration.tokenSecret.isEmpty else {
            throw SourceError(
                .configuration,
                "The source '\(configuration.name)' needs token_name and token_secret; is the environment variable set?"
            )
        }
        self.configuration = configuration
        self.policy = policy
        name = configuration.name
        notation = try configuration.locale.map(LocaleNotation.init)
        var limits = SourceHTTPClient.Limits()
        limits.total = .seconds(configuration.timeoutSeconds)
        limits.read = limits.total
        limits.requestsPerSecond = configuration.requestsPerSecond
        limits.concurrency = 2
        let network = try NetworkSettings(caFile: configuration.caFile)
        client = SourceHTTPClient(limits: limits, policy: policy, network: network, logger: logger)
        session = TableauSession.shared(configuration, network: network, policy: policy, logger: logger)
        site = TableauSite(api: configuration.api, client: client, session: session)
    }

    /// The configured tables.
    public func datasets() async throws -> [Dataset] {
        configuration.tables.sorted { $0.key < $1.key }.map { name, table in
            Dataset(table: name, key: table.key, columns: table.columns, mode: .snapshot)
        }
    }

    /// Reads one table, from what its configuration says.
    public func extract(_ request: ExtractRequest, into sink: any ExtractSink) async throws -> Extraction {
        guard let table = configuration.tables[request.dataset.table] else {
            throw SourceError(
                .configuration,
                "The source '\(name)' has no table '\(request.dataset.table)'.",
                location: request.dataset.table
            )
        }
        switch table.origin {
        case .view(let workbook, let view):
            return try await ViewReader(
                name: name,
                view: site.view(view, of: workbook),
                table: table,
                site: site,
                notation: notation,
                policy: policy
            ).read(request, into: sink)
        case .query(let datasource, let fields, let splitBy):
            return try await VizQLReader(
                datasource: site.datasource(datasource),
                table: table,
                fields: fields,
                splitBy: splitBy,
                url: configuration.vizQL,
                site: site
            ).read(request, into: sink)
        case .extract(let datasource, let hyperTable):
            return try await ExtractReader(
                datasource: site.datasource(datasource),
                table: table,
                hyperTable: hyperTable,
                site: site,
                program: configuration.hyper
            ).read(request, into: sink)
        }
    }

    /// Signs in and finds what each table is read from.
    public func check() async -> [SourceFinding] {
        var findings: [SourceFinding] = []
        do {
            _ = try await session.site()
            findings.append(SourceFinding(ok: true, what: "signed in to \(configuration.server.base)"))
        } catch {
            return [
                SourceFinding(
                    ok: false,
                    what: "no sign-in: \(error)",
                    howToMend: "check 'server', 'site', 'token_name' and 'token_secret'"
                )
            ]
        }
        for (name, table) in configuration.tables.sorted(by: { $0.key < $1.key }) {
            do {
                findings.append(SourceFinding(ok: true, what: "\(name): \(try await find(table))"))
            } catch {
                findings.append(
                    SourceFinding(
                        ok: false,
                        what: "\(name): \(error)",
                        howToMend: "check the names, and grant the token's user View (data sources: API Access; "
                            + "extracts: Download)"
                    )
                )
            }
        }
        return findings
    }

    private func find(_ table: TableauConfiguration.Table) async throws -> String {
        switch table.origin {
        case .view(let workbook, let view):
            return "view '\(try await site.view(view, of: workbook).name)' of '\(workbook)'"
        case .query(let datasource, _, _):
            return "data source '\(try await site.datasource(datasource).name)'"
        case .extract(let datasource, _):
            let program = try HyperServer.find(configuration.hyper)
            return "extract of '\(try await site.datasource(datasource).name)', read with \(program)"
        }
    }

    /// Signs out, if no other source uses the same token, and closes the connections.
    public func close() async {
        await session.close()
        await client.close()
    }
}
