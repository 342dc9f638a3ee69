// Reads the `sources:` section: one connector's settings a mapping.

import Foundation
import LyceumCore
import LyceumSources

extension ConfigurationReader {
    private enum SourceType: String, CaseIterable {
        case oracle, workday, tableau, files, rest
    }

    /// One source, by its `type`.
    func source(_ name: String, _ entry: YAMLMapping) throws(PipelineError) -> Configuration.SourceSettings {
        guard let type = try entry.choice("type", SourceType.self) else {
            throw entry.fault(nil, "source '\(name)' has no 'type'; one of oracle, workday, tableau, files, rest")
        }
        switch type {
        case .oracle: return .oracle(try oracle(name, entry))
        case .workday: return .workday(try workday(name, entry))
        case .tableau: return .tableau(try tableau(name, entry))
        case .files: return .files(try files(name, entry))
        case .rest: return .rest(try rest(name, entry))
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
        if let section = try entry.mapping("jdbc") {
            configuration.jdbc = try jdbc(section, driver: driver, address: address)
        }
        // A database without the student information system's tables has only those that are listed.
        if try entry.bool("standard_tables") == false { configuration.tables = [:] }
        if let tables = try entry.mapping("tables") {
            for key in tables.keys {
                guard let table = try tables.mapping(key) else { continue }
                let known = configuration.tables["oracle_" + key]
                let given = try table.strings("key") ?? known?.key ?? []
                guard !given.isEmpty else { throw tables.fault(key, "table '\(key)' needs 'key', its business key") }
                configuration.tables["oracle_" + key] = OracleConfiguration.TableConfiguration(
                    from: try text(table, "from") ?? known?.from ?? key,
                    key: given.map { $0.lowercased() },
                    watermark: table.has("watermark") ? try text(table, "watermark")?.lowercased() : known?.watermark,
                    columns: try table.strings("columns") ?? known?.columns,
                    filter: try text(table, "filter"),
                    select: try table.strings("select")?.map { $0.lowercased() },
                    exclude: try table.strings("exclude")?.map { $0.lowercased() } ?? [],
                    division: try table.choice("division", OracleConfiguration.Division.self) ?? .automatic,
                    deletes: try table.choice("deletes", OracleConfiguration.Deletes.self) ?? .keys,
                    deletesEveryHours: try table.number("deletes_every_hours")
                )
                if let hours = configuration.tables["oracle_" + key]?.deletesEveryHours, hours < 0 {
                    throw table.fault("deletes_every_hours", "'deletes_every_hours' must not be negative")
                }
                try table.finish()
            }
            try tables.finish()
        }
        return configuration
    }

    private func tableau(_ name: String, _ entry: YAMLMapping) throws(PipelineError) -> TableauConfiguration {
        var configuration = TableauConfiguration(
            name: name,
            server: try url(entry, "server"),
            site: try text(entry, "site") ?? "",
            apiVersion: try text(entry, "api_version") ?? "3.24",
            tokenName: try requiredText(entry, "token_name"),
            tokenSecret: try secret(entry, "token_secret"),
            locale: try text(entry, "locale"),
            hyper: try path(entry, "hyper")?.path,
            caFile: try path(entry, "ca_file")?.path,
            requestsPerSecond: try positive(entry, "requests_per_second") ?? 5,
            timeoutSeconds: try positive(entry, "timeout_seconds") ?? 300
        )
        if let tables = try entry.mapping("tables") {
            // Those that are named, and no others: a site need not have the workbooks of the defaults.
            configuration.tables = [:]
            for key in tables.keys {
                guard let table = try tables.mapping(key) else { continue }
                configuration.tables["tableau_" + key] = try tableauTable(key, table, in: tables)
                try table.finish()
            }
            try tables.finish()
        }
        return configuration
    }

    private enum DatasourceReading: String, CaseIterable {
        case query, extract
    }

    private func tableauTable(
        _ key: String,
        _ table: YAMLMapping,
        in tables: YAMLMapping
    ) throws(PipelineError) -> TableauConfiguration.Table {
        let known = TableauConfiguration.defaultTables["tableau_" + key]
        let origin: TableauConfiguration.Origin
        if table.has("datasource") {
            if table.has("workbook") { throw table.fault("workbook", "give either 'workbook' or 'datasource'") }
            let datasource = try requiredText(table, "datasource")
            switch try table.choice("read", DatasourceReading.self) ?? .query {
            case .query:
                origin = .query(
                    datasource: datasource,
                    fields: try table.strings("fields"),
                    splitBy: try table.strings("split_by") ?? []
                )
            case .extract:
                origin = .extract(datasource: datasource, table: try text(table, "table"))
            }
        } else {
            origin = .view(workbook: try text(table, "workbook") ?? key, view: try text(table, "view"))
        }
        let given = try table.strings("key") ?? known?.key ?? []
        guard !given.isEmpty else {
            throw tables.fault(key, "table '\(key)' needs 'key', the columns of its business key")
        }
        var result = TableauConfiguration.Table(
            origin,
            key: given,
            columns: known?.columns ?? [],
            notations: known?.notations ?? [:]
        )
        if let filters = try table.mapping("filters") {
            for field in filters.keys { result.filters[field] = try filters.strings(field) ?? [] }
            try filters.finish()
        }
        for (setting, notation) in [("numbers", TableauConfiguration.Notation.number), ("dates", .date)] {
            guard let columns = try table.strings(setting) else { continue }
            result.notations = result.notations.filter { $0.value != notation }
            for column in columns { result.notations[column] = notation }
        }
        return result
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

    func positive(_ entry: YAMLMapping, _ key: String) throws(PipelineError) -> Double? {
        guard let value = try entry.number(key) else { return nil }
        guard value > 0 else { throw entry.fault(key, "'\(key)' must be above zero") }
        return value
    }
}
