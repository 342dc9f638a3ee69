// Tests of whole tables, run on the new rows before anything is published.

import Foundation
import LyceumCore
import LyceumLake

/// Runs a model's table tests.
struct TableTests: Sendable {
    let session: RunSession

    /// Runs them and returns the broken ones of severity `warn` with their counts.
    ///
    /// - Throws: ``PipelineError`` with code `testFailed` for a broken test of severity `error`.
    func run(_ model: ModelDefinition) async throws -> [String: Int64] {
        let table = TableID(model.zone, model.name)
        var warnings: [String: Int64] = [:]
        for test in model.tableTests {
            let failures = try await session.models.integers(query(test, of: model)).first ?? 0
            let isError = test.severity == .error
            await session.add(
                TestResult(
                    table: table,
                    name: test.name,
                    severity: isError ? .error : .warn,
                    status: failures == 0 ? .passed : isError ? .failed : .warned,
                    failures: failures,
                    message: failures == 0 ? nil : message(test, failures)
                )
            )
            guard failures > 0 else { continue }
            guard !isError else {
                throw PipelineError(
                    .testFailed,
                    "test '\(test.name)' failed: \(message(test, failures)); nothing was published",
                    location: "\(model.zone.rawValue)/\(model.name)"
                )
            }
            warnings[test.name] = failures
        }
        return warnings
    }

    private func message(_ test: TableTest, _ failures: Int64) -> String {
        switch test.rule {
        case .unique(let column): "\(failures) values of \(column) stand more than once"
        case .freshness(let column, let hours): "the latest \(column) is more than \(hours.formatted()) h old"
        case .sql: "\(failures) rows"
        }
    }

    private func query(_ test: TableTest, of model: ModelDefinition) -> String {
        let view = EngineSchema.ref.table(model.name).sql
        switch test.rule {
        case .unique(let column):
            let name = SQLText.identifier(column)
            return """
                SELECT count(*) FROM (SELECT \(name) FROM \(view) WHERE \(name) IS NOT NULL GROUP BY \(name) HAVING count(*) > 1)
                """
        case .freshness(let column, let hours):
            let limit = Timestamp.iso(session.startedAt.addingTimeInterval(-hours * 3600)).replacing("Z", with: "")
            return """
                SELECT CASE WHEN max(\(SQLText.identifier(column))) < TIMESTAMP \(SQLText.literal(limit)) THEN 1 ELSE 0 END
                FROM \(view)
                """
        case .sql(let query):
            return "SELECT count(*) FROM (\(ModelBuilder.resolve(query)))"
        }
    }
}
