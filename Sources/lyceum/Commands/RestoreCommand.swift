// `lyceum restore`: a backup becomes a lake again.

import ArgumentParser
import Foundation
import LyceumCore
import LyceumLake
import LyceumPipeline

/// Restores a backup.
struct RestoreCommand: RoomCommand {
    static let configuration = CommandConfiguration(
        commandName: "restore",
        abstract: "Restore lake, ledger and search snapshot from a backup.",
        discussion: """
            Restores into the lake and ledger of lyceum.yaml, or with --to into a folder of its own. Every file is checked \
            against its checksum. A restore that was cut off goes on when it is started again. The next `lyceum run` reads from \
            the sources what has come since the backup. Stop servers and runs of a lake that is to be replaced first.
            """
    )

    @Argument(help: ArgumentHelp("Where the backups are.", valueName: "place"))
    var place: String

    @Option(help: ArgumentHelp("Which backup; the newest unless given.", valueName: "backup"))
    var at: String?

    @Option(
        help: ArgumentHelp("Restore to lake/ and ledger.sqlite in this folder instead.", valueName: "folder"),
        completion: .directory
    )
    var to: String?

    @Flag(help: "Replace a lake and a ledger that are there.")
    var force = false

    @Flag(help: "Leave the search snapshot alone.")
    var noIndex = false

    @OptionGroup var shared: SharedOptions

    func validate() throws { _ = try at.map(BackupCommand.id) }

    func perform(on console: Console) async throws {
        let pipeline = try shared.pipeline(console)
        let receipt = try await pipeline.restore(
            at.map(BackupCommand.id),
            from: Pipeline.vault(at: place),
            to: to.map { URL(filePath: $0, directoryHint: .isDirectory).standardizedFileURL },
            force: force
        )
        guard receipt.audit.isClean else {
            throw Failure(
                code: "damaged_backup",
                message: "the restored lake and its catalog differ: \(receipt.audit.missing.count) files missing, "
                    + "\(receipt.audit.unknown.count) unknown, \(receipt.audit.wrongSize.count) of another size",
                remedy: "restore another backup, or look with `lyceum lake vacuum --dry-run`"
            )
        }
        var index: IndexSummary?
        if to == nil, !noIndex, receipt.hasCuratedTables {
            index = try await console.whileShowingProgress {
                try await pipeline.rebuildIndex { event in console.progress(event) }
            }
        }
        if shared.json { return console.result(JSONText.line(RestoreDocument(receipt, index: index?.version))) }
        console.say(
            "\(console.style.green("✓")) restored backup \(receipt.backup) in \(HumanNumbers.duration(receipt.seconds)): "
                + "\(HumanNumbers.count(receipt.tables)) tables, \(HumanNumbers.count(receipt.rows)) rows, "
                + "\(HumanNumbers.count(receipt.files)) files (\(HumanNumbers.bytes(receipt.bytes))); "
                + "folder and catalog agree"
        )
        if let index { console.say("search snapshot \(index.version) rebuilt") }
        let taken = receipt.createdAt.map { Timestamp.iso($0) } ?? "the backup"
        console.say(console.style.dim("`lyceum run` brings what has come since \(taken)"))
    }
}

/// A restore as `--json` prints it.
private struct RestoreDocument: Encodable {
    let backup: String
    let createdAt: String?
    let files: Int
    let reused: Int
    let bytes: Int64
    let tables: Int
    let rows: Int64
    let index: String?
    let seconds: Double

    init(_ receipt: RestoreReceipt, index: String?) {
        backup = receipt.backup.text
        createdAt = receipt.createdAt.map { Timestamp.iso($0, fractional: true) }
        (files, reused, bytes) = (receipt.files, receipt.reused, receipt.bytes)
        (tables, rows) = (receipt.tables, receipt.rows)
        self.index = index
        seconds = (receipt.seconds * 1000).rounded() / 1000
    }

    enum CodingKeys: String, CodingKey {
        case backup, files, reused, bytes, tables, rows, index, seconds
        case createdAt = "created_at"
    }
}
