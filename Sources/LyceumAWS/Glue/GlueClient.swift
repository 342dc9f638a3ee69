// The Glue Data Catalog: databases and tables.

import Foundation
import Logging

/// Reads and changes one account's Glue Data Catalog and schema registry in a region.
///
/// All methods throw ``AWSError``, or `CancellationError`. Nothing is retried but what the transport retries.
public final class GlueClient: Sendable {
    let service: JSONService

    /// A client of the service in a region.
    public init(_ configuration: ServiceConfiguration, credentials: CredentialsChain, logger: Logger) throws {
        service = try JSONService(
            service: "glue",
            target: "AWSGlue",
            configuration,
            credentials: credentials,
            logger: logger
        )
    }

    // MARK: Databases

    /// Makes a database, or leaves one that is there.
    public func createDatabase(_ name: String, description: String) async throws {
        struct Database: Encodable, Sendable {
            var name: String
            var description: String
        }
        struct Input: Encodable, Sendable { var databaseInput: Database }
        do {
            let _: JSONService.Nothing = try await service.call(
                "CreateDatabase",
                Input(databaseInput: Database(name: name, description: description)),
                on: name,
                doing: "make the Glue database"
            )
        } catch let error as AWSError where error.serviceCode == "AlreadyExistsException" {}
    }

    /// Whether there is a database.
    public func hasDatabase(_ name: String) async throws -> Bool {
        struct Input: Encodable, Sendable { var name: String }
        do {
            let _: JSONService.Nothing = try await service.call(
                "GetDatabase",
                Input(name: name),
                on: name,
                doing: "look up the Glue database"
            )
            return true
        } catch let error as AWSError where error.code == .notFound { return false }
    }

    // MARK: Tables

    private struct TableName: Encodable, Sendable {
        var databaseName: String
        var name: String
    }

    private struct TableInput: Encodable, Sendable {
        var databaseName: String
        var tableInput: GlueTable
    }

    /// A table's definition; nil if there is none.
    public func table(_ name: String, in database: String) async throws -> GlueTable? {
        struct Answer: Decodable, Sendable { var table: GlueTable }
        do {
            let answer: Answer = try await service.call(
                "GetTable",
                TableName(databaseName: database, name: name),
                on: "\(database).\(name)",
                doing: "look up the Glue table"
            )
            return answer.table
        } catch let error as AWSError where error.code == .notFound { return nil }
    }

    /// All tables of a database, read page by page.
    ///
    /// - Throws: ``AWSError`` with code `notFound` if there is no such database.
    public func tables(in database: String) async throws -> [GlueTable] {
        struct Input: Encodable, Sendable {
            var databaseName: String
            var nextToken: String?
        }
        struct Answer: Decodable, Sendable {
            var tableList: [GlueTable]?
            var nextToken: String?
        }
        var tables: [GlueTable] = []
        var token: String?
        repeat {
            let answer: Answer = try await service.call(
                "GetTables",
                Input(databaseName: database, nextToken: token),
                on: database,
                doing: "list the Glue tables"
            )
            tables += answer.tableList ?? []
            token = answer.nextToken.flatMap { $0.isEmpty ? nil : $0 }
        } while token != nil
        return tables
    }

    /// Makes a table.
    public func createTable(_ table: GlueTable, in database: String) async throws {
        let _: JSONService.Nothing = try await service.call(
            "CreateTable",
            TableInput(databaseName: database, tableInput: table),
            on: "\(database).\(table.name)",
            doing: "make the Glue table"
        )
    }

    /// Replaces a table's definition; Glue keeps the one before as an older version.
    public func updateTable(_ table: GlueTable, in database: String) async throws {
        let _: JSONService.Nothing = try await service.call(
            "UpdateTable",
            TableInput(databaseName: database, tableInput: table),
            on: "\(database).\(table.name)",
            doing: "change the Glue table"
        )
    }

    /// Removes a table and its partitions; one that is not there counts as removed.
    public func deleteTable(_ name: String, in database: String) async throws {
        do {
            let _: JSONService.Nothing = try await service.call(
                "DeleteTable",
                TableName(databaseName: database, name: name),
                on: "\(database).\(name)",
                doing: "remove the Glue table"
            )
        } catch let error as AWSError where error.code == .notFound {}
    }

    /// Every version of a table's definition, the newest first.
    public func versions(of name: String, in database: String) async throws -> [GlueTable] {
        struct Input: Encodable, Sendable {
            var databaseName: String
            var tableName: String
            var nextToken: String?
        }
        struct Version: Decodable, Sendable {
            var table: GlueTable
            var versionId: String
        }
        struct Answer: Decodable, Sendable {
            var tableVersions: [Version]?
            var nextToken: String?
        }
        var versions: [Version] = []
        var token: String?
        repeat {
            let answer: Answer = try await service.call(
                "GetTableVersions",
                Input(databaseName: database, tableName: name, nextToken: token),
                on: "\(database).\(name)",
                doing: "list the versions of the Glue table"
            )
            versions += answer.tableVersions ?? []
            token = answer.nextToken.flatMap { $0.isEmpty ? nil : $0 }
        } while token != nil
        return versions.sorted { (Int($0.versionId) ?? 0) > (Int($1.versionId) ?? 0) }.map(\.table)
    }
}
