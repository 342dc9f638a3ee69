// Reads the settings of sources that are reached over HTTP: Workday, and any REST interface.

import Foundation
import LyceumCore
import LyceumSources

extension ConfigurationReader {
    // MARK: Workday

    func workday(_ name: String, _ entry: YAMLMapping) throws(PipelineError) -> WorkdayConfiguration {
        let grant = try entry.choice("grant", OAuthConfiguration.Grant.self) ?? .refreshToken
        let isJWT = grant == .jwtBearer
        var configuration = WorkdayConfiguration(
            name: name,
            host: try url(entry, "host"),
            tenant: try requiredText(entry, "tenant"),
            tokenPath: try text(entry, "token_path"),
            grant: grant,
            clientID: try requiredText(entry, "client_id"),
            clientSecret: isJWT && !entry.has("client_secret") ? nil : try secret(entry, "client_secret"),
            refreshToken: grant == .refreshToken || entry.has("refresh_token")
                ? try secret(entry, "refresh_token") : nil,
            privateKey: isJWT ? try secret(entry, "private_key") : nil,
            subject: isJWT ? try requiredText(entry, "subject") : nil,
            audience: try text(entry, "audience") ?? "wd",
            clientAuthentication: try entry.choice(
                "client_authentication",
                OAuthConfiguration.ClientAuthentication.self
            ) ?? .basic,
            reportUser: try text(entry, "report_user"),
            requestsPerSecond: try positive(entry, "requests_per_second") ?? 5,
            concurrency: try entry.integer("concurrency", in: 1...64) ?? 4,
            pageSize: try entry.integer("page_size", in: 1...100) ?? 100,
            queryPageSize: try entry.integer("query_page_size", in: 1...10_000) ?? 1_000,
            queryVersion: try text(entry, "query_version") ?? "v1",
            timeoutSeconds: try positive(entry, "timeout_seconds") ?? 60,
            reportTimeoutSeconds: try positive(entry, "report_timeout_seconds") ?? 3_600,
            connection: try connection(entry)
        )
        if configuration.reportUser != nil || entry.has("report_password") {
            configuration.reportPassword = try secret(entry, "report_password")
            guard configuration.reportUser != nil else {
                throw entry.fault("report_password", "'report_password' needs 'report_user'")
            }
        }
        if let resources = try entry.mapping("resources") {
            for key in resources.keys {
                try add(resources, key, to: &configuration)
            }
            try resources.finish()
        }
        return configuration
    }

    /// One table of Workday: a REST resource, a report or a WQL query; `off` leaves the table out.
    private func add(
        _ resources: YAMLMapping,
        _ key: String,
        to configuration: inout WorkdayConfiguration
    ) throws(PipelineError) {
        let table = "workday_" + key
        let known = Contract.tables(role: "workday").map { String($0.table.dropFirst("workday_".count)) }
        guard known.contains(key) else {
            throw resources.fault(key, "Workday has no table '\(key)'; one of \(known.joined(separator: ", "))")
        }
        if case .scalar? = resources.take(key) {
            guard try resources.string(key) == "off" else {
                throw resources.fault(key, "'\(key)' must be a mapping, or off to leave the table out")
            }
            configuration.resources[table] = nil
            return
        }
        guard let entry = try resources.mapping(key) else { return }
        let access: WorkdayConfiguration.Resource.Access
        if let report = try text(entry, "report") {
            let parts = report.split(separator: "/", maxSplits: 1).map(String.init)
            guard parts.count == 2 else {
                throw entry.fault("report", "'report' must be OWNER/REPORT_NAME, as in the report's web service URL")
            }
            access = .report(owner: parts[0], name: parts[1], prompts: try texts(entry, "prompts"))
        } else if let query = try text(entry, "wql") {
            access = .wql(query: query)
        } else if entry.has("resource") || configuration.resources[table] == nil {
            access = .rest(
                service: try requiredText(entry, "service"),
                version: try requiredText(entry, "version"),
                resource: try requiredText(entry, "resource")
            )
        } else if case .rest(let service, let version, let resource)? = configuration.resources[table]?.access {
            access = .rest(
                service: try text(entry, "service") ?? service,
                version: try text(entry, "version") ?? version,
                resource: resource
            )
        } else {
            throw entry.fault(nil, "'\(key)' needs report, wql, or service, version and resource")
        }
        var resource = WorkdayConfiguration.Resource(access)
        if let fields = try entry.mapping("fields") { resource.fields = try paths(fields) }
        try entry.finish()
        configuration.resources[table] = resource
    }

    // MARK: Any REST interface

    func rest(_ name: String, _ entry: YAMLMapping) throws(PipelineError) -> RESTConfiguration {
        let url = try url(entry, "url")
        var configuration = RESTConfiguration(
            name: name,
            url: url,
            headers: try texts(entry, "headers"),
            requestsPerSecond: try positive(entry, "requests_per_second") ?? 5,
            concurrency: try entry.integer("concurrency", in: 1...64) ?? 4,
            timeoutSeconds: try positive(entry, "timeout_seconds") ?? 60,
            connection: try connection(entry),
            tables: [:]
        )
        if let auth = try entry.mapping("auth") {
            configuration.authentication = try authentication(auth)
            try auth.finish()
        }
        guard let tables = try entry.mapping("tables"), !tables.keys.isEmpty else {
            throw entry.fault("tables", "source '\(name)' needs 'tables', raw table names with their paths")
        }
        for key in tables.keys {
            guard key.wholeMatch(of: /[a-z][a-z0-9_]*/) != nil else {
                throw tables.fault(
                    key,
                    "table name '\(key)' must be lower-case letters, digits and _, starting with a letter"
                )
            }
            guard let table = try tables.mapping(key) else {
                throw tables.fault(key, "table '\(key)' needs 'path', 'key' and 'columns'")
            }
            configuration.tables[key] = try restTable(table)
            try table.finish()
        }
        try tables.finish()
        return configuration
    }

