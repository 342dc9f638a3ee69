// A PostgreSQL server of the tests' own, started once a run and stopped with it.

import ADBC
import TestServers

enum PostgreSQL {
    /// The server. Fails, and says how to install it, without PostgreSQL.
    static let shared = Result { try ScriptServer.start("start-postgres") }

    static func connect() async throws -> Connection { try await open().connect() }

    static func open() async throws -> Database {
        try await Database.open(driver: try Driver.load("postgresql"), options: ["uri": try shared.get().uri])
    }
}
