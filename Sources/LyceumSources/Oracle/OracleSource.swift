// The student information database: a relational source in Oracle's role, read over ADBC.

import ADBC
import Arrow
import Foundation
import Logging
import LyceumCore

/// Reads tables of a relational database in parallel key ranges, over a bounded pool of connections.
///
/// A full read is complete and consistent (see `ConsistentView`). An incremental read takes the rows at or after the last
/// watermark less a lag, both bounds inclusive, plus rows without a watermark; deletions are noticed by full reads only.
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
    public init(_ configuration: OracleConfiguration, logger: Logger = Logger(label: "lyceum.sources.oracle")) throws {
        guard !configuration.uri.isEmpty else {
            throw SourceError(
                .configuration,
                "The source '\(configuration.name)' has no URI; is its environment variable set?"
            )
        }
        self.configuration = configuration
        self.logger = logger
        name = configuration.name
        dialect = SQLDialect(driver: configuration.driver)
        session = DatabaseSession(configuration, dialect: dialect)
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
        while true {
            attempt += 1
            do {
                return try await session.withLeader { pool, workers in
                    let reader = TableReader(
                        dialect: self.dialect,
                        options: options,
                        schema: self.configuration.schema,
                        request: request,
                        lagSeconds: self.configuration.watermarkLagSeconds,
                        workers: workers
                    )
                    return try await reader.read(from: pool, into: sink)
                }
            } catch let error as SourceError where error.isRetryable && attempt < Self.attempts {
                // Rows may come twice now, never not at all.
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

    /// The columns of a table, from its heading alone.
    public func columns(of dataset: Dataset) async throws -> [SourceColumn]? {
        guard let options = configuration.tables[dataset.table] else { return nil }
        let reader = TableReader(
            dialect: dialect,
            options: options,
            schema: configuration.schema,
            request: ExtractRequest(dataset: dataset),
            lagSeconds: 0,
            workers: 1
        )
        return try await session.withLeader { pool, _ in
            let (queries, _) = try await pool.lend(at: dataset.table) { try await reader.prepare(on: $0) }
            return queries.fields.map { SourceColumn(name: $0.name.lowercased(), type: $0.type) }
        }
    }

    /// Tries the driver, the connection and each table.
    public func check() async -> [SourceFinding] {
        var findings: [SourceFinding] = []
        do {
            try await session.withLeader { pool, _ in
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
            let reader = TableReader(
                dialect: dialect,
                options: options,
                schema: configuration.schema,
                request: ExtractRequest(
                    dataset: dataset(table) ?? Dataset(table: table, key: [], columns: [], mode: .snapshot)
                ),
                lagSeconds: 0,
                workers: 1
            )
            let (queries, drift) = try await pool.lend(at: table) { try await reader.prepare(on: $0) }
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
