// Reads the `sources:` section: one connector's settings a mapping.

import Foundation
import LyceumCore
import LyceumSources

extension ConfigurationReader {
    private enum SourceType: String, CaseIterable {
        case oracle, workday, tableau, files
    }

    /// One source, by its `type`.
    func source(_ name: String, _ entry: YAMLMapping) throws(PipelineError) -> Configuration.SourceSettings {
        guard let type = try entry.choice("type", SourceType.self) else {
            throw entry.fault(nil, "source '\(name)' has no 'type'; one of oracle, workday, tableau, files")
        }
        switch type {
        case .oracle: return .oracle(try oracle(name, entry))
        case .workday: return .workday(try workday(name, entry))
        case .tableau: return .tableau(try tableau(name, entry))
        case .files: return .files(try files(name, entry))
        }
    }

    private func oracle(_ name: String, _ entry: YAMLMapping) throws(PipelineError) -> OracleConfiguration {
        let driver = try text(entry, "driver") ?? "oracle"
        let address: Secret
        if entry.has("path") {
            guard let path = try path(entry, "path") else { throw entry.fault("path", "'path' is empty") }
            guard !entry.has("uri") else { throw entry.fault("uri", "give either 'path' (a DuckDB file) or 'uri'") }
            address = Secret(path.path)
        } else {
            address = try secret(entry, "uri")
        }
        var configuration = OracleConfiguration(
            name: name,
            driver: driver,
            uri: address,
            schema: try text(entry, "schema"),
            connections: try entry.integer("connections", in: 1...64) ?? 4,
            watermarkLagSeconds: try entry.integer("watermark_lag_seconds", in: 0...604_800) ?? 300
        )
        if let options = try entry.mapping("options") {
            for key in options.keys { configuration.options[key] = try text(options, key) }
            try options.finish()
        }
        if let tables = try entry.mapping("tables") {
            for key in tables.keys {
                guard let table = try tables.mapping(key) else { continue }
                let known = configuration.tables["oracle_" + key]
                let given = try table.strings("key") ?? known?.key ?? []
                guard !given.isEmpty else { throw tables.fault(key, "table '\(key)' needs 'key', its business key") }
                configuration.tables["oracle_" + key] = OracleConfiguration.TableConfiguration(
                    from: try text(table, "from") ?? known?.from ?? key,
                    key: given,
                    watermark: table.has("watermark") ? try text(table, "watermark") : known?.watermark,
                    columns: try table.strings("columns") ?? known?.columns,
                    filter: try text(table, "filter")
                )
                try table.finish()
            }
            try tables.finish()
        }
        return configuration
    }

    private func workday(_ name: String, _ entry: YAMLMapping) throws(PipelineError) -> WorkdayConfiguration {
        let grant = try entry.choice("grant", WorkdayConfiguration.Grant.self) ?? .refreshToken
        var refreshToken: Secret?
        if grant == .refreshToken || entry.has("refresh_token") { refreshToken = try secret(entry, "refresh_token") }
        return WorkdayConfiguration(
            name: name,
            host: try url(entry, "host"),
            tenant: try requiredText(entry, "tenant"),
            tokenPath: try text(entry, "token_path"),
            grant: grant,
            clientID: try requiredText(entry, "client_id"),
            clientSecret: try secret(entry, "client_secret"),
            refreshToken: refreshToken,
            requestsPerSecond: try positive(entry, "requests_per_second") ?? 5,
            concurrency: try entry.integer("concurrency", in: 1...64) ?? 4,
            pageSize: try entry.integer("page_size", in: 1...100) ?? 100,
            timeoutSeconds: try positive(entry, "timeout_seconds") ?? 60
        )
    }

    private func tableau(_ name: String, _ entry: YAMLMapping) throws(PipelineError) -> TableauConfiguration {
        TableauConfiguration(
            name: name,
            server: try url(entry, "server"),
            site: try text(entry, "site") ?? "",
            apiVersion: try text(entry, "api_version") ?? "3.24",
            tokenName: try requiredText(entry, "token_name"),
            tokenSecret: try secret(entry, "token_secret"),
            requestsPerSecond: try positive(entry, "requests_per_second") ?? 5,
            timeoutSeconds: try positive(entry, "timeout_seconds") ?? 300
        )
    }

    private func files(_ name: String, _ entry: YAMLMapping) throws(PipelineError) -> FilesConfiguration {
        guard let folder = try path(entry, "path") else {
            throw entry.fault("path", "source '\(name)' has no 'path', the folder of its files")
        }
        var configuration = FilesConfiguration(
            name: name,
            path: folder.path,
            mapping: try text(entry, "mapping"),
            encoding: try text(entry, "encoding")
        )
        if let mapping = configuration.mapping, mapping.contains("/") {
            configuration.mapping = URL(filePath: mapping, relativeTo: self.folder).standardizedFileURL.path
        }
        if let tables = try entry.mapping("tables") {
            for key in tables.keys {
                guard let table = try tables.mapping(key) else { continue }
                configuration.tables[key] = FilesConfiguration.TableOptions(
                    glob: try requiredText(table, "glob"),
                    format: try text(table, "format"),
                    encoding: try text(table, "encoding"),
                    delimiter: try text(table, "delimiter"),
                    quote: try text(table, "quote"),
                    escape: try text(table, "escape"),
                    hasHeader: try table.boolean("header"),
                    columns: try table.strings("columns"),
                    sheet: try text(table, "sheet"),
                    key: try table.strings("key")
                )
                try table.finish()
            }
            try tables.finish()
        }
        return configuration
    }

    private func positive(_ entry: YAMLMapping, _ key: String) throws(PipelineError) -> Double? {
        guard let value = try entry.number(key) else { return nil }
        guard value > 0 else { throw entry.fault(key, "'\(key)' must be above zero") }
        return value
    }
}
