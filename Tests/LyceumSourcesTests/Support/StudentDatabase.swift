// Databases with a table of students, for tests of relational sources.

import ADBC
import Foundation
import LyceumSources
import TestServers

/// A DuckDB file that is filled by SQL and closed again, so that a source can open it.
struct StudentDatabase: Sendable {
    let folder: TemporaryFolder
    let path: String

    init(_ statements: [String]) async throws {
        folder = try TemporaryFolder()
        path = folder.path + "/students.duckdb"
        try await change(statements)
    }

    /// Runs statements on the file.
    func change(_ statements: [String]) async throws {
        let database = try Database(driver: try Driver.load("duckdb"), options: ["path": path])
        let connection = try await database.connect()
        for statement in statements { try await connection.execute(statement) }
        try await connection.close()
    }

    func configuration(
        _ tables: [String: OracleConfiguration.TableConfiguration],
        connections: Int = 4
    ) -> OracleConfiguration {
        OracleConfiguration(
            name: "registrar",
            driver: "duckdb",
            uri: .init(path),
            tables: tables,
            connections: connections
        )
    }
}

/// A PostgreSQL server of the tests' own, started once a run and stopped with it.
enum PostgreSQLServer {
    /// The server. Fails, and says how to install it, without PostgreSQL.
    static let shared = Result { try ScriptServer.start("start-postgres") }

    static func connect() async throws -> Connection {
        let driver = try Driver.load("postgresql")
        return try await Database.open(driver: driver, options: ["uri": try shared.get().uri]).connect()
    }
}
