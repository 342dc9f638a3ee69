// The student information database: a relational source in Oracle's role, read over ADBC.

import ADBC
import Arrow
import Foundation
import Logging
import LyceumCore

/// Reads tables of a relational database in parallel key ranges, over a bounded pool of connections.
///
/// A full read is complete and consistent (see `ConsistentView`). An incremental read takes the rows at or after the last
/// watermark less a lag, both bounds inclusive, plus rows without a watermark; deletions are noticed by reading all keys
/// after that, now and then or always (see ``OracleConfiguration/Deletes``).
public final class OracleSource: Source {
    /// The configured name.
    public let name: String
    /// `oracle`.
    public let kind = "oracle"

    private let configuration: OracleConfiguration
    private let dialect: SQLDialect
    private let session: DatabaseSession
    private let logger: Logger
    private static let attempts = 3

    /// Prepares a source; nothing is opened yet.
    ///
    /// - Throws: ``SourceError`` with code `configuration`.
    public convenience init(
        _ configuration: OracleConfiguration,
        logger: Logger = Logger(label: "lyceum.sources.oracle")
    ) throws {
        try self.init(configuration, dialect: nil, logger: logger)
    }

    /// - Parameter dialect: another SQL than the driver's own, for databases that emulate one.
    init(
        _ configuration: OracleConfiguration,
        dialect: SQLDialect?,
        logger: Logger = Logger(label: "lyceum.sources.oracle")
    ) throws {
        guard !configuration.uri.isEmpty else {
            throw SourceError(
                .configuration,
                "The source '\(configuration.name)' has no URI; is its environment variable set?"
            )
        }
        self.configuration = configuration
        self.logger = logger
        name = configuration.name
        self.dialect = dialect ?? SQLDialect(driver: configuration.driver)
        session = DatabaseSession(configuration, dialect: self.dialect)
    }

    /// The configured tables.
    public func datasets() async throws -> [Dataset] {
        configuration.tables.keys.sorted().compactMap(dataset)
    }

    private func dataset(_ table: String) -> Dataset? {
        configuration.tables[table].map { options in
            Dataset(
                table: table,
                key: options.key,
                columns: options.columns ?? [],
                mode: options.watermark.map { .watermark($0) } ?? .snapshot
            )
        }
    }

    /// Reads one table.
    public func extract(_ request: ExtractRequest, into sink: any ExtractSink) async throws -> Extraction {
        let table = request.dataset.table
        guard let options = configuration.tables[table] else {
            throw SourceError(.configuration, "The source '\(name)' has no table '\(table)'.", location: table)
        }
        var attempt = 0
        var scaled = true
        var onCluster = true
        while true {
            attempt += 1
            // What an attempt before this one delivered is delivered again.
            if attempt > 1 || !scaled || !onCluster { try await sink.restart() }
            do {
                let (isScaled, isOnCluster) = (scaled, onCluster)
                var extraction = try await session.withLeader { pool, workers in
                    var reader = self.reader(of: table, options, request, workers: workers)
                    reader.scaled = isScaled
                    if !isOnCluster { reader.cluster = nil }
                    return try await reader.read(from: pool, into: sink)
                }
                if !onCluster {
                    extraction.notes.append(
                        "\(options.from) was read by this machine and not on the cluster, for it holds infinite dates, which "
                            + "Spark does not have"
                    )
                }
                if !scaled {
                    extraction.notes.append(
                        "\(options.from) holds NaN or infinity in a decimal; decimals are read as text"
                    )
                }
                return extraction
            } catch let error as SourceError where onCluster && error.cause as? ClusterObstacle == .endlessTime {
                onCluster = false
                attempt -= 1
            } catch  where scaled && Self.isUnscalable(error) {
                scaled = false
                attempt -= 1
            } catch let error as SourceError where error.isRetryable && attempt < Self.attempts {
                logger.notice(
                    "reading a table again",
                    metadata: [
                        "source": "\(name)", "table": "\(table)", "attempt": "\(attempt)", "error": "\(error.code)",
                    ]
                )
                try await Task.sleep(for: .milliseconds(Int.random(in: 100...500) << attempt))
            } catch let error as SourceError {
                throw attempt > 1 ? error.after(attempts: attempt) : error
            }
        }
    }

    private func reader(
        of table: String,
        _ options: OracleConfiguration.TableConfiguration,
        _ request: ExtractRequest,
        workers: Int
    ) -> TableReader {
        let cluster = request.cluster.flatMap { reader in
            configuration.jdbc.map { TableReader.Cluster(reader: reader, access: $0, source: name) }
        }
        return TableReader(
            dialect: dialect,
            options: options,
            schema: configuration.schema,
            request: request,
            lagSeconds: configuration.watermarkLagSeconds,
            workers: workers,
            // The driver's own options have no meaning for libpq: with them all is left to the driver.
            copyURI: dialect == .postgresql && configuration.options.isEmpty ? configuration.uri : nil,
            cluster: cluster
        )
    }

