// How a cluster's machines reach a database.

import LyceumCore

/// A database as Java reaches it, by the driver that Spark's machines have.
public struct JDBCConfiguration: Sendable, Hashable {
    /// `jdbc:postgresql://host:5432/database`, without user and password.
    public var url: String
    /// The driver's class.
    public var driver: String
    /// The account.
    public var user: String
    /// Its password.
    public var password: Secret
    /// The most ranges that a table is divided into, each read on a connection of its own.
    public var partitions: Int
    /// How many rows come in one piece.
    public var fetchSize: Int

    /// Describes an access.
    public init(
        url: String,
        driver: String,
        user: String,
        password: Secret,
        partitions: Int = 8,
        fetchSize: Int = 10_000
    ) {
        self.url = url
        self.driver = driver
        self.user = user
        self.password = password
        self.partitions = partitions
        self.fetchSize = fetchSize
    }

    /// The class of the driver that databases of a URL usually have; nil for those we do not know.
    public static func usualDriver(of url: String) -> String? {
        let drivers = ["postgresql": "org.postgresql.Driver", "oracle": "oracle.jdbc.OracleDriver"]
        let parts = url.split(separator: ":", maxSplits: 2)
        return parts.count == 3 && parts[0] == "jdbc" ? drivers[String(parts[1])] : nil
    }
}
