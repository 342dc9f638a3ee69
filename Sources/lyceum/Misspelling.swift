// A command that does not exist, and the one that was meant.

import LyceumCore

/// Looks for the command that a misspelled one stands for.
enum Misspelling {
    /// The failure that a first word which is no command deserves; nil for commands and options.
    static func failure(in arguments: [String]) -> Failure? {
        let known = Lyceum.configuration.groupedSubcommands.flatMap(\.subcommands)
            .compactMap { $0.configuration.commandName }
        guard let word = arguments.first, !word.hasPrefix("-"), word != "help", !known.contains(word) else {
            return nil
        }
        let near = NearestName.of(word, among: known)
        return Failure(
            .usage,
            code: "usage",
            message: "there is no command '\(word)'" + (near.map { "; did you mean '\($0)'?" } ?? ""),
            remedy: "lyceum --help lists all commands"
        )
    }
}
