// What tests on a real Spark share: one server a test process, and a tiny campus that it builds.

import Foundation
import LyceumCore
import LyceumLake
import LyceumSources
import Synchronization
import TestServers
import Testing

@testable import LyceumPipeline

/// Tests on a real Spark, one after the other: each server wants the whole machine.
@Suite(.serialized) struct OnSpark {}

/// The server of the tests that do not end theirs.
enum SparkFixture {
    /// Fails, and says how to install it, without Spark or Java.
    static let shared = Result { try SparkServer.start(ui: true) }
}

extension SparkServer {
    /// How it is reached.
    func settings(token: String? = nil, restart: Duration = SparkSettings.usualRestart) throws -> SparkSettings {
        SparkSettings(url: try uri, token: Secret(try token ?? self.token), restart: restart)
    }
}

extension TinyCampus {
    /// A campus whose models both engines can build.
    ///
    /// - Parameter spark: the server that builds them; the embedded engine where nil.
    static func forBothEngines(_ folder: URL, _ spark: SparkSettings?) throws -> TinyCampus {
        var campus = TinyCampus(folder)
        campus.sparkPrelude = try Project.bundled().sparkPrelude + pause
        campus.spark = spark
        return campus
    }

    /// True after a while; models may call only what a prelude or both engines have.
    private static let pause =
        "\nCREATE OR REPLACE MACRO pause(milliseconds) AS "
        + "(java_method('java.lang.Thread', 'sleep', milliseconds) IS NOT NULL);\n"

    /// Models whose statement takes this long on Spark, on any machine.
    mutating func slow(_ duration: Duration) {
        cardsSQL = """
            select id, upper(name) as name, pause(\(duration.components.seconds * 1000)L) as passed
            from ref('persons')
            """
    }

    /// What the lake holds, without what names the run: rows, counts, statistics, and the shape of the paths.
    func contents(after report: RunReport) async throws -> [String] {
        var lines: [String] = []
        for (table, columns) in [
            ("clean/persons", "id, name, score, source"), ("curated/cards", "id, name, passed"),
            (
                "quarantine/persons",
                "severity, rules, reasons, row_key, regexp_replace(row_json, '\"_extracted_at\":\"[^\"]*\"', '')"
            ),
        ] where try visibleFiles().contains(where: { $0.hasPrefix(table) }) {
            lines += try await glob(table, columns).map { "\(table): \($0)" }
        }
        for outcome in report.tables where outcome.zone != .raw {
            lines.append(
                "\(outcome.table): \(outcome.status) \(outcome.counts) \(outcome.warnings.sorted { $0.key < $1.key })"
            )
        }
        let lake = try await pipeline().openLake()
        for table in [TableID(.clean, "persons"), TableID(.curated, "cards")] {
            for statistics in try await lake.ledger.statistics(of: table).values {
                lines += statistics.map {
                    "\(table) \($0.column): \($0.minimum ?? "-")…\($0.maximum ?? "-"), \($0.nulls) nulls"
                }
            }
        }
        for test in try await lake.ledger.run(report.runID).tests {
            lines.append("\(test.table) \(test.name): \(test.status) \(test.failures)")
        }
        for file in try visibleFiles() {
            let path = try FilePath(file)
            lines.append("\(path.table) \(path.partitions.map(\.key)) \(path.run == nil ? "nobody's" : "a run's")")
        }
        return Set(lines).sorted()
    }
}

/// Waits for an event of a run, and keeps what it told.
final class RunWatch: Sendable {
    /// The run ended before what was waited for.
    struct Ended: Error {}

    private struct Told {
        var hasEnded = false
        var building: Set<String> = []
        var tasks: [String: [TaskCounts]] = [:]
        var notices: [String] = []
    }

    private let told = Mutex(Told())

    /// What the run told its user.
    var notices: [String] { told.withLock { $0.notices } }

    /// How far the statements of a table's model were, look by look.
    func tasks(of table: String) -> [TaskCounts] { told.withLock { $0.tasks[table] ?? [] } }

    /// Runs a campus under watch.
    func run(_ campus: TinyCampus) async throws -> RunReport {
        defer { told.withLock { $0.hasEnded = true } }
        return try await campus.pipeline().run(RunOptions(), events: note)
    }

    private func note(_ event: RunEvent) {
        told.withLock { told in
            switch event {
            case .building(let table, _): told.building.insert(table)
            case .buildStep(let table, _, _, let tasks?): told.tasks[table, default: []].append(tasks)
            case .notice(let text): told.notices.append(text)
            default: break
            }
        }
    }

    /// Until a model's build has begun.
    ///
    /// - Throws: ``Ended``; the run's own result says why.
    func isBuilding(_ table: String) async throws {
        while !told.withLock({ $0.building.contains(table) }) {
            if told.withLock({ $0.hasEnded }) { throw Ended() }
            try await Task.sleep(for: .milliseconds(20))
        }
    }
}
