// The server and schema of a ledger in PostgreSQL.

import ADBC
import Crypto
import Foundation
import LyceumCore

/// What ledger and locks share: where to connect, and the numbers of the advisory locks.
final class PostgreSQLServer: Sendable {
    let place: String
    let schema: String
    let database: ADBC.Database

    private init(place: String, schema: String, database: ADBC.Database) {
        self.place = place
        self.schema = schema
        self.database = database
    }

    /// Loads the driver and reads what it must know of the server.
    ///
    /// - Throws: ``LakeError`` with code `unavailable`, `access_denied` or `invalid_name`.
    static func connect(uri: Secret, schema: String) async throws -> PostgreSQLServer {
        let place = LedgerLocation.postgresql(uri: uri, schema: schema).description
        guard TableID.isValid(name: schema), !schema.hasPrefix("pg_") else {
            throw LakeError(
                .invalidName,
                "'\(schema)' cannot be the ledger's schema: use lower-case letters, digits and '_', at most 63, "
                    + "and no name that starts with pg_."
            )
        }
        let options = ["uri": try PostgreSQLURI(uri).connecting(schema: schema)]
        do {
            let driver = try Driver.load("postgresql")
            let database = try await ADBC.Database.open(driver: driver, options: options)
            return PostgreSQLServer(place: place, schema: schema, database: database)
        } catch {
            throw LakeError.postgresql(error, doing: "connect to it", place: place)
        }
    }

    /// A connection of its own.
    func connect() async throws -> ADBC.Connection {
        do { return try await database.connect() } catch {
            throw LakeError.postgresql(error, doing: "connect to it", place: place)
        }
    }

    /// The number of one of the ledger's advisory locks, which all ledgers of a server's database share.
    func key(_ purpose: String) -> Int64 {
        let digest = SHA256.hash(data: Data("lyceum ledger \(schema) \(purpose)".utf8))
        return digest.prefix(8).reduce(0) { $0 << 8 | Int64($1) }
    }
}
