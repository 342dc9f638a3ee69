// `lyceum init`: a commented lyceum.yaml and the folders it names.

import ArgumentParser
import Foundation

/// Writes a configuration to start from.
struct InitCommand: RoomCommand {
    static let configuration = CommandConfiguration(
        commandName: "init",
        abstract: "Write a commented lyceum.yaml and the folders it names.",
        discussion: "Nothing that exists is changed: a lyceum.yaml that is already there is an error."
    )

    @Argument(help: ArgumentHelp("The folder to write to.", valueName: "dir"), completion: .directory)
    var folder: String = "."

    @OptionGroup var shared: SharedOptions

    func perform(on console: Console) async throws {
        let root = URL(filePath: folder, directoryHint: .isDirectory).standardizedFileURL
        let file = root.appending(path: "lyceum.yaml")
        guard !FileManager.default.fileExists(atPath: file.path) else {
            throw Failure(
                code: "exists",
                message: "there already is a configuration; it was left as it is",
                location: file.path,
                remedy: "edit it, or remove it first"
            )
        }
        for name in ["lake", "index", "secrets"] {
            let url = root.appending(path: name)
            // Secrets are the owner's alone; so is the lake, which holds students' data.
            try FileManager.default.createDirectory(
                at: url,
                withIntermediateDirectories: true,
                attributes: [.posixPermissions: 0o700]
            )
        }
        let keyFile = root.appending(path: "secrets/master_key")
        if !FileManager.default.fileExists(atPath: keyFile.path) { _ = try await MasterKeyFile.create(at: keyFile) }
        try Data(ConfigurationTemplate.text.utf8).write(to: file, options: .withoutOverwriting)
        if shared.json {
            console.result(
                JSONText.line([
                    "config": file.path, "lake": root.appending(path: "lake").path, "master_key": keyFile.path,
                ])
            )
        } else {
            console.say("Wrote \(console.style.cyan(file.path)) and the folders lake/, index/ and secrets/.")
            console.say(
                "\(console.style.yellow("Back up secrets/master_key")) apart from the lake: tables with data about people are "
                    + "encrypted, and without it nobody can read them."
            )
            console.say("Next: name your sources in it, then `lyceum doctor`, `lyceum plan` and `lyceum run`.")
        }
    }
}
