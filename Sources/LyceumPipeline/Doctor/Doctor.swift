// `lyceum doctor`: what works here, what does not, and how to mend it.

import ADBC
import Foundation
import LyceumCore
import LyceumLake
import LyceumSearch
import LyceumSources

/// One check of an installation.
public struct Diagnosis: Sendable, Codable {
    /// What was checked: `driver duckdb`, `source registrar`, `lake`, `ledger`, `index`.
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
    /// Checks drivers, sources, lake, ledger and index; contacts the sources, changes nothing.
    public func diagnose() async -> [Diagnosis] {
        var result: [Diagnosis] = []
        var drivers: [String] = ["duckdb"]
        for source in configuration.sources {
            if case .oracle(let oracle) = source, !drivers.contains(oracle.driver) { drivers.append(oracle.driver) }
        }
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
        result += await diagnoseSources()
        result += await diagnoseLake()
        result.append(diagnoseIndex())
        return result
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
            let free = try await lake.availableBytes()
            let hasRoom = free.map { $0 > 1 << 30 } ?? true
            var result = [
                Diagnosis(
                    subject: "lake",
                    ok: hasRoom,
                    finding: "\(lake.store.place) can be written" + (free.map { "; \($0 >> 20) MiB free" } ?? ""),
                    mend: hasRoom ? nil : "free some space: a run needs room for new files beside the published ones"
                )
            ]
            let audit = try await lake.audit()
            let isWhole = audit.missing.isEmpty && audit.wrongSize.isEmpty
            result.append(
                Diagnosis(
                    subject: "ledger",
                    ok: isWhole,
                    finding: isWhole
                        ? "catalog and files agree"
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
            let store = try SnapshotStore(directory: configuration.index)
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
            return Diagnosis(subject: "index", ok: false, finding: "\(error)", mend: "rebuild it with `lyceum index`")
        }
    }
}
