// What the Tableau connector needs to know.

import Foundation
import LyceumCore

/// Configuration of a Tableau Server or Cloud site.
public struct TableauConfiguration: Sendable, Hashable {
    /// One workbook to read.
    public struct Workbook: Sendable, Hashable {
        /// The workbook's name.
        public var workbook: String
        /// The view's name; nil takes the workbook's first.
        public var view: String?
        /// The columns that identify a row, in snake_case.
        public var key: [String]
        /// The columns that the models expect, in snake_case.
        public var columns: [String]
        /// View filters, field → value.
        public var filters: [String: String]

        /// Names a workbook's view.
        public init(
            workbook: String,
            view: String? = nil,
            key: [String],
            columns: [String],
            filters: [String: String] = [:]
        ) {
            self.workbook = workbook
            self.view = view
            self.key = key
            self.columns = columns
            self.filters = filters
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
    /// Raw table → workbook.
    public var workbooks: [String: Workbook]
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
        workbooks: [String: Workbook] = TableauConfiguration.defaultWorkbooks,
        requestsPerSecond: Double = 5,
        timeoutSeconds: Double = 300
    ) {
        self.name = name
        self.server = server
        self.site = site
        self.apiVersion = apiVersion
        self.tokenName = tokenName
        self.tokenSecret = tokenSecret
        self.workbooks = workbooks
        self.requestsPerSecond = requestsPerSecond
        self.timeoutSeconds = timeoutSeconds
    }

    /// `student_analytics` and `job_market_trends`.
    public static let defaultWorkbooks: [String: Workbook] = Dictionary(
        uniqueKeysWithValues: Contract.tables(role: "tableau").map { contract in
            let workbook = String(contract.table.dropFirst("tableau_".count))
            return (contract.table, Workbook(workbook: workbook, key: contract.key, columns: contract.columns))
        }
    )
}
