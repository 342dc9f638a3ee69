// The command line: parses, calls one room, renders. The rooms themselves are the other targets.

import ArgumentParser
import Foundation
import NIOCore

/// `lyceum` and its subcommands.
struct Lyceum: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "lyceum",
        abstract: "A university's data in one lake, with one student profile, searched and recommended from.",
        discussion: """
            New here? `lyceum demo` builds a campus out of real open data, runs everything on it and ends with commands \
            worth trying. For your own data: `lyceum init`, fill in lyceum.yaml, then `lyceum doctor` and `lyceum run`.

            Exit status: 0 success, 1 the work failed, 64 the command line is wrong, 78 the configuration is wrong, \
            130 stopped by Ctrl-C (a stopped run publishes nothing; the next one goes on from the last good state).
            """,
        version: Version.text,
        groupedSubcommands: [
            CommandGroup(name: "Start", subcommands: [DemoCommand.self, InitCommand.self, SandboxCommand.self]),
            CommandGroup(
                name: "Pipeline",
                subcommands: [PlanCommand.self, RunCommand.self, StatusCommand.self, QuarantineCommand.self]
            ),
            CommandGroup(
                name: "Lake",
                subcommands: [TablesCommand.self, SQLCommand.self, LakeCommand.self, EncryptionCommand.self]
            ),
            CommandGroup(
                name: "Search",
                subcommands: [IndexCommand.self, SearchCommand.self, RecommendCommand.self, ServeCommand.self]
            ),
            CommandGroup(name: "Access", subcommands: [KeysCommand.self]),
            CommandGroup(name: "Recovery", subcommands: [BackupCommand.self, RestoreCommand.self]),
            CommandGroup(
                name: "Care",
                subcommands: [DoctorCommand.self, SourceCommand.self, SubjectCommand.self, AuditCommand.self]
            ),
        ]
    )
}

/// The version that `--version`, the API and the ledger name.
enum Version {
    /// Semantic version.
    static let text = "0.1.0"
}

/// Starts the program: parses the arguments, runs the command, turns whatever goes wrong into a block of text and an exit
/// status.
@main
enum LyceumMain {
    static func main() async {
        // A reader that goes away (`lyceum sql … | head`) must not kill a run half way: writes report it instead.
        signal(SIGPIPE, SIG_IGN)
        // What the program writes is for its user and the user's group, as far as the user's own mask allows.
        umask(umask(0) | 0o007)
        // Requests are worked on by Swift's own threads, one a core. As many event loops again would mostly take the cores
        // from them: on two cores one loop lets the server answer a tenth more.
        if ProcessInfo.processInfo.environment["NIO_SINGLETON_GROUP_LOOP_COUNT"] == nil {
            NIOSingletons.groupLoopCountSuggestion = max(1, System.coreCount / 2)
        }
        let wantsJSON = CommandLine.arguments.contains("--json")
        if let failure = Misspelling.failure(in: Array(CommandLine.arguments.dropFirst())) {
            let style = Console(mode: .text).errorStyle
            let text = wantsJSON ? failure.json : failure.lines(width: nil, style: style).joined(separator: "\n")
            FileHandle.standardError.write(Data((text + "\n").utf8))
            Foundation.exit(failure.status.rawValue)
        }
        let command: any ParsableCommand
        do {
            command = try Lyceum.parseAsRoot()
        } catch {
            let status = Lyceum.exitCode(for: error)
            if wantsJSON, status != .success {
                let failure = Failure(.usage, code: "usage", message: Lyceum.message(for: error), remedy: "see --help")
                FileHandle.standardError.write(Data((failure.json + "\n").utf8))
                Foundation.exit(ExitStatus.usage.rawValue)
            }
            Lyceum.exit(withError: error)
        }
        let status = await execute(command, console: Console(mode: wantsJSON ? .json : .text))
        Foundation.exit(status.rawValue)
    }

    /// Runs a parsed command and says how the program ends.
    private static func execute(_ command: any ParsableCommand, console: Console) async -> ExitStatus {
        guard let work = command as? any RoomCommand else {
            do {
                var command = command
                if var asynchronous = command as? any AsyncParsableCommand {
                    try await asynchronous.run()
                } else {
                    try command.run()
                }
                return .success
            } catch {
                Lyceum.exit(withError: error)
            }
        }
        do {
            try await console.interruption.guarding(console) { try await work.perform(on: console) }
            return .success
        } catch {
            let failure = Failure(error, interrupted: console.interruption.happened)
            switch console.mode {
            case .json: console.complain(failure.json)
            case .text:
                let window = TerminalWindow.detect(
                    descriptor: STDERR_FILENO,
                    environment: ProcessInfo.processInfo.environment
                )
                let lines = failure.lines(width: window.columns, style: console.errorStyle)
                console.complain(lines.joined(separator: "\n"))
            }
            return failure.status
        }
    }
}
