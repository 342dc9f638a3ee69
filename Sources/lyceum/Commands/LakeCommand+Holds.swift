// `lyceum lake hold`, `holds` and `release`: legal holds on tables.

import ArgumentParser
import Foundation
import LyceumCore
import LyceumLake

extension LakeCommand {
    /// A hold placed.
    struct Hold: RoomCommand {
        static let configuration = CommandConfiguration(
            commandName: "hold",
            abstract: "Place a table under legal hold.",
            discussion: """
                Until the hold is released, retention leaves the table's rows and vacuum its history. Holds on a person are \
                placed by `lyceum subject hold`.
                """
        )

        @Argument(help: ArgumentHelp("The table: clean.students.", valueName: "table"))
        var table: String

        @Option(help: ArgumentHelp("Why, such as the matter's number.", valueName: "text"))
        var reason: String

        @Option(help: ArgumentHelp("Who places it; this system's user unless given.", valueName: "name"))
        var by: String?

        @OptionGroup var shared: SharedOptions

        func validate() throws {
            if reason.trimmingCharacters(in: .whitespaces).isEmpty { throw ValidationError("--reason must say why.") }
        }

        func perform(on console: Console) async throws {
            let lake = try await shared.pipeline(console).openLake()
            let id = try await lake.ledger.table(named: table).id
            let hold = try await lake.ledger.place(holdOn: id, reason: reason, by: by ?? NSUserName())
            if shared.json { return console.result(JSONText.line(HoldDocument(hold))) }
            console.say("\(id) is under legal hold \(hold.id); `lyceum lake release \(hold.id)` ends it.")
        }
    }

    /// The holds there are.
    struct Holds: RoomCommand {
        static let configuration = CommandConfiguration(
            commandName: "holds",
            abstract: "List the legal holds in force."
        )

        @Flag(help: "Also those that have been released.")
        var all = false

        @OptionGroup var shared: SharedOptions

        func perform(on console: Console) async throws {
            let lake = try await shared.pipeline(console).openLake()
            let holds = try await lake.ledger.holds(includingReleased: all)
            if shared.json { return console.result(JSONText.line(["holds": holds.map { HoldDocument($0) }])) }
            guard !holds.isEmpty else { return console.say("no legal hold is in force") }
            console.say(
                TextTable(
                    columns: [
                        .number("hold"), .text("scope"), .text("target"), .text("placed"), .text("by"),
                        .text("released"),
                        .text("reason"),
                    ],
                    rows: holds.map { hold in
                        [
                            "\(hold.id)", hold.scope.rawValue, Printable.line(hold.target),
                            Timestamp.iso(hold.placedAt), Printable.line(hold.placedBy),
                            hold.releasedAt.map { Timestamp.iso($0) } ?? "", Printable.line(hold.reason),
                        ]
                    }
                )
            )
        }
    }

    /// A hold released.
    struct Release: RoomCommand {
        static let configuration = CommandConfiguration(
            commandName: "release",
            abstract: "Release a legal hold; its record stays."
        )

        @Argument(help: ArgumentHelp("The hold's number, as `lyceum lake holds` shows it.", valueName: "hold"))
        var hold: Int64

        @Option(help: ArgumentHelp("Who releases it; this system's user unless given.", valueName: "name"))
        var by: String?

        @OptionGroup var shared: SharedOptions

        func perform(on console: Console) async throws {
            let lake = try await shared.pipeline(console).openLake()
            let released = try await lake.ledger.release(hold: hold, by: by ?? NSUserName())
            if shared.json { return console.result(JSONText.line(HoldDocument(released))) }
            console.say("hold \(released.id) is released")
        }
    }
}

/// A hold as `--json` prints it.
private struct HoldDocument: Encodable {
    let id: Int64
    let scope: String
    let target: String
    let reason: String
    let placedBy: String
    let placedAt: String
    let releasedBy: String?
    let releasedAt: String?

    init(_ hold: LyceumLake.Hold) {
        id = hold.id
        scope = hold.scope.rawValue
        target = hold.target
        reason = hold.reason
        placedBy = hold.placedBy
        placedAt = Timestamp.iso(hold.placedAt)
        releasedBy = hold.releasedBy
        releasedAt = hold.releasedAt.map { Timestamp.iso($0) }
    }

    enum CodingKeys: String, CodingKey {
        case id, scope, target, reason
        case placedBy = "placed_by"
        case placedAt = "placed_at"
        case releasedBy = "released_by"
        case releasedAt = "released_at"
    }
}
