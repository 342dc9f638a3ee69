// `lyceum backup`: the lake and its ledger in another place, and what is kept there.

import ArgumentParser
import LyceumCore
import LyceumLake
import LyceumPipeline

/// Backups of lake and ledger.
struct BackupCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "backup",
        abstract: "Back the lake and its ledger up, and look after the backups.",
        discussion: """
            A backup holds one state of the ledger and every file that it lists, history included. Content that the place has \
            already is not written again. Data keys go along wrapped, the master key never does: keep it elsewhere. The search \
            snapshot is not backed up; a restore rebuilds it.
            """,
        subcommands: [Create.self, List.self, Verify.self, Prune.self, ApplyErasures.self],
        defaultSubcommand: Create.self
    )

    /// A new backup.
    struct Create: RoomCommand {
        static let configuration = CommandConfiguration(
            commandName: "create",
            abstract: "Write a backup; `lyceum backup PLACE` does the same."
        )

        @Argument(
            help: ArgumentHelp(
                "A folder for this lake's backups on another disk, or s3://bucket/prefix.",
                valueName: "place"
            )
        )
        var place: String

        @Flag(help: "Say what would be written, and write nothing.")
        var dryRun = false

        @OptionGroup var shared: SharedOptions

        func perform(on console: Console) async throws {
            let vault = try Pipeline.vault(at: place)
            let lake = try await shared.pipeline(console).openLake()
            let receipt = try await lake.backUp(to: vault, isDryRun: dryRun)
            if shared.json { return console.result(JSONText.line(BackupDocument(receipt))) }
            let new =
                "\(HumanNumbers.count(receipt.newObjects)) new objects (\(HumanNumbers.bytes(receipt.newBytes))) of "
                + "\(HumanNumbers.count(receipt.files)) files (\(HumanNumbers.bytes(receipt.bytes)))"
            guard let id = receipt.id else { return console.say("would write \(new), and the ledger") }
            console.say("\(console.style.green("✓")) backup \(id) in \(HumanNumbers.duration(receipt.seconds)): \(new)")
            console.say(console.style.dim("publications waited for \(HumanNumbers.duration(receipt.heldSeconds))"))
        }
    }

    /// The backups of a place.
    struct List: RoomCommand {
        static let configuration = CommandConfiguration(
            commandName: "list",
            abstract: "List the backups of a place, the newest first."
        )

        @Argument(help: ArgumentHelp("Where the backups are.", valueName: "place"))
        var place: String

        @OptionGroup var shared: SharedOptions

        func perform(on console: Console) async throws {
            let backups = try await Pipeline.vault(at: place).backups()
            if shared.json { return console.result(JSONText.line(["backups": backups.map(BackupListDocument.init)])) }
            console.say(
                TextTable(
                    columns: [
                        .text("backup"), .text("taken"), .number("files"), .number("size"), .number("publication"),
                        .text(""),
                    ],
                    rows: backups.map { backup in
                        [
                            "\(backup.id)", backup.createdAt.map { Timestamp.iso($0) } ?? "",
                            HumanNumbers.count(backup.files), HumanNumbers.bytes(backup.bytes), "\(backup.publication)",
                            backup.isReadable ? "" : "damaged",
                        ]
                    }
                )
            )
        }
    }

    /// Whether the backups are whole.
    struct Verify: RoomCommand {
        static let configuration = CommandConfiguration(
            commandName: "verify",
            abstract: "Check that every backup of a place could be restored."
        )

        @Argument(help: ArgumentHelp("Where the backups are.", valueName: "place"))
        var place: String

        @Option(help: ArgumentHelp("Only this backup.", valueName: "backup"))
        var at: String?

        @Flag(help: "Read every object and compare its checksum, rather than its size alone.")
        var deep = false

        @OptionGroup var shared: SharedOptions

        func validate() throws { _ = try at.map(BackupCommand.id) }

        func perform(on console: Console) async throws {
            let found = try await Pipeline.vault(at: place).verify(at.map(BackupCommand.id), isDeep: deep)
            if shared.json { console.result(JSONText.line(VerificationDocument(found))) }
            let bad = found.missing.count + found.damaged.count
            guard found.isSound else {
                for (key, id) in found.missing.sorted(by: { $0.key < $1.key }).prefix(20) {
                    console.say("missing: \(key), needed by \(id)")
                }
                for (key, id) in found.damaged.sorted(by: { $0.key < $1.key }).prefix(20) {
                    console.say("damaged: \(key), needed by \(id)")
                }
                throw Failure(
                    code: "damaged_backup",
                    message:
                        "\(bad) of \(found.objects) objects and \(found.damagedBackups.count) manifests in \(place) are "
                        + "not what was backed up",
                    remedy: "back up again: what is missing is written anew while the lake still has it"
                )
            }
            console.say(
                "\(console.style.green("✓")) \(HumanNumbers.count(found.backups)) backups with "
                    + "\(HumanNumbers.count(found.objects)) objects (\(HumanNumbers.bytes(found.bytes))) are whole"
            )
        }
    }

    /// Old backups removed.
    struct Prune: RoomCommand {
        static let configuration = CommandConfiguration(
            commandName: "prune",
            abstract: "Remove old backups, and what only they needed.",
            discussion: "A backup that holds the only copy of something under legal hold stays and is listed."
        )

        @Argument(help: ArgumentHelp("Where the backups are.", valueName: "place"))
        var place: String

        @Option(help: ArgumentHelp("Keep the newest n backups.", valueName: "n"))
        var keep: Int

        @Flag(help: "Say what would be removed, and remove nothing.")
        var dryRun = false

        @OptionGroup var shared: SharedOptions

        func validate() throws {
            if keep < 1 { throw ValidationError("--keep must be at least 1.") }
        }

        func perform(on console: Console) async throws {
            let lake = try await shared.pipeline(console).openLake()
            let vault = try Pipeline.vault(at: place)
            let pruning = try await vault.prune(keep: keep, holds: lake.ledger.holds(), isDryRun: dryRun)
            BackupCommand.say(pruning, dryRun: dryRun, shared, on: console)
        }
    }

    /// Backups from before an erasure removed.
    struct ApplyErasures: RoomCommand {
        static let configuration = CommandConfiguration(
            commandName: "apply-erasures",
            abstract: "Remove the backups that still hold a person who was erased.",
            discussion: """
                Every backup that was taken before the last `lyceum subject erase` goes, after one of the lake as it is now \
                has been taken. Backups from before an erasure are never restored.
                """
        )

        @Argument(help: ArgumentHelp("Where the backups are.", valueName: "place"))
        var place: String

        @Flag(help: "Say what would be removed, and remove nothing.")
        var dryRun = false

        @OptionGroup var shared: SharedOptions

        func perform(on console: Console) async throws {
            let lake = try await shared.pipeline(console).openLake()
            let done = try await Pipeline.vault(at: place).applyErasures(of: lake, isDryRun: dryRun)
            guard let done else {
                console.say("nobody has been erased from this lake")
                if shared.json { console.result(JSONText.line(["removed": [String]()])) }
                return
            }
            if let id = done.backup?.id { console.say("took backup \(id) first") }
            BackupCommand.say(done.pruning, dryRun: dryRun, shared, on: console)
        }
    }

    /// A backup's id as a person types it.
    static func id(_ text: String) throws -> RunID {
        guard let id = RunID(text) else {
            throw ValidationError("'\(text)' is not the id of a backup; 'lyceum backup list' shows them.")
        }
        return id
    }

    private static func say(_ pruning: BackupPruning, dryRun: Bool, _ shared: SharedOptions, on console: Console) {
        if shared.json { return console.result(JSONText.line(PruningDocument(pruning, dryRun: dryRun))) }
        console.say(
            "\(HumanNumbers.count(pruning.removed.count)) backups with \(HumanNumbers.count(pruning.objects)) objects "
                + "(\(HumanNumbers.bytes(pruning.bytes))) \(dryRun ? "would be removed" : "removed")"
        )
        for id in pruning.held { console.say("\(id) stays: something in it is under legal hold") }
    }
}

