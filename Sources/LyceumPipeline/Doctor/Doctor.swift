// `lyceum doctor`: what works here, what does not, and how to mend it.

import ADBC
import Foundation
import LyceumCore
import LyceumLake
import LyceumSearch
import LyceumSources

/// One check of an installation.
public struct Diagnosis: Sendable, Codable {
    /// What was checked: `driver duckdb`, `source registrar`, `lake`, `ledger`, `index`, `key store`.
    public var subject: String
    /// Whether it works.
    public var ok: Bool
    /// What was found.
    public var finding: String
    /// How to mend it, when it does not work.
    public var mend: String?

    /// Records a check.
    public init(subject: String, ok: Bool, finding: String, mend: String? = nil) {
        self.subject = subject
        self.ok = ok
        self.finding = finding
        self.mend = mend
    }
}

extension Pipeline {
    /// Checks drivers, sources, lake, ledger, index and who gets in; contacts sources and identity provider, changes nothing.
    public func diagnose() async -> [Diagnosis] {
        var result: [Diagnosis] = []
        var drivers: [String] = ["duckdb"]
        for source in configuration.sources {
            if case .oracle(let oracle) = source, !drivers.contains(oracle.driver) { drivers.append(oracle.driver) }
        }
        if configuration.spark != nil { drivers.append("spark") }
        for driver in drivers {
            do {
                _ = try Driver.load(driver)
                result.append(Diagnosis(subject: "driver \(driver)", ok: true, finding: "loads"))
            } catch {
                result.append(
                    Diagnosis(
                        subject: "driver \(driver)",
                        ok: false,
                        finding: "\(error)",
                        mend: "run scripts/setup, or set LYCEUM_DRIVERS to the folder that holds the driver's library"
                    )
                )
            }
        }
        if let spark = configuration.spark {
            result.append(await Self.diagnose(spark))
            if let pages = spark.pages { result.append(await Self.diagnose(pages: pages)) }
            for case .oracle(let source) in configuration.sources {
                if let access = source.jdbc { result.append(await Self.diagnose(source.name, access, by: spark)) }
            }
        }
        result.append(diagnoseModels())
        result += await diagnoseSources()
        result += await diagnoseLake()
        result.append(diagnoseIndex())
        result += await diagnoseAccess()
        return result
    }

    /// Whether the Spark server answers, and is new enough.
    private static func diagnose(_ spark: SparkSettings) async -> Diagnosis {
        do {
            let version = try await SparkEngine.version(of: spark)
            let major = version.split(separator: ".").first.flatMap { Int($0) } ?? 0
            return Diagnosis(
                subject: "spark",
                ok: major >= 4,
                finding: "\(spark.url) answers: Spark \(version)",
                mend: major >= 4 ? nil : "use Spark 4.0 or later"
            )
        } catch {
            return Diagnosis(
                subject: "spark",
                ok: false,
                finding: "\(error)",
                mend: "see 'engine.spark' in the configuration: address, token, tls; and whether the server runs"
            )
        }
    }

    /// Whether Spark's pages tell how far statements are.
    static func diagnose(pages address: String) async -> Diagnosis {
        let pages = SparkPages(address, user: "") { _ in }
        let mend = "see 'engine.spark.pages' in the configuration, and the server's 'spark.ui.enabled'"
        do {
            let application = try await pages.application()
            return Diagnosis(
                subject: "spark pages",
                ok: application != nil,
                finding: application.map { "\(address) answers for \($0)" }
                    ?? "\(address) answers, but for no application",
                mend: mend
            )
        } catch {
            return Diagnosis(
                subject: "spark pages",
                ok: false,
                finding: "\(address) does not tell how far statements are (\(error))",
                mend: mend
            )
        }
    }

    /// Whether Spark's machines reach a database.
    private static func diagnose(
        _ source: String,
        _ access: JDBCConfiguration,
        by spark: SparkSettings
    ) async -> Diagnosis {
        let query = access.url.hasPrefix("jdbc:oracle:") ? "SELECT 1 AS one FROM DUAL" : "SELECT 1 AS one"
        do {
            try await SparkJDBCReader.probe(access, by: spark, query: query)
            return Diagnosis(subject: "source \(source)", ok: true, finding: "Spark reads \(access.url)")
        } catch {
            let parts = ((error as? SourceError)?.message ?? "\(error)").components(separatedBy: " — ")
            return Diagnosis(
                subject: "source \(source)",
                ok: false,
                finding: parts[0],
                mend: parts.count > 1 ? parts[1] : "see 'jdbc' of the source"
            )
        }
    }

