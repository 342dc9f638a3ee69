// What the Tableau connector needs to know.

import Foundation
import LyceumCore

/// Configuration of a Tableau Server or Cloud site.
public struct TableauConfiguration: Sendable, Hashable {
    /// What a raw table is read from.
    public enum Origin: Sendable, Hashable {
        /// A workbook's view, as CSV; a nil view takes the workbook's first.
        case view(workbook: String, view: String?)
        /// A published data source, queried through the VizQL Data Service.
        ///
        /// - `fields`: captions, or `SUM(Caption)` for an aggregate; nil takes every column of the data source.
        /// - `splitBy`: captions by whose values a query is split when its answer would be too large; empty takes the key's.
        case query(datasource: String, fields: [String]?, splitBy: [String])
        /// A published data source's extract, downloaded and read with Tableau's Hyper; nil takes its only table.
        case extract(datasource: String, table: String?)
    }

    /// How a column is written, where that depends on the site's locale.
    public enum Notation: String, Sendable, Hashable, CaseIterable {
        /// A number, with the locale's separators.
        case number
        /// A date or a time, in the locale's order and with its names of months.
        case date
    }

    /// One raw table.
    public struct Table: Sendable, Hashable {
        /// What it is read from.
        public var origin: Origin
        /// The columns that identify a row, in snake_case.
        public var key: [String]
        /// The columns that the models expect, in snake_case.
        public var columns: [String]
        /// Only these values: field caption → values.
        public var filters: [String: [String]]
        /// The columns that are numbers or dates, in snake_case; only views write them in a locale.
        public var notations: [String: Notation]

        /// Describes one raw table.
        public init(
            _ origin: Origin,
            key: [String],
            columns: [String] = [],
            filters: [String: [String]] = [:],
            notations: [String: Notation] = [:]
        ) {
            self.origin = origin
            self.key = key
            self.columns = columns
            self.filters = filters
            self.notations = notations
        }
    }

    /// The configured name.
    public var name: String
    /// The server, `https://tableau.example.edu`.
    public var server: URL
    /// The site's content URL; empty is the default site.
    public var site: String
    /// The REST API's version.
    public var apiVersion: String
    /// The personal access token's name.
    public var tokenName: String
    /// The personal access token's secret.
    public var tokenSecret: Secret
    /// Raw table → what it is read from.
    public var tables: [String: Table]
    /// The locale of the token's user, such as `de_DE`; nil leaves views' numbers and dates as they are written.
    public var locale: String?
    /// Tableau's `hyperd`; nil looks for it (see ``HyperServer``).
    public var hyper: String?
    /// A file of certificates in PEM that are trusted besides the system's.
    public var caFile: String?
    /// The most requests in a second.
    public var requestsPerSecond: Double
    /// The longest time for one request, in seconds.
    public var timeoutSeconds: Double

    /// Configures a site.
    public init(
        name: String,
        server: URL,
        site: String = "",
        apiVersion: String = "3.24",
        tokenName: String,
        tokenSecret: Secret,
        tables: [String: Table] = TableauConfiguration.defaultTables,
        locale: String? = nil,
        hyper: String? = nil,
        caFile: String? = nil,
        requestsPerSecond: Double = 5,
        timeoutSeconds: Double = 300
    ) {
        self.name = name
        self.server = server
        self.site = site
        self.apiVersion = apiVersion
        self.tokenName = tokenName
        self.tokenSecret = tokenSecret
        self.tables = tables
        self.locale = locale
        self.hyper = hyper
        self.caFile = caFile
        self.requestsPerSecond = requestsPerSecond
        self.timeoutSeconds = timeoutSeconds
    }

    /// The first views of the workbooks `student_analytics` and `job_market_trends`.
    public static let defaultTables: [String: Table] = Dictionary(
        uniqueKeysWithValues: Contract.tables(role: "tableau").map { contract in
            let workbook = String(contract.table.dropFirst("tableau_".count))
            return (
                contract.table,
                Table(
                    .view(workbook: workbook, view: nil),
                    key: contract.key,
                    columns: contract.columns,
                    notations: notations.filter { contract.columns.contains($0.key) }
                )
            )
        }
    )

    private static let notations: [String: Notation] = [
        "performance_score": .number, "assessments_submitted": .number, "mean_days_early": .number,
        "last_activity": .date, "month": .date, "postings": .number, "share": .number, "growth": .number,
    ]
}
