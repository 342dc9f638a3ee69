// `lyceum tables history` and `rollback`: what a table was, and making it so again.

import ArgumentParser
import Foundation
import LyceumCore
import LyceumLake

extension TablesCommand {
    /// The snapshots of one table.
    struct History: RoomCommand {
        static let configuration = CommandConfiguration(
            commandName: "history",
            abstract: "List a table's snapshots, the newest first.",
            discussion: "`lyceum sql --at NUMBER` reads the lake as it was when a snapshot was published."
        )

        @Argument(help: ArgumentHelp("The table: curated.student_profile.", valueName: "table"))
        var table: String

        @OptionGroup var shared: SharedOptions

        func perform(on console: Console) async throws {
            let lake = try await shared.pipeline(console).openLake()
            let id = try await lake.ledger.table(named: table).id
            let snapshots = try await lake.ledger.history(of: id)
            if shared.json {
                return console.result(JSONText.line(["snapshots": snapshots.map { SnapshotDocument($0) }]))
            }
            console.say(
                TextTable(
                    columns: [
                        .number("snapshot"), .text("published"), .text("run"), .text("how"), .number("rows"),
                        .number("files"), .number("size"), .text(""),
                    ],
                    rows: snapshots.map { snapshot in
                        [
                            "\(snapshot.id)", Timestamp.iso(snapshot.createdAt), "\(snapshot.run)",
                            snapshot.mode.rawValue, HumanNumbers.count(snapshot.rows),
                            HumanNumbers.count(snapshot.files), HumanNumbers.bytes(snapshot.bytes),
                            snapshot.isCurrent ? "current" : snapshot.expiredAt == nil ? "" : "expired",
                        ]
                    }
                )
            )
        }
    }

    /// An earlier snapshot made current again.
    struct Rollback: RoomCommand {
        static let configuration = CommandConfiguration(
            commandName: "rollback",
            abstract: "Make an earlier snapshot of a table current again.",
            discussion: """
                A new snapshot is made with the files of the old one; nothing is lost. The next `lyceum run` rebuilds the \
                tables made from it. After the rollback of a raw table it reads the source whole again.
                """
        )

        @Argument(help: ArgumentHelp("The table: clean.students.", valueName: "table"))
        var table: String

        @Argument(
            help: ArgumentHelp("The snapshot's number, as `lyceum tables history` shows it.", valueName: "snapshot")
        )
        var snapshot: Int64

        @OptionGroup var shared: SharedOptions

        func perform(on console: Console) async throws {
            let lake = try await shared.pipeline(console).openLake()
            let id = try await lake.ledger.table(named: table).id
            let made = try await lake.rollback(id, to: snapshot)
            if shared.json {
                return console.result(
                    JSONText.line(["table": "\(id)", "from": "\(snapshot)", "snapshot": "\(made)"])
                )
            }
            console.say("\(id) is as it was in snapshot \(snapshot); this is its snapshot \(made).")
            console.say(console.style.dim("`lyceum run` rebuilds what is made from it"))
        }
    }
}

/// A snapshot as `--json` prints it.
struct SnapshotDocument: Encodable {
    let snapshot: Int64
    let runID: String
    let mode: String
    let publishedAt: String
    let rows: Int64
    let bytes: Int64
    let files: Int
    let isCurrent: Bool
    let expiredAt: String?

    init(_ snapshot: Snapshot) {
        self.snapshot = snapshot.id
        runID = snapshot.run.text
        mode = snapshot.mode.rawValue
        publishedAt = Timestamp.iso(snapshot.createdAt)
        rows = snapshot.rows
        bytes = snapshot.bytes
        files = snapshot.files
        isCurrent = snapshot.isCurrent
        expiredAt = snapshot.expiredAt.map { Timestamp.iso($0) }
    }

    enum CodingKeys: String, CodingKey {
        case snapshot, mode, rows, bytes, files
        case runID = "run_id"
        case publishedAt = "published_at"
        case isCurrent = "is_current"
        case expiredAt = "expired_at"
    }
}
