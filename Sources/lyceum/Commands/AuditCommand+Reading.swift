// `lyceum audit search|export|disclosures`: what stands in the record.

import ArgumentParser
import Foundation
import LyceumAudit
import LyceumCore
import LyceumPipeline

/// Which entries are meant.
struct AuditFilterOptions: ParsableArguments {
    @Option(help: ArgumentHelp("Who asked: key:ID, oidc:SUBJECT or cli:USER.", valueName: "actor"))
    var actor: String?

    @Option(help: ArgumentHelp("A student who was looked at.", valueName: "id"))
    var student: String?

    @Option(help: ArgumentHelp("What was done, such as search, read or export.", valueName: "action"))
    var action: AuditAction?

    @Option(help: ArgumentHelp("The declared purpose.", valueName: "purpose"))
    var purpose: String?

    @Option(help: ArgumentHelp("The request's id.", valueName: "id"))
    var request: String?

    @Option(help: ArgumentHelp("From this time on: a day, or ISO 8601.", valueName: "time"))
    var from: String?

    @Option(help: ArgumentHelp("Before this time.", valueName: "time"))
    var until: String?

    @Flag(help: "Only what was refused.")
    var denied = false

    func validate() throws {
        for (name, text) in [("--from", from), ("--until", until)] {
            guard let text, Self.time(text) == nil else { continue }
            throw ValidationError("\(name) takes a day such as 2026-11-23 or a time such as 2026-11-23T08:00:00Z.")
        }
    }

    var filter: AuditFilter {
        AuditFilter(
            actor: actor,
            student: student,
            action: action,
            purpose: purpose,
            request: request,
            from: from.flatMap(Self.time),
            until: until.flatMap(Self.time),
            isDeniedOnly: denied
        )
    }

    private static func time(_ text: String) -> Date? { Timestamp.parse(text) ?? Timestamp.parse(text + "T00:00:00Z") }
}

extension AuditAction: ExpressibleByArgument {}

extension AuditExportFormat: ExpressibleByArgument {}

/// Entries that fit.
struct AuditSearchCommand: RoomCommand {
    static let configuration = CommandConfiguration(
        commandName: "search",
        abstract: "Show entries: by actor, student, action, purpose, request, time, or refused ones.",
        discussion:
            "All conditions must hold. Shows the last ones that fit, oldest first; 'lyceum audit export' gives all."
    )

    @OptionGroup var conditions: AuditFilterOptions

    @Option(name: .shortAndLong, help: ArgumentHelp("How many, at most 10000.", valueName: "n"))
    var limit: Int = 50

    @OptionGroup var shared: SharedOptions

    func validate() throws {
        guard (1...10_000).contains(limit) else { throw ValidationError("--limit must be from 1 to 10000.") }
    }

    func perform(on console: Console) async throws {
        let settings = try shared.configuration().audit
        var last: [AuditRecord] = []
        var total = 0
        try AuditReader(settings.folder, key: try CommandAudit.existingKey(settings)).forEach(conditions.filter) {
            // The oldest gives way to the newest, in a ring.
            if last.count < limit { last.append($0) } else { last[total % limit] = $0 }
            total += 1
            return !Task.isCancelled
        }
        try Task.checkCancellation()
        let start = total > limit ? total % limit : 0
        let records = Array(last[start...] + last[..<start])
        if shared.json { return console.result(JSONText.line(Found(total: total, entries: records))) }
        AuditText.show(records, of: total, on: console)
    }

    private struct Found: Encodable {
        var total: Int
        var entries: [AuditRecord]
    }
}

/// Entries for other programs.
struct AuditExportCommand: RoomCommand {
    static let configuration = CommandConfiguration(
        commandName: "export",
        abstract: "Write entries as CSV or as the record's own JSON lines.",
        discussion: "The file can be read by its owner only."
    )

    @OptionGroup var conditions: AuditFilterOptions

    @Option(help: ArgumentHelp("csv or jsonl.", valueName: "format"))
    var format: AuditExportFormat = .jsonl

    @Option(
        name: .shortAndLong,
        help: ArgumentHelp("Write to this new file rather than to standard output.", valueName: "file"),
        completion: .file()
    )
    var output: String?

    @OptionGroup var shared: SharedOptions

    func perform(on console: Console) async throws {
        let settings = try shared.configuration().audit
        let reader = AuditReader(settings.folder, key: try CommandAudit.existingKey(settings))
        let export = AuditExport(reader, format)
        guard let output else {
            try export.write(conditions.filter) { data in
                try Task.checkCancellation()
                // The console ends each text with a line break of its own.
                console.result(String(decoding: data.dropLast(), as: UTF8.self))
            }
            return
        }
        let url = URL(filePath: output)
        let descriptor = open(url.path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            let reason = String(cString: strerror(errno))
            throw Failure(
                code: "files",
                message: "cannot write the export: \(reason)",
                location: url.path,
                remedy: "name a new file in a folder that is there"
            )
        }
        let handle = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
        let count = try export.write(conditions.filter) { data in
            try Task.checkCancellation()
            try handle.write(contentsOf: data)
        }
        try handle.synchronize()
        if shared.json { return console.result(JSONText.line(Written(entries: count, file: url.path))) }
        console.say("\(HumanNumbers.count(count)) entries written to \(output), readable by you only.")
    }

    private struct Written: Encodable {
        var entries: Int
        var file: String
    }
}

/// The accounting of disclosures of one student.
struct AuditDisclosuresCommand: RoomCommand {
    static let configuration = CommandConfiguration(
        commandName: "disclosures",
        abstract: "Account for the disclosures of one student's data (34 CFR 99.32): who, when, why, which fields.",
        discussion: """
            Lists each party outside the university that requested or received the student's data, with the interest it \
            stated; refused requests too. Access by school officials and by the student is left out, as 99.32(d) has it, but \
            for --all. The look itself is recorded.
            """
    )

    @Argument(help: ArgumentHelp("The student's id, also of a student whose data was erased.", valueName: "student-id"))
    var student: String

    @Flag(help: "Also access by school officials and by the student.")
    var all = false

    @OptionGroup var purpose: PurposeOption
    @OptionGroup var shared: SharedOptions

    func perform(on console: Console) async throws {
        let settings = try shared.configuration().audit
        let found = try AuditReader(settings.folder, key: try CommandAudit.existingKey(settings))
            .disclosures(ofStudent: student, includesInternal: all)
        try await CommandAudit(settings, purpose, on: console).record(
            .auditRead,
            "lyceum audit disclosures",
            subjects: [student],
            fields: []
        )
        if shared.json { return console.result(JSONText.line(Accounting(studentID: student, disclosures: found))) }
        AuditText.show(found, all: all, on: console)
    }

    private struct Accounting: Encodable {
        var studentID: String
        var disclosures: [Disclosure]

        enum CodingKeys: String, CodingKey {
            case disclosures
            case studentID = "student_id"
        }
    }
}
