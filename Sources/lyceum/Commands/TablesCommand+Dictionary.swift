// `lyceum tables dictionary`: what every table and column means.

import ArgumentParser
import Foundation
import LyceumCore
import LyceumPipeline

extension TablesCommand {
    /// The data dictionary as a file.
    struct Dictionary: RoomCommand {
        static let configuration = CommandConfiguration(
            commandName: "dictionary",
            abstract: "Write the data dictionary: all tables, columns, tags, tests and lineage.",
            discussion: """
                The HTML page needs nothing else, no network and no script. Tables that are defined and not published yet \
                are included.
                """
        )

        /// The forms that the dictionary takes.
        enum Format: String, ExpressibleByArgument, CaseIterable {
            case markdown
            case html
        }

        @Option(help: "markdown or html; from the ending of the output's name unless given.")
        var format: Format?

        @Option(help: ArgumentHelp("Write to a file instead of the terminal.", valueName: "file"))
        var output: String?

        @OptionGroup var shared: SharedOptions

        func perform(on console: Console) async throws {
            let dictionary = try await shared.pipeline(console).dictionary()
            let isPage = output.map { $0.hasSuffix(".html") || $0.hasSuffix(".htm") } ?? false
            let text =
                switch format ?? (isPage ? .html : .markdown) {
                case .markdown: dictionary.markdown()
                case .html: dictionary.html()
                }
            guard let output else { return console.result(text.trimmingCharacters(in: .newlines)) }
            do {
                try Data(text.utf8).write(to: URL(filePath: output), options: .atomic)
            } catch {
                throw Failure(
                    code: "output",
                    message: "the dictionary cannot be written to \(output): \(error.localizedDescription)"
                )
            }
            if shared.json {
                return console.result(JSONText.line(["file": output, "tables": "\(dictionary.tables.count)"]))
            }
            console.say("\(dictionary.tables.count) tables are described in \(output).")
        }
    }
}