/// A backup as `--json` prints it.
private struct BackupDocument: Encodable {
    let backup: String?
    let files: Int
    let bytes: Int64
    let newObjects: Int
    let newBytes: Int64
    let seconds: Double
    let heldSeconds: Double

    init(_ receipt: BackupReceipt) {
        backup = receipt.id?.text
        (files, bytes) = (receipt.files, receipt.bytes)
        (newObjects, newBytes) = (receipt.newObjects, receipt.newBytes)
        seconds = (receipt.seconds * 1000).rounded() / 1000
        heldSeconds = (receipt.heldSeconds * 1000).rounded() / 1000
    }

    enum CodingKeys: String, CodingKey {
        case backup, files, bytes, seconds
        case newObjects = "new_objects"
        case newBytes = "new_bytes"
        case heldSeconds = "held_seconds"
    }
}

/// A line of the list as `--json` prints it.
private struct BackupListDocument: Encodable {
    let backup: String
    let createdAt: String?
    let lake: String?
    let files: Int
    let bytes: Int64
    let publication: Int64
    let isReadable: Bool

    init(_ summary: BackupSummary) {
        backup = summary.id.text
        createdAt = summary.createdAt.map { Timestamp.iso($0, fractional: true) }
        lake = summary.lake
        (files, bytes, publication) = (summary.files, summary.bytes, summary.publication)
        isReadable = summary.isReadable
    }

    enum CodingKeys: String, CodingKey {
        case backup, lake, files, bytes, publication
        case createdAt = "created_at"
        case isReadable = "is_readable"
    }
}

/// A verification as `--json` prints it.
private struct VerificationDocument: Encodable {
    let ok: Bool
    let backups: Int
    let objects: Int
    let bytes: Int64
    let missing: [String]
    let damaged: [String]
    let damagedBackups: [String]

    init(_ found: BackupVerification) {
        ok = found.isSound
        (backups, objects, bytes) = (found.backups, found.objects, found.bytes)
        missing = found.missing.keys.sorted()
        damaged = found.damaged.keys.sorted()
        damagedBackups = found.damagedBackups.map(\.text)
    }

    enum CodingKeys: String, CodingKey {
        case ok, backups, objects, bytes, missing, damaged
        case damagedBackups = "damaged_backups"
    }
}

/// A pruning as `--json` prints it.
private struct PruningDocument: Encodable {
    let dryRun: Bool
    let removed: [String]
    let held: [String]
    let objects: Int
    let bytes: Int64

    init(_ pruning: BackupPruning, dryRun: Bool) {
        self.dryRun = dryRun
        removed = pruning.removed.map(\.text)
        held = pruning.held.map(\.text)
        (objects, bytes) = (pruning.objects, pruning.bytes)
    }

    enum CodingKeys: String, CodingKey {
        case removed, held, objects, bytes
        case dryRun = "dry_run"
    }
}