    /// Whether the engine that is configured understands the models.
    private func diagnoseModels() -> Diagnosis {
        let findings: [FunctionFinding]
        do {
            findings = try project.functionFindings()
        } catch {
            return Diagnosis(subject: "models", ok: false, finding: "\(error)", mend: "correct the file")
        }
        let count = "\(project.models.count) models"
        guard let first = findings.first else {
            let engines = project.sparkPrelude.isEmpty ? "are for the embedded engine" : "call shared functions only"
            return Diagnosis(subject: "models", ok: true, finding: "\(count) \(engines)")
        }
        let more = findings.count > 1 ? " (and \(findings.count - 1) more; `lyceum plan` lists them)" : ""
        return Diagnosis(
            subject: "models",
            ok: configuration.spark == nil,
            finding: "\(count); only the embedded engine can build \(first)\(more)",
            mend: configuration.spark == nil ? nil : "change the call, or leave 'engine.spark' out"
        )
    }

    private func diagnoseSources() async -> [Diagnosis] {
        var result: [Diagnosis] = []
        for name in configuration.sources.map(\.name) {
            do {
                for source in try sources([name]) {
                    for finding in await source.check() {
                        result.append(
                            Diagnosis(
                                subject: "source \(name)",
                                ok: finding.ok,
                                finding: finding.what,
                                mend: finding.howToMend
                            )
                        )
                    }
                    await source.close()
                }
            } catch {
                result.append(
                    Diagnosis(
                        subject: "source \(name)",
                        ok: false,
                        finding: "\(error)",
                        mend: "check the source's section in \(configuration.file.lastPathComponent)"
                    )
                )
            }
        }
        return result
    }

    private func diagnoseLake() async -> [Diagnosis] {
        do {
            let lake = try await openLake()
            // Reads, writes, lists and removes, and sees whether conditions are honoured.
            try await lake.store.requireConditions()
            _ = try await lake.store.names(in: "_staging")
            let free = try await lake.availableBytes()
            let hasRoom = free.map { $0 > 1 << 30 } ?? true
            var result = [
                Diagnosis(
                    subject: "lake",
                    ok: hasRoom,
                    finding: "\(lake.store.place) can be read, written and listed, and honours conditional writes"
                        + (free.map { "; \($0 >> 20) MiB free" } ?? ""),
                    mend: hasRoom ? nil : "free some space: a run needs room for new files beside the published ones"
                )
            ]
            try await lake.ledger.check()
            let audit = try await lake.audit()
            let isWhole = audit.missing.isEmpty && audit.wrongSize.isEmpty
            result.append(
                Diagnosis(
                    subject: "ledger",
                    ok: isWhole,
                    finding: isWhole
                        ? "\(lake.ledger.location) is sound; catalog and files agree"
                        : "\(audit.missing.count) published files are missing, \(audit.wrongSize.count) have another size",
                    mend: isWhole
                        ? nil : "restore the lake folder from a backup, or rebuild it with `lyceum run --full-refresh`"
                )
            )
            return result
        } catch {
            return [
                Diagnosis(
                    subject: "lake",
                    ok: false,
                    finding: "\(error)",
                    mend: "see 'lake' and 'ledger' in \(configuration.file.lastPathComponent)"
                )
            ]
        }
    }

    private func diagnoseIndex() -> Diagnosis {
        do {
            let store = try configuration.snapshots()
            guard let snapshot = store.current else {
                return Diagnosis(
                    subject: "index",
                    ok: false,
                    finding: "there is no search snapshot yet",
                    mend: "run `lyceum run`, or `lyceum index` when tables are there"
                )
            }
            return Diagnosis(subject: "index", ok: true, finding: "snapshot \(snapshot.version) opens")
        } catch {
            let isEncoder = (try? configuration.embedders()) == nil
            return Diagnosis(
                subject: "index",
                ok: false,
                finding: "\(error)",
                mend: isEncoder ? "see 'index_encoder' in the configuration" : "rebuild it with `lyceum index`"
            )
        }
    }
}
