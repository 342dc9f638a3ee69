// `lyceum subject`: what one person may ask for: their data, and that it be forgotten.

import ArgumentParser
import Foundation
import LyceumAudit
import LyceumLake
import LyceumPipeline

/// The rights of one person.
struct SubjectCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "subject",
        abstract: "Give out, forget, or hold the data of one person.",
        discussion: """
            ID is any identifier that the person has: a student id, a Workday id, an e-mail address, also a former one.
            """,
        subcommands: [Status.self, Export.self, Erase.self, HoldCommand.self, Release.self, Verify.self]
    )
}

/// Names one person.
struct SubjectOptions: ParsableArguments {
    @Argument(help: ArgumentHelp("One of the person's identifiers.", valueName: "id"))
    var id: String

    @Option(
        help: ArgumentHelp(
            "What the identifier is, such as student_id, where it may be several things.",
            valueName: "kind"
        )
    )
    var kind: String?

    @Flag(help: "Take people whom an identifier ties together for one.")
    var linked = false

    var request: SubjectRequest { SubjectRequest(id, kind: kind, isLinked: linked) }
}

extension SubjectCommand {
    /// Where a person's rows are.
    struct Status: RoomCommand {
        static let configuration = CommandConfiguration(
            commandName: "status",
            abstract: "Say under which identifiers a person is known, where their rows are, and what holds them."
        )

        @OptionGroup var subject: SubjectOptions
        @OptionGroup var purpose: PurposeOption
        @OptionGroup var shared: SharedOptions

        func perform(on console: Console) async throws {
            let pipeline = try shared.pipeline(console)
            let status = try await pipeline.subjectStatus(subject.request)
            try await CommandAudit(pipeline.configuration.audit, purpose, on: console).record(
                .inspect,
                "lyceum subject status",
                subjects: SubjectNames.ids(status.identifiers, asked: subject.id),
                fields: status.identifiers.keys.sorted()
            )
            if shared.json { return console.result(JSONText.line(status)) }
            SubjectText.show(status, on: console)
        }
    }

    /// All data of a person.
    struct Export: RoomCommand {
        static let configuration = CommandConfiguration(
            commandName: "export",
            abstract: "Write all that is known of a person as one JSON document (GDPR article 15, FERPA 99.10).",
            discussion: "The file can be read by its owner only. Recorded in the audit record before it is written."
        )

        @OptionGroup var subject: SubjectOptions

        @Option(
            name: .shortAndLong,
            help: ArgumentHelp("Write to this file rather than to standard output.", valueName: "file"),
            completion: .file()
        )
        var output: String?

        @OptionGroup var purpose: PurposeOption
        @OptionGroup var shared: SharedOptions

        func perform(on console: Console) async throws {
            let pipeline = try shared.pipeline(console)
            let document = try await pipeline.exportSubject(subject.request)
            let names = try SubjectNames(document: document)
            try await CommandAudit(pipeline.configuration.audit, purpose, on: console).record(
                .export,
                "lyceum subject export",
                subjects: SubjectNames.ids(names.subject, asked: subject.id),
                fields: names.fields
            )
            guard let output else { return console.result(document.trimmingCharacters(in: .newlines)) }
            try pipeline.write(document, to: URL(filePath: output))
            console.say("Written to \(output), readable by you only.")
        }
    }

    /// A person forgotten.
    struct Erase: RoomCommand {
        static let configuration = CommandConfiguration(
            commandName: "erase",
            abstract: "Forget a person: in every table and its history, in quarantine, search index and ledger.",
            discussion: """
                Files that hold the person's rows are written anew without them, in every snapshot at once; their old bytes \
                are deleted. Runs do not land the person again, whom they recognise by keyed hashes. Prints where the signed \
                receipt is. A legal hold refuses it.
                """
        )

        @OptionGroup var subject: SubjectOptions

        @Option(help: ArgumentHelp("Why, for the receipt.", valueName: "text"))
        var reason = "request of the person"

        @Flag(help: "Say what would be erased, and erase nothing.")
        var dryRun = false

