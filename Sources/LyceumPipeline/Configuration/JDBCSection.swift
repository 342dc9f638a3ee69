// Reads `jdbc:` of a relational source.

import Foundation
import LyceumCore
import LyceumSources

extension ConfigurationReader {
    /// `{url: jdbc:postgresql://host/db, driver: …, user: …, password: …, partitions: N, fetch_size: N}`.
    ///
    /// - Parameter address: the source's own URI, whose user and password count where none are given.
    func jdbc(_ section: YAMLMapping, driver: String, address: Secret) throws(PipelineError) -> JDBCConfiguration {
        guard !driver.lowercased().contains("duckdb") else {
            throw section.fault(nil, "'jdbc' is for servers; a DuckDB file is read by this machine")
        }
        let url = try requiredText(section, "url")
        guard url.wholeMatch(of: #/jdbc:[a-z0-9]+:.+/#) != nil else {
            throw section.fault("url", "'url' must be an address such as jdbc:postgresql://db.example.edu:5432/campus")
        }
        let holdsSecret = url.contains(#/(?i)pass(word|wd)?=|//[^/?]*@|^jdbc:oracle:[a-z]+:[^@/]+//#)
        guard !holdsSecret else {
            throw section.fault("url", "'url' must not hold user or password; give them as 'user' and 'password'")
        }
        guard let name = try text(section, "driver") ?? JDBCConfiguration.usualDriver(of: url) else {
            throw section.fault(nil, "'jdbc' needs 'driver', the class of the JDBC driver for \(url)")
        }
        let user: String
        let password: Secret
        if section.has("user") || section.has("password") {
            user = try requiredText(section, "user")
            password = try secret(section, "password")
        } else if let account = Self.account(of: address) {
            (user, password) = account
        } else {
            throw section.fault(nil, "'jdbc' needs 'user' and 'password': 'uri' has none that could be taken")
        }
        let partitions = try section.integer("partitions", in: 1...1024) ?? 8
        let fetchSize = try section.integer("fetch_size", in: 1...1_000_000) ?? 10_000
        try section.finish()
        return JDBCConfiguration(
            url: url,
            driver: name,
            user: user,
            password: password,
            partitions: partitions,
            fetchSize: fetchSize
        )
    }

    /// User and password of a URI.
    private static func account(of address: Secret) -> (user: String, password: Secret)? {
        guard let parts = URLComponents(string: address.reveal()), let user = parts.user, let password = parts.password,
            !user.isEmpty
        else { return nil }
        return (user, Secret(password))
    }
}

extension Configuration {
    /// Whether a source's rows are read by Spark's machines.
    func readsOnCluster(_ source: String) -> Bool {
        spark != nil
            && sources.contains { settings in
                if case .oracle(let oracle) = settings { oracle.name == source && oracle.jdbc != nil } else { false }
            }
    }
}
