// `lyceum lake mirror`: AWS Glue brought in line with the catalog.

import ArgumentParser
import LyceumLake
import LyceumPipeline

/// The catalog's mirror in Glue.
struct MirrorCommand: RoomCommand {
    static let configuration = CommandConfiguration(
        commandName: "mirror",
        abstract: "Bring AWS Glue in line with the catalog (every run does so as well).",
        discussion: "Encrypted tables are left out, for Athena cannot read them, unless 'glue: encrypted_tables: list'."
    )

    @OptionGroup var shared: SharedOptions

    func perform(on console: Console) async throws {
        let changes = try await shared.pipeline(console).mirror()
        if shared.json { return console.result(JSONText.line(changes)) }
        if changes.isEmpty { console.say("Glue is up to date.") }
        for (what, names) in [
            ("made", changes.created), ("changed", changes.updated), ("removed", changes.removed),
            ("left out, because encrypted", changes.encrypted),
        ] where !names.isEmpty {
            console.say("\(what): \(names.joined(separator: ", "))")
        }
    }
}