        @Flag(help: "Do not ask.")
        var yes = false

        @Option(help: ArgumentHelp("Wait so many seconds for a run that is under way.", valueName: "seconds"))
        var wait: Int?

        @OptionGroup var shared: SharedOptions

        func perform(on console: Console) async throws {
            let pipeline = try shared.pipeline(console)
            if dryRun || !yes {
                let status = try await pipeline.subjectStatus(subject.request)
                if dryRun, shared.json { return console.result(JSONText.line(status)) }
                SubjectText.show(status, on: console)
                if dryRun { return console.say("Nothing was erased.") }
                if !status.tables.isEmpty {
                    guard isatty(STDIN_FILENO) != 0, console.mode == .text else {
                        throw Failure(code: "unconfirmed", message: "nothing was erased", remedy: "add --yes")
                    }
                    console.say("This cannot be undone. Type 'erase' to go on:")
                    guard readLine()?.trimmingCharacters(in: .whitespaces) == "erase" else {
                        return console.say("Nothing was erased.")
                    }
                }
            }
            let outcome = try await pipeline.eraseSubject(
                subject.request,
                reason: reason,
                wait: wait.map { .seconds($0) }
            )
            switch outcome {
            case .alreadyErased(let erasures):
                if shared.json { return console.result(JSONText.line(["already_erased": erasures])) }
                console.say("Nothing is left to erase: erased by \(erasures.joined(separator: ", ")).")
            case .erased(let receipt, let file):
                if shared.json { return console.result(JSONText.line(receipt)) }
                SubjectText.show(receipt, file: file, on: console)
            }
        }
    }

    /// A person whose data must stay.
    struct HoldCommand: RoomCommand {
        static let configuration = CommandConfiguration(
            commandName: "hold",
            abstract: "Place a legal hold on a person: nothing of theirs is erased or expires until it is released."
        )

        @OptionGroup var subject: SubjectOptions

        @Option(help: ArgumentHelp("Why, such as a matter's number.", valueName: "text"))
        var reason: String

        @OptionGroup var shared: SharedOptions

        func perform(on console: Console) async throws {
            let holds = try await shared.pipeline(console)
                .holdSubject(subject.request, reason: reason, by: NSUserName())
            if shared.json { return console.result(JSONText.line(["holds": holds.map(\.id)])) }
            console.say("Held: \(holds.map { "hold \($0.id)" }.joined(separator: ", ")).")
        }
    }

    /// A hold that ends.
    struct Release: RoomCommand {
        static let configuration = CommandConfiguration(
            commandName: "release",
            abstract: "Release the legal holds on a person."
        )

        @OptionGroup var subject: SubjectOptions
        @OptionGroup var shared: SharedOptions

        func perform(on console: Console) async throws {
            let holds = try await shared.pipeline(console).releaseSubject(subject.request, by: NSUserName())
            if shared.json { return console.result(JSONText.line(["released": holds.map(\.id)])) }
            console.say(
                holds.isEmpty
                    ? "There was no hold on this person."
                    : "Released: \(holds.map { "hold \($0.id)" }.joined(separator: ", "))."
            )
        }
    }

    /// A receipt checked.
    struct Verify: RoomCommand {
        static let configuration = CommandConfiguration(
            commandName: "verify",
            abstract: "Check that the receipt of an erasure is as it was signed."
        )

        @Argument(help: ArgumentHelp("The receipt.", valueName: "file"), completion: .file())
        var receipt: String

        @OptionGroup var shared: SharedOptions

        func perform(on console: Console) async throws {
            let text: String
            do {
                text = try String(contentsOf: URL(filePath: receipt), encoding: .utf8)
            } catch {
                throw Failure(code: "notFound", message: "the receipt cannot be read", location: receipt)
            }
            let read = try shared.pipeline(console).verify(receipt: text)
            if shared.json { return console.result(JSONText.line(["valid": true])) }
            console.say("The receipt of run \(read.run), of \(read.erasedAt), is as it was signed.")
        }
    }
}