    /// Whether a value was no number that an integer can count: NaN and infinity, which PostgreSQL refuses to convert.
    private static func isUnscalable(_ error: any Error) -> Bool {
        let error = (error as? SourceError)?.cause ?? error
        if error as? ClusterObstacle == .noNumber { return true }
        guard let state = (error as? ADBCError)?.sqlState else { return false }
        return state == "22003" || state == "0A000"
    }

    // MARK: Looking around

    /// The columns of a table, from its heading and the dictionary alone.
    public func columns(of dataset: Dataset) async throws -> [SourceColumn]? {
        guard let options = configuration.tables[dataset.table] else { return nil }
        let reader = reader(of: dataset.table, options, ExtractRequest(dataset: dataset), workers: 1)
        return try await session.withLeader { pool, _ in
            let queries = try await pool.lend(at: dataset.table) { try await reader.prepare(on: $0) }.queries
            let types = queries.types
            let unreadable = Set(queries.unreadable.map(\.name))
            return queries.fields.filter { !unreadable.contains($0.name) }.map { field in
                let name = field.name.lowercased()
                return SourceColumn(name: name, type: types[name] ?? field.type)
            }
        }
    }

    /// The first rows of a configured raw table, or of any table of the database by its own name.
    ///
    /// - Throws: ``SourceError``.
    public func preview(_ table: String, rows: Int) async throws -> [RecordBatch] {
        let options =
            configuration.tables[table] ?? configuration.tables["oracle_" + table]
            ?? OracleConfiguration.TableConfiguration(from: table, key: [], watermark: nil)
        let request = ExtractRequest(dataset: Dataset(table: table, key: [], columns: [], mode: .snapshot))
        return try await session.withLeader { pool, _ in
            try await self.reader(of: table, options, request, workers: 1).preview(from: pool, rows: max(1, rows))
        }
    }

    /// The tables and views of a schema that the account may read, out of the database's dictionary.
    ///
    /// - Parameter schema: nil takes the configured schema, or the connection's own.
    /// - Throws: ``SourceError``.
    public func discover(schema: String?) async throws -> [DiscoveredTable] {
        let place = SQLDialect.Place(
            schema: (schema ?? configuration.schema).flatMap { dialect.names($0, schema: nil).last },
            table: nil
        )
        return try await session.withLeader { pool, _ in
            try await pool.lend(at: self.name) { connection in
                do {
                    return try await DataDictionary.tables(place, self.dialect, on: connection)
                } catch {
                    throw DatabaseFault.sourceError(error, doing: "reading the dictionary", location: self.name)
                }
            }
        }
    }

    /// Tries the driver, the connection and each table.
    public func check() async -> [SourceFinding] {
        var findings: [SourceFinding] = []
        do {
            try await session.withLeader { pool, _ in
                // Opening a database connects to nothing yet: only an answer shows that there is one.
                try await pool.lend(at: self.name) { _ = try await $0.firstText(self.dialect.aliveQuery) }
                findings.append(
                    SourceFinding(
                        ok: true,
                        what: "connected to '\(self.name)' by driver '\(self.configuration.driver)'"
                    )
                )
                for (table, options) in self.configuration.tables.sorted(by: { $0.key < $1.key }) {
                    findings.append(await self.checkTable(table, options, in: pool))
                }
            }
        } catch {
            findings.append(Self.finding("cannot connect to '\(name)'", error))
        }
        return findings
    }

    private func checkTable(
        _ table: String,
        _ options: OracleConfiguration.TableConfiguration,
        in pool: ConnectionPool
    ) async -> SourceFinding {
        do {
            let request = ExtractRequest(
                dataset: dataset(table) ?? Dataset(table: table, key: [], columns: [], mode: .snapshot)
            )
            let reader = self.reader(of: table, options, request, workers: 1)
            let prepared = try await pool.lend(at: table) { try await reader.prepare(on: $0) }
            let (queries, drift) = (prepared.queries, prepared.drift)
            let notes = drift.isEmpty ? "" : "; " + drift.map(\.description).joined(separator: "; ")
            return SourceFinding(
                ok: true,
                what: "\(table): \(options.from) has \(queries.fields.count) columns\(notes)"
            )
        } catch {
            return Self.finding("\(table): \(options.from) cannot be read", error)
        }
    }

    private static func finding(_ what: String, _ error: any Error) -> SourceFinding {
        guard let error = error as? SourceError else {
            return SourceFinding(ok: false, what: "\(what): \(error)", howToMend: "see the message")
        }
        let parts = error.message.components(separatedBy: " — ")
        return SourceFinding(
            ok: false,
            what: "\(what): \(parts[0])",
            howToMend: parts.count > 1 ? parts.dropFirst().joined(separator: " — ") : "see the message"
        )
    }

    /// Closes the connections.
    public func close() async {
        await session.close()
    }
}
