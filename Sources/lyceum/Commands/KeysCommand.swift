// `lyceum keys`: the API keys by which programs and people get at the HTTP API.

import ArgumentParser
import Foundation
import LyceumAccess
import LyceumCore

/// API keys.
struct KeysCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "keys",
        abstract: "Make, list and revoke the API keys of the HTTP API.",
        discussion: """
            A key stands for one caller: what part it plays, and for students, advisers and employers, who it is. The store \
            ('server: keys' in lyceum.yaml) keeps hashes; a running server takes up each change at once. The keys that the \
            lake is encrypted with are looked after by 'lyceum encryption'.
            """,
        subcommands: [Create.self, List.self, Revoke.self]
    )

    /// A new key.
    struct Create: RoomCommand {
        static let configuration = CommandConfiguration(
            abstract: "Make a key and print it, this once.",
            discussion: """
                Roles: student, adviser and employer (each with --subject: whose key it is), registrar, analyst, auditor, \
                administrator. What a role opens can be narrowed by --scope.
                """
        )

        @Option(help: ArgumentHelp("What part its holder plays.", valueName: "role"))
        var role: Role

        @Option(help: ArgumentHelp("The student's id, the adviser's id or the employer's name.", valueName: "id"))
        var subject: String?

        @Option(help: ArgumentHelp("What to call it, such as the program that uses it.", valueName: "name"))
        var name: String?

        @Option(help: ArgumentHelp("Open this only; may be repeated.", valueName: "scope"))
        var scope: [Scope] = []

        @Option(
            help: ArgumentHelp(
                "When it ends: a time from now (90d, 12h, 52w), the last day (2027-06-30, UTC), or never.",
                valueName: "when"
            )
        )
        var expires: KeyExpiry = .after(days: 365)

        @OptionGroup var shared: SharedOptions

        func perform(on console: Console) async throws {
            let store = KeyStore(file: try shared.configuration().server.access.keys)
            let (record, text) = try await store.create(
                KeyRequest(
                    name: name ?? subject.map { "\(role.rawValue) \($0)" } ?? role.rawValue,
                    role: role,
                    subject: subject,
                    scopes: scope.isEmpty ? nil : Set(scope),
                    expires: expires.date(from: Date()),
                    createdBy: NSUserName()
                )
            )
            if shared.json {
                return console.result(JSONText.line(APIKeyDocument(record, key: text.reveal())))
            }
            console.say(console.style.bold(text.reveal()))
            console.say(
                "Keep it now: it is not shown again. Whoever has it is let in as \(record.role.rawValue)\(record.of)."
            )
            let opens = record.scopes.sorted().map(\.rawValue).joined(separator: ", ")
            let until = record.expires.map { "until \(Timestamp.iso($0))" } ?? "without end"
            console.say("It opens \(opens), \(until); 'lyceum keys revoke \(record.id)' ends it at once.")
        }
    }

    /// All keys.
    struct List: RoomCommand {
        static let configuration = CommandConfiguration(
            abstract: "List the keys: whose they are, what they open, and whether they still do."
        )

        @Flag(help: "Only those that still open something.")
        var active = false

        @OptionGroup var shared: SharedOptions

        func perform(on console: Console) async throws {
            let store = KeyStore(file: try shared.configuration().server.access.keys)
            let now = Date()
            let records = try store.list().filter { !active || $0.isActive(at: now) }
            if shared.json {
                return console.result(JSONText.line(["keys": records.map { APIKeyDocument($0, at: now) }]))
            }
            guard !records.isEmpty else {
                return console.say("There is no key; 'lyceum keys create --role ROLE' makes one.")
            }
            var table = TextTable(
                columns: [
                    .text("Id"), .text("State"), .text("Role"), .text("Subject"), .text("Name"), .text("Opens"),
                    .text("Expires"), .text("Made"), .text("By"),
                ]
            )
            table.rows = records.map { record in
                [
                    record.id, record.state(at: now), record.role.rawValue, record.subject ?? "", record.name,
                    record.scopes.sorted().map(\.rawValue).joined(separator: " "),
                    record.expires.map { Timestamp.day($0) } ?? "never", Timestamp.day(record.created),
                    record.createdBy,
                ]
            }
            console.say(table)
        }
    }

    /// A key's end.
    struct Revoke: RoomCommand {
        static let configuration = CommandConfiguration(
            abstract: "End a key at once, on every server that uses the store.",
            discussion: "The record stays, so that the audit record can still be read. Revoking twice changes nothing."
        )

        @Argument(help: ArgumentHelp("The key's id ('lyceum keys list').", valueName: "id"))
        var id: String

        @OptionGroup var shared: SharedOptions

        func perform(on console: Console) async throws {
            let store = KeyStore(file: try shared.configuration().server.access.keys)
            let record = try await store.revoke(id, by: NSUserName())
            if shared.json { return console.result(JSONText.line(APIKeyDocument(record))) }
            let since = record.revoked.map { " since \(Timestamp.iso($0))" } ?? ""
            console.say("\(console.style.green("✓")) \(record.id) (\(record.name)) opens nothing\(since).")
        }
    }
}

extension Role: ExpressibleByArgument {}
extension Scope: ExpressibleByArgument {}

extension KeyRecord {
    /// Whether the key opens anything, in a word.
    fileprivate func state(at now: Date) -> String {
        if revoked != nil { return "revoked" }
        return isActive(at: now) ? "active" : "expired"
    }

    /// Whose the key is, as the end of a sentence.
    fileprivate var of: String { subject.map { " \(Printable.line($0))" } ?? "" }
}

/// A key as scripts read it; its text only where it has just been made.
private struct APIKeyDocument: Encodable {
    let id: String
    let key: String?
    let state: String
    let name: String
    let role: String
    let subject: String?
    let scopes: [String]
    let created: String
    let createdBy: String
    let expires: String?
    let revoked: String?
    let revokedBy: String?

    init(_ record: KeyRecord, key: String? = nil, at now: Date = Date()) {
        id = record.id
        self.key = key
        state = record.state(at: now)
        name = record.name
        role = record.role.rawValue
        subject = record.subject
        scopes = record.scopes.sorted().map(\.rawValue)
        created = Timestamp.iso(record.created)
        createdBy = record.createdBy
        expires = record.expires.map { Timestamp.iso($0) }
        revoked = record.revoked.map { Timestamp.iso($0) }
        revokedBy = record.revokedBy
    }

    enum CodingKeys: String, CodingKey {
        case id, key, state, name, role, subject, scopes, created, expires, revoked
        case createdBy = "created_by"
        case revokedBy = "revoked_by"
    }
}