    private func restTable(_ entry: YAMLMapping) throws(PipelineError) -> RESTConfiguration.Table {
        guard let columns = try entry.mapping("columns"), !columns.keys.isEmpty else {
            throw entry.fault("columns", "'columns' is missing; give each column the path of its member")
        }
        var table = RESTConfiguration.Table(
            path: try requiredText(entry, "path"),
            query: try texts(entry, "query"),
            body: try text(entry, "body"),
            records: try entry.string("records") ?? "data",
            total: try entry.string("total") ?? "total",
            key: try entry.strings("key") ?? [],
            columns: try paths(columns),
            jsonColumns: Set(try entry.strings("json_columns") ?? [])
        )
        guard !table.key.isEmpty else {
            throw entry.fault(nil, "'key' is missing; name the columns that identify a row")
        }
        for column in table.key + table.jsonColumns where table.columns[column] == nil {
            throw entry.fault("key", "'\(column)' is none of 'columns'")
        }
        if let paging = try entry.mapping("paging") {
            table.paging = try style(paging)
            try paging.finish()
        }
        return table
    }

    private func style(_ entry: YAMLMapping) throws(PipelineError) -> PagingStyle {
        enum Style: String, CaseIterable { case none, offset, page, cursor, link }
        guard let style = try entry.choice("style", Style.self) else {
            throw entry.fault(nil, "'paging' has no 'style'; one of none, offset, page, cursor, link")
        }
        var size: PagingStyle.Size?
        let count = try entry.integer("size", in: 1...100_000)
        let sizeName = try text(entry, "size_parameter")
        if let count { size = .init(name: sizeName ?? "limit", count: count) }
        func sized() throws(PipelineError) -> PagingStyle.Size {
            guard let size else { throw entry.fault(nil, "'size' is missing, the records a page") }
            return size
        }
        switch style {
        case .none: return .none
        case .offset: return .offset(parameter: try text(entry, "parameter") ?? "offset", size: try sized())
        case .page:
            return .pageNumber(
                parameter: try text(entry, "parameter") ?? "page",
                first: try entry.integer("first", in: 0...1) ?? 1,
                size: try sized()
            )
        case .cursor:
            return .cursor(
                parameter: try text(entry, "parameter") ?? "cursor",
                member: try requiredText(entry, "next"),
                size: size
            )
        case .link: return .link(member: try text(entry, "next"), size: size)
        }
    }

    private func authentication(_ entry: YAMLMapping) throws(PipelineError) -> RESTConfiguration.Authentication {
        enum Style: String, CaseIterable { case none, basic, token, oauth }
        guard let style = try entry.choice("style", Style.self) else {
            throw entry.fault(nil, "'auth' has no 'style'; one of none, basic, token, oauth")
        }
        switch style {
        case .none: return .none
        case .basic:
            return .basic(user: try requiredText(entry, "user"), password: try secret(entry, "password"))
        case .token:
            return .token(
                header: try text(entry, "header") ?? "Authorization",
                prefix: try text(entry, "prefix") ?? (entry.has("header") ? "" : "Bearer "),
                token: try secret(entry, "token")
            )
        case .oauth:
            let grant = try entry.choice("grant", OAuthConfiguration.Grant.self) ?? .clientCredentials
            let isJWT = grant == .jwtBearer
            return .oauth(
                OAuthConfiguration(
                    tokenURL: try url(entry, "token_url").absoluteString,
                    grant: grant,
                    clientID: try requiredText(entry, "client_id"),
                    clientSecret: isJWT && !entry.has("client_secret") ? nil : try secret(entry, "client_secret"),
                    refreshToken: grant == .refreshToken ? try secret(entry, "refresh_token") : nil,
                    privateKey: isJWT ? try secret(entry, "private_key") : nil,
                    subject: isJWT ? try requiredText(entry, "subject") : nil,
                    audience: try text(entry, "audience"),
                    keyID: try text(entry, "key_id"),
                    scope: try text(entry, "scope"),
                    clientAuthentication: try entry.choice(
                        "client_authentication",
                        OAuthConfiguration.ClientAuthentication.self
                    ) ?? .basic
                )
            )
        }
    }

    // MARK: Shared

    /// Time limits and trust of connections.
    func connection(_ entry: YAMLMapping) throws(PipelineError) -> ConnectionSettings {
        ConnectionSettings(
            connectTimeoutSeconds: try positive(entry, "connect_timeout_seconds") ?? 10,
            readTimeoutSeconds: try positive(entry, "read_timeout_seconds") ?? 60,
            caFile: try path(entry, "ca_file")?.path
        )
    }

    /// A mapping of names to texts.
    private func texts(_ entry: YAMLMapping, _ key: String) throws(PipelineError) -> [String: String] {
        guard let mapping = try entry.mapping(key) else { return [:] }
        var texts: [String: String] = [:]
        for name in mapping.keys { texts[name] = try text(mapping, name) }
        try mapping.finish()
        return texts
    }

    /// Columns with the paths of their members.
    private func paths(_ mapping: YAMLMapping) throws(PipelineError) -> [String: [String]] {
        var paths: [String: [String]] = [:]
        for column in mapping.keys { paths[column] = try mapping.strings(column) ?? [column] }
        try mapping.finish()
        return paths
    }
}
