// `lyceum encryption`: the keys of an encrypted lake.

import ArgumentParser
import Foundation
import LyceumCore
import LyceumLake
import LyceumPipeline

/// Keys and encryption.
struct EncryptionCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "encryption",
        abstract: "Look after the keys that the lake is encrypted with.",
        discussion: """
            Each table with data about people has data keys of its own, which the lake keeps wrapped by one master key. \
            The master key is kept outside the lake, under 'encryption: master_key' in lyceum.yaml; without it the lake \
            cannot be read by anyone, so back it up.
            """,
        subcommands: [
            Generate.self, List.self, EncryptionStatusCommand.self, Rotate.self, Renew.self, Encrypt.self,
        ]
    )

    /// A new master key in a file.
    struct Generate: RoomCommand {
        static let configuration = CommandConfiguration(
            abstract: "Make a master key: 32 random bytes in base64, in a file that only you can read.",
            discussion: "Nothing that exists is changed: a file that is already there is an error."
        )

        @Argument(help: ArgumentHelp("The file to write.", valueName: "file"), completion: .file())
        var file: String

        @OptionGroup var shared: SharedOptions

        func perform(on console: Console) async throws {
            let url = URL(filePath: file).standardizedFileURL
            let fingerprint = try await MasterKeyFile.create(at: url)
            if shared.json { return console.result(JSONText.line(["file": url.path, "master": fingerprint])) }
            console.say("\(console.style.green("✓")) wrote \(url.path), the master key \(fingerprint)")
            console.say("Back it up apart from the lake: without it nobody can read the lake's encrypted tables.")
        }
    }

    /// The data keys.
    struct List: RoomCommand {
        static let configuration = CommandConfiguration(
            abstract: "List the data keys: names, versions, when they were made, which master key wraps them."
        )

        @OptionGroup var shared: SharedOptions

        func perform(on console: Console) async throws {
            let file = try await shared.pipeline(console).openLake().keyFile()
            let keys = (file?.keys ?? []).map { key in
                KeyDocument(name: key.name, table: key.table, version: key.version, created: key.created)
            }
            if shared.json {
                return console.result(JSONText.line(KeysDocument(master: file?.master, since: file?.since, keys: keys)))
            }
            guard let file else { return console.say("This lake has no data keys: nothing in it is encrypted yet.") }
            console.say("\(HumanNumbers.count(keys.count)) data keys, wrapped by \(file.master) since \(file.since)")
            var table = TextTable(columns: [.text("Key"), .number("Version"), .text("Created")])
            table.rows = keys.map { [$0.name, String($0.version), $0.created] }
            console.say(table)
        }
    }

    /// The data keys wrapped by another master key.
    struct Rotate: RoomCommand {
        static let configuration = CommandConfiguration(
            abstract: "Wrap all data keys by a new master key; data files stay as they are.",
            discussion: """
                The old master key is the one in lyceum.yaml; name the new one here, and in lyceum.yaml afterwards. All \
                keys change over in one step: if this is interrupted, either the old or the new master key opens the \
                whole lake.
                """
        )

        @Option(help: ArgumentHelp("The new master key's file ('lyceum encryption generate').", valueName: "file"))
        var toFile: String?

        @Option(help: ArgumentHelp("The environment variable that holds the new master key.", valueName: "name"))
        var toVariable: String?

        @Option(help: ArgumentHelp("The new master key in AWS KMS: an ARN.", valueName: "arn"))
        var toKms: String?

        @Option(help: ArgumentHelp("The region of --to-kms, if it is not an ARN.", valueName: "region"))
        var region: String?

        @Option(help: ArgumentHelp("Another address than AWS's for --to-kms.", valueName: "url"))
        var endpoint: String?

        @OptionGroup var shared: SharedOptions

        func validate() throws {
            guard [toFile, toVariable, toKms].compactMap(\.self).count == 1 else {
                throw ValidationError("Give one of --to-file, --to-variable and --to-kms.")
            }
        }

        func perform(on console: Console) async throws {
            let pipeline = try shared.pipeline(console)
            let new = try settings()
            let (master, count) = try await pipeline.openLake().rotateMasterKey(to: new)
            if shared.json { return console.result(JSONText.line(RotationDocument(master: master, keys: count))) }
            console.say("\(console.style.green("✓")) \(HumanNumbers.count(count)) data keys are wrapped by \(master)")
            console.say("Now name that key under 'encryption: master_key' in \(PathText.short(shared.configFile)).")
        }

        private func settings() throws -> MasterKeySettings {
            if let toFile {
                guard let text = try? String(contentsOf: URL(filePath: toFile), encoding: .utf8) else {
                    throw Failure(code: "files", message: "the master key's file cannot be read", location: toFile)
                }
                return .local(Secret(text.trimmingCharacters(in: .whitespacesAndNewlines)))
            }
            if let toVariable {
                guard let text = ProcessInfo.processInfo.environment[toVariable], !text.isEmpty else {
                    throw Failure(code: "environment", message: "the variable \(toVariable) is not set")
                }
                return .local(Secret(text))
            }
            let key = toKms ?? ""
            let parts = key.split(separator: ":", omittingEmptySubsequences: false)
            guard let region = region ?? (parts.count >= 6 ? String(parts[3]) : nil) else {
                throw Failure(.usage, code: "usage", message: "--to-kms is not an ARN, so --region has to be given")
            }
            return .kms(key: key, region: region, endpoint: endpoint)
        }
    }

    /// A new data key for one table.
    struct Renew: RoomCommand {
        static let configuration = CommandConfiguration(
            abstract: "Make a new data key for a table's files from now on; older files keep theirs."
        )

        @Argument(help: ArgumentHelp("The table, as zone.name.", valueName: "table"))
        var table: String

        @OptionGroup var shared: SharedOptions

        func perform(on console: Console) async throws {
            let lake = try await shared.pipeline(console).openLake()
            let name = try await lake.renewKey(of: try await lake.ledger.table(named: table).id)
            if shared.json { return console.result(JSONText.line(["key": name])) }
            console.say("\(console.style.green("✓")) new files are encrypted with \(name)")
        }
    }

    /// Plain files from before encryption.
    struct Encrypt: RoomCommand {
        static let configuration = CommandConfiguration(
            abstract: "Encrypt the files that were written before the lake had a master key.",
            discussion: "Only tables with data about people. 'lyceum lake vacuum --keep 1' then removes the plain ones."
        )

        @OptionGroup var shared: SharedOptions

        func perform(on console: Console) async throws {
            let result = try await shared.pipeline(console).encryptPlainFiles()
            if shared.json { return console.result(JSONText.line(result)) }
            let count = result.files.values.reduce(0, +)
            guard count > 0 else { return console.say("Every file with data about people is encrypted already.") }
            console.say(
                "\(console.style.green("✓")) \(HumanNumbers.count(count)) files of \(result.files.count) tables encrypted"
            )
            console.say("The plain ones are in history now: 'lyceum lake vacuum --keep 1' removes them.")
        }
    }
}

private struct KeyDocument: Encodable {
    let name: String
    let table: String
    let version: Int
    let created: String
}

private struct KeysDocument: Encodable {
    let master: String?
    let since: String?
    let keys: [KeyDocument]
}

private struct RotationDocument: Encodable {
    let master: String
    let keys: Int
}
