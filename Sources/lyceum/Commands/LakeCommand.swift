// `lyceum lake`: upkeep of the lake's folder.

import ArgumentParser
import Foundation
import LyceumLake
import LyceumPipeline

/// Upkeep of the lake.
struct LakeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "lake",
        abstract: "Look after the lake's files.",
        subcommands: [
            Compact.self, Retain.self, Storage.self, Vacuum.self, Hold.self, Holds.self, Release.self, Lifecycle.self,
            Replication.self, MirrorCommand.self,
        ]
    )

    /// Old snapshots and orphaned files removed.
    struct Vacuum: RoomCommand {
        static let configuration = CommandConfiguration(
            commandName: "vacuum",
            abstract: "Remove old snapshots and files that the catalog does not list.",
            discussion: """
                Without --keep and --older-than every snapshot stays readable, and only orphaned files are removed; with both \
                a snapshot expires that meets both. The current one and the history of tables under legal hold stay. Files \
                that are not named \
                as Lyceum names them are left and listed.
                """
        )

        @Option(help: ArgumentHelp("Keep the newest n snapshots of each table; older ones expire.", valueName: "n"))
        var keep: Int?

        @Option(help: ArgumentHelp("Only snapshots superseded longer ago than this expire: 30d.", valueName: "period"))
        var olderThan: String?

        @Flag(help: "Say what would be removed, and remove nothing.")
        var dryRun = false

        @OptionGroup var shared: SharedOptions

        func validate() throws {
            if let olderThan, Self.period(olderThan) == nil {
                throw ValidationError(
                    "--older-than takes a period such as 30d, 6m, 1y or '30 days', not '\(olderThan)'."
                )
            }
            if let keep, keep < 1 { throw ValidationError("--keep must be at least 1: the current snapshot stays.") }
        }

        /// `30d`, `6m`, `1y`, or in words.
        static func period(_ text: String) -> RetentionPeriod? {
            if let period = RetentionPeriod(text) { return period }
            guard let match = text.wholeMatch(of: /([1-9][0-9]{0,4})([dmy])/), let count = Int(match.1) else {
                return nil
            }
            return RetentionPeriod(count, match.2 == "d" ? .day : match.2 == "m" ? .month : .year)
        }

        func perform(on console: Console) async throws {
            let lake = try await shared.pipeline(console).openLake()
            var expiry = Expiry()
            if keep != nil || olderThan != nil {
                let before = olderThan.flatMap(Self.period)?.cutoff(from: Date()) ?? .distantFuture
                expiry = try await lake.expireHistory(
                    SnapshotAge(keep: keep ?? 1, supersededBefore: before),
                    isDryRun: dryRun
                )
            }
            let orphans = try await lake.removeOrphans(isDryRun: dryRun)
            if shared.json {
                return console.result(
                    JSONText.line(
                        VacuumDocument(
                            dryRun: dryRun,
                            expiredSnapshots: expiry.snapshots,
                            expiredFiles: expiry.files,
                            expiredBytes: expiry.bytes,
                            orphans: orphans.removed,
                            foreign: orphans.left
                        )
                    )
                )
            }
            let verb = dryRun ? "would be removed" : "removed"
            console.say(
                "\(HumanNumbers.count(expiry.snapshots)) old snapshots with \(HumanNumbers.count(expiry.files)) files "
                    + "(\(HumanNumbers.bytes(expiry.bytes))) \(verb)"
            )
            console.say("\(HumanNumbers.count(orphans.removed.count)) orphaned files \(verb)")
            for path in orphans.removed.prefix(20) { console.say("  " + Printable.line(path)) }
            guard !orphans.left.isEmpty else { return }
            console.say("\(HumanNumbers.count(orphans.left.count)) files that are not Lyceum's were left:")
            for path in orphans.left.prefix(20) { console.say("  " + Printable.line(path)) }
        }
    }
}

/// What a vacuum did, as `--json` prints it.
private struct VacuumDocument: Encodable {
    let dryRun: Bool
    let expiredSnapshots: Int
    let expiredFiles: Int
    let expiredBytes: Int64
    let orphans: [String]
    let foreign: [String]

    enum CodingKeys: String, CodingKey {
        case orphans, foreign
        case dryRun = "dry_run"
        case expiredSnapshots = "expired_snapshots"
        case expiredFiles = "expired_files"
        case expiredBytes = "expired_bytes"
    }
}
