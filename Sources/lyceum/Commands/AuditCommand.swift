// `lyceum audit`: the record of who looked at whose data.

import ArgumentParser
import Foundation
import LyceumAudit
import LyceumPipeline

/// The audit record.
struct AuditCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "audit",
        abstract: "Check, search and export the record of who looked at whose data.",
        discussion: """
            Each access to a student's data has a line in the record, which is on the disk before the answer leaves. Students \
            stand in it as keyed hashes: a student's lines are found by id, and nobody can be read from it.
            """,
        subcommands: [
            Verify.self, AuditHeadCommand.self, AuditSearchCommand.self, AuditExportCommand.self,
            AuditDisclosuresCommand.self,
        ]
    )

    /// The whole chain checked.
    struct Verify: RoomCommand {
        static let configuration = CommandConfiguration(
            commandName: "verify",
            abstract: "Check every line, checkpoint and the end of the record, and name the first that is wrong.",
            discussion: """
                Finds any changed, missing, inserted or moved line, and an end that was cut off. An older copy of the whole \
                record, put back, is found by a head that was noted elsewhere ('lyceum audit head'): give it to --expect. \
                What someone forged who has the record's secret cannot be found otherwise. Exit status 1 if anything is wrong.
                """
        )

        @Option(
            help: ArgumentHelp("A line that was noted elsewhere, which must be there.", valueName: "sequence:hash")
        )
        var expect: String?

        @OptionGroup var place: AuditPlaceOptions
        @OptionGroup var shared: SharedOptions

        func validate() throws {
            if let expect, (try? AuditMark(expect)) == nil {
                throw ValidationError("--expect takes SEQUENCE:HASH, as 'lyceum audit head' prints it.")
            }
        }

        func perform(on console: Console) async throws {
            let (folder, publicKey) = try place.resolved(shared)
            let found = try AuditVerifier(folder, publicKey: publicKey)
                .verify(expecting: try expect.map { try AuditMark($0) })
            if shared.json { console.result(JSONText.line(found)) }
            AuditText.show(found, on: console)
            if let fault = found.fault {
                throw Failure(
                    code: "audit_\(fault.kind.rawValue)",
                    message: fault.message,
                    location: folder.appending(path: fault.place).path,
                    remedy:
                        "keep the folder as it is for the auditor; put back a copy, or move it away to begin a new record"
                )
            }
        }
    }
}

/// Where the record is, if not where the configuration says.
struct AuditPlaceOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp("The record's folder, instead of the configured one.", valueName: "dir"),
        completion: .directory
    )
    var folder: String?

    @Option(
        help: ArgumentHelp(
            "The public key of the record ('lyceum audit head'), instead of the configured secret's.",
            valueName: "base64"
        )
    )
    var publicKey: String?

    /// The folder and the public key; the configuration is read only for what is not given.
    func resolved(_ shared: SharedOptions) throws -> (folder: URL, publicKey: String?) {
        if let folder, let publicKey { return (URL(filePath: folder), publicKey) }
        let settings = try shared.configuration().audit
        let key = try publicKey ?? CommandAudit.existingKey(settings)?.publicKey
        return (folder.map { URL(filePath: $0) } ?? settings.folder, key)
    }
}

/// The last line, to be noted elsewhere.
struct AuditHeadCommand: RoomCommand {
    static let configuration = CommandConfiguration(
        commandName: "head",
        abstract:
            "Print the last line as SEQUENCE:HASH, to be noted where nobody who can write to the record can write.",
        discussion: "`lyceum audit verify --expect SEQUENCE:HASH` then tells whether that line is still there."
    )

    @OptionGroup var shared: SharedOptions

    func perform(on console: Console) async throws {
        let settings = try shared.configuration().audit
        let key = try CommandAudit.existingKey(settings)
        let head = try AuditReader(settings.folder, key: key).head()
        if shared.json {
            return console.result(JSONText.line(Document(head: head.description, publicKey: key?.publicKey)))
        }
        console.result(head.description)
        if let key { console.complain("public key: \(key.publicKey)") }
    }

    private struct Document: Encodable {
        var head: String
        var publicKey: String?

        enum CodingKeys: String, CodingKey {
            case head
            case publicKey = "public_key"
        }
    }
}
