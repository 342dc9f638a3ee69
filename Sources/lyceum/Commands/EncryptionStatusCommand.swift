// `lyceum encryption status`: what is encrypted, and what is left to do.

import ArgumentParser
import LyceumLake

/// How far the lake is encrypted.
struct EncryptionStatusCommand: RoomCommand {
    static let configuration = CommandConfiguration(
        commandName: "status",
        abstract: "Say which tables are encrypted, and how many plain files with data about people are left."
    )

    @OptionGroup var shared: SharedOptions

    func perform(on console: Console) async throws {
        let lake = try await shared.pipeline(console).openLake()
        let tables = try await lake.encryption()
        let personal = tables.filter(\.isPersonal)
        let plain = personal.reduce(0) { $0 + $1.plain }
        let current = personal.reduce(0) { $0 + $1.plainCurrent }
        if shared.json {
            return console.result(
                JSONText.line(EncryptionDocument(master: lake.keys?.master, plainPersonalFiles: plain, tables: tables))
            )
        }
        console.say(
            lake.keys.map { "Master key \($0.master)." } ?? "No master key is configured: nothing is encrypted."
        )
        var text = TextTable(
            columns: [.text("Table"), .text("About people"), .number("Encrypted files"), .number("Plain files")]
        )
        text.rows = tables.map { table in
            [
                table.table, table.isPersonal ? "yes" : "no", HumanNumbers.count(table.encrypted),
                HumanNumbers.count(table.plain),
            ]
        }
        console.say(text)
        guard plain > 0 else { return }
        console.say("\(HumanNumbers.count(plain)) files with data about people are plain.")
        if lake.keys == nil {
            console.say("'lyceum encryption generate FILE' makes a master key; name it under 'encryption: master_key'.")
        } else if current > 0 {
            console.say("'lyceum encryption encrypt' writes the \(HumanNumbers.count(current)) current ones anew.")
        } else {
            console.say("They are all in history: 'lyceum lake vacuum --keep 1' removes them.")
        }
    }
}

private struct EncryptionDocument: Encodable {
    let master: String?
    let plainPersonalFiles: Int
    let tables: [TableEncryption]

    enum CodingKeys: String, CodingKey {
        case master, tables
        case plainPersonalFiles = "plain_personal_files"
    }
}
