// Tableau Server and Cloud: the data of workbooks' views.

import Foundation
import Logging
import LyceumCore

/// Reads the data of views as CSV, over the REST API.
public final class TableauSource: Source {
    /// The configured name.
    public let name: String
    /// `tableau`.
    public let kind = "tableau"

    private let configuration: TableauConfiguration
    private let client: SourceHTTPClient
    private let authorization: TableauAuthorization
    private let logger: Logger

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
        self.logger = logger
        name = configuration.name
        var limits = SourceHTTPClient.Limits()
        limits.total = .seconds(configuration.timeoutSeconds)
        limits.read = limits.total
        limits.requestsPerSecond = configuration.requestsPerSecond
        limits.concurrency = 2
        let client = SourceHTTPClient(limits: limits, policy: policy, logger: logger)
        self.client = client
        authorization = TableauAuthorization(
            tokens: TokenProvider { try await Self.signIn(configuration, by: client) }
        )
    }

    // MARK: Session

    private static func signIn(_ configuration: TableauConfiguration, by client: SourceHTTPClient) async throws
        -> AccessToken
    {
        var request = APIRequest(.post, configuration.api + "/auth/signin")
        request.headers = [("Accept", "application/json"), ("Content-Type", "application/json")]
        request.body = Array(
            """
            {"credentials":{"personalAccessTokenName":\(JSONText.encode(configuration.tokenName)),\
            "personalAccessTokenSecret":\(JSONText.encode(configuration.tokenSecret.reveal())),\
            "site":{"contentUrl":\(JSONText.encode(configuration.site))}}}
            """.utf8
        )
        let response: APIResponse
        do {
            response = try await client.send(request, authorization: NoAuthorization())
        } catch let error as SourceError where error.code == .unauthorized {
            throw SourceError(
                .unauthorized,
                "Tableau refused the personal access token. Check token_name, token_secret and site; a token that was not "
                    + "used for 15 days ends. \(error.message)",
                location: error.location,
                cause: error
            )
        }
        struct Answer: Decodable {
            struct Credentials: Decodable {
                struct Site: Decodable { var id: String }
                var token: String
                var site: Site
            }
            var credentials: Credentials
        }
        guard let answer = try? JSONDecoder().decode(Answer.self, from: Data(response.body)) else {
            throw SourceError(
                .malformed,
                "Tableau's answer to the sign-in has no token or no site. Check 'server' and 'api_version'.",
                location: response.location
            )
        }
        return AccessToken(
            secret: Secret(answer.credentials.token),
            attributes: ["site": answer.credentials.site.id]
        )
    }

    private func site() async throws -> String {
        let id = try await authorization.tokens.token().attributes["site"] ?? ""
        return configuration.api + "/sites/" + FormEncoding.escape(id)
    }

    // MARK: Finding views

    private func list(
        _ path: String,
        _ plural: String,
        _ singular: String,
        filter: String? = nil
    ) async throws -> [TableauItem] {
        var items: [TableauItem] = []
        var page = 1
        while true {
            var query = [("pageSize", "100"), ("pageNumber", String(page))]
            if let filter { query.append(("filter", filter)) }
            let answer = try await client.send(.get(path, query: query), authorization: authorization) {
                try TableauList($0, plural, singular)
            }
            items += answer.items
            guard answer.hasMore else { return items }
            page += 1
        }
    }

    private func findView(_ options: TableauConfiguration.Workbook) async throws -> TableauItem {
        let site = try await site()
        let workbooks = try await list(
            site + "/workbooks",
            "workbooks",
            "workbook",
            filter: "name:eq:\(options.workbook)"
        )
        guard let workbook = workbooks.first(where: { $0.name == options.workbook }) else {
            throw SourceError(
                .notFound,
                "The site has no workbook '\(options.workbook)' that the token's user may see. Check its name and grant View.",
                location: site
            )
        }
        let views = try await list(site + "/workbooks/\(FormEncoding.escape(workbook.id))/views", "views", "view")
        guard let view = options.view.map({ name in views.first { $0.name == name } }) ?? views.first else {
            let wanted = options.view.map { "no view '\($0)'" } ?? "no view"
            throw SourceError(
                .notFound,
                "The workbook '\(options.workbook)' has \(wanted). It has: \(views.map(\.name).joined(separator: ", ")).",
                location: site
            )
        }
        return view
    }

    // MARK: Source

    /// The configured workbooks.
    public func datasets() async throws -> [Dataset] {
        configuration.workbooks.sorted { $0.key < $1.key }.map { table, workbook in
            Dataset(table: table, key: workbook.key, columns: workbook.columns, mode: .snapshot)
        }
    }

    /// Reads one workbook's view.
    public func extract(_ request: ExtractRequest, into sink: any ExtractSink) async throws -> Extraction {
        let table = request.dataset.table
        guard let options = configuration.workbooks[table] else {
            throw SourceError(.configuration, "The source '\(name)' has no workbook for '\(table)'.", location: table)
        }
        let view = try await findView(options)
        let filters = options.filters.sorted { $0.key < $1.key }.map { ("vf_" + $0.key, $0.value) }
        let url = try await site() + "/views/\(FormEncoding.escape(view.id))/data"
        // One minute is the youngest that the server's cache may be asked for.
        let response = try await client.send(
            .get(url, query: [("maxAge", "1")] + filters, accept: "*/*"),
            authorization: authorization
        )
        let workspace = try await Workspace.open()
        let path = workspace.temporaryFile(".csv")
        guard
            FileManager.default.createFile(
                atPath: path,
                contents: Data(response.body),
                attributes: [.posixPermissions: 0o600]
            )
        else {
            throw SourceError(.configuration, "The temporary file cannot be written; is the disk full?", location: path)
        }
        let reader = FileReader(workspace: workspace)
        let file = DataFile(name: response.location, path: path, format: .csv, delimiter: ",")
        let prepared = try await reader.prepare(file)
        let columns = ColumnNaming.distinct(prepared.columns.map(ColumnNaming.snakeCase))
        if let key = options.key.first(where: { !columns.contains($0) }) {
            throw SourceError(
                .schema,
                "The view '\(view.name)' has no column that reads as '\(key)', which is its key. It has: "
                    + "\(columns.joined(separator: ", ")).",
                location: response.location
            )
        }
        var result = Extraction()
        (result.rows, result.rejected) = try await reader.deliver(prepared, columns: columns, tree: nil, into: sink)
        request.onProgress(result.rows)
        result.isComplete = result.rejected == 0 && options.filters.isEmpty
        result.drift = drift(table, columns, options, request)
        result.fingerprint =
            TableSchema(columns: Dictionary(columns.map { ($0, "text") }) { first, _ in first }).fingerprint
        return result
    }

    private func drift(
        _ table: String,
        _ columns: [String],
        _ options: TableauConfiguration.Workbook,
        _ request: ExtractRequest
    ) -> [SchemaDrift] {
        let previous = request.fullRefresh ? nil : TableSchema(fingerprint: request.fingerprint)
        let known = Set(options.columns).union(previous?.columns.keys.map { $0 } ?? [])
        return options.columns.filter { !columns.contains($0) }.map {
            SchemaDrift(table: table, column: $0, kind: .missing, detail: "read as NULL")
        } + columns.filter { !known.contains($0) }.map { SchemaDrift(table: table, column: $0, kind: .added) }
    }

    /// Signs in and finds each workbook's view.
    public func check() async -> [SourceFinding] {
        var findings: [SourceFinding] = []
        do {
            _ = try await site()
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
        for (table, workbook) in configuration.workbooks.sorted(by: { $0.key < $1.key }) {
            do {
                let view = try await findView(workbook)
                findings.append(
                    SourceFinding(ok: true, what: "\(table): view '\(view.name)' of '\(workbook.workbook)'")
                )
            } catch {
                findings.append(
                    SourceFinding(
                        ok: false,
                        what: "\(table): \(error)",
                        howToMend: "check the workbook's and the view's name, and grant the token's user View"
                    )
                )
            }
        }
        return findings
    }

    /// Signs out and closes the connections.
    public func close() async {
        if let token = await authorization.tokens.end() {
            var request = APIRequest(.post, configuration.api + "/auth/signout")
            request.headers = [("X-Tableau-Auth", token.secret.reveal())]
            do {
                _ = try await client.send(request, authorization: NoAuthorization())
            } catch {
                // The session ends by itself after some time.
                logger.notice("signing out failed", metadata: ["source": "\(name)"])
            }
        }
        await client.close()
    }
}

extension TableauConfiguration {
    /// The API's URL, without a slash at its end.
    fileprivate var api: String { server.base + "/api/" + apiVersion }
}
