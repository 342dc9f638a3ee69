// A PostgreSQL server of the tests' own, started once a run and stopped with it.

import TestServers

enum PostgreSQL {
    /// The server. Fails, and says how to install it, without PostgreSQL.
    static let shared = Result { try ScriptServer.start("start-postgres") }
}
