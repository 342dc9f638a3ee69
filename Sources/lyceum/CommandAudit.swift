// The command line's own looks at students, recorded before they are shown.

import ArgumentParser
import Foundation
import LyceumAudit
import LyceumPipeline

/// What a student's data is looked at for.
struct PurposeOption: ParsableArguments {
    @Option(
        help: ArgumentHelp("What students' data is looked at for; stands in the audit record.", valueName: "text")
    )
    var purpose = "administration"

    func validate() throws {
        guard (1...200).contains(purpose.utf8.count) else {
            throw ValidationError("--purpose must have from 1 to 200 bytes.")
        }
    }
}

/// Records what a command is about to show of students.
struct CommandAudit {
    private let settings: Configuration.AuditSettings
    private let purpose: String
    private let console: Console

    init(_ settings: Configuration.AuditSettings, _ purpose: PurposeOption, on console: Console) {
        self.settings = settings
        self.purpose = purpose.purpose
        self.console = console
    }

    /// Writes an entry; what it is about must be shown only after this has returned.
    ///
    /// - Throws: `AuditError`; nothing may be shown then.
    func record(
        _ action: AuditAction,
        _ command: String,
        collection: String? = nil,
        subjects: [String],
        fields: [String],
        query: String? = nil
    ) async throws {
        let log = try await AuditLog.open(settings.folder, key: try Self.key(settings, on: console))
        let entry = AuditEntry(
            request: "cli-\(UUID().uuidString.lowercased())",
            actor: "cli:\(Self.user)",
            role: "administrator",
            action: action,
            resource: command,
            collection: collection,
            subjects: subjects,
            fields: fields,
            query: query,
            purpose: purpose,
            // Whoever may read the lake's files works for the university.
            basis: "34 CFR 99.31(a)(1)"
        )
        do {
            try await log.record(entry)
        } catch {
            await log.close()
            throw error
        }
        await log.close()
    }

    /// Writes an entry for rows of tables; none where no table is about people.
    ///
    /// - Parameters:
    ///   - tables: those about people, `clean.students`.
    ///   - subjects: the identifiers of the people shown, as far as the rows name them.
    func record(
        tables: [String],
        _ command: String,
        subjects: [String],
        query: String? = nil
    ) async throws {
        guard !tables.isEmpty else { return }
        let fields = tables.map { $0 == "*" ? $0 : $0 + ".*" }
        try await record(.tableRead, command, subjects: subjects, fields: fields, query: query)
    }

    /// The account that runs the program, which no variable of the environment can change.
    static var user: String { getpwuid(getuid()).map { String(cString: $0.pointee.pw_name) } ?? "uid-\(getuid())" }

    // MARK: - The record's key

    /// The key of the record: the configured secret, or that of its file, which is made the first time.
    static func key(_ settings: Configuration.AuditSettings, on console: Console) throws -> AuditKey {
        if let secret = settings.secret { return try AuditKey(secret) }
        let (key, isNew) = try AuditKeyFile.loadOrCreate(settings.keyFile, forRecordIn: settings.folder)
        if isNew {
            console.complain(
                "Made \(PathText.short(settings.keyFile)), the secret of the audit record in "
                    + "\(PathText.short(settings.folder)). Back it up: students are found in the record by it only."
            )
        }
        return key
    }

    /// The key of the record as it is; nil if none was made yet.
    static func existingKey(_ settings: Configuration.AuditSettings) throws(AuditError) -> AuditKey? {
        if let secret = settings.secret { return try AuditKey(secret) }
        return try AuditKeyFile.load(settings.keyFile)
    }
}

/// Whom and what a document of a person's data names.
struct SubjectNames: Decodable {
    private struct Table: Decodable {
        var table: String
        var zone: String
    }

    /// Identifiers by kind.
    var subject: [String: [String]]
    private var tables: [Table]

    init(document: String) throws { self = try JSONDecoder().decode(SubjectNames.self, from: Data(document.utf8)) }

    /// The tables of which all columns are given out.
    var fields: [String] { tables.map { "\($0.zone).\($0.table).*" } }

    /// The ids that stand for a person in the record: the student ids, or whatever they are known by, and what was asked for.
    static func ids(_ identifiers: [String: [String]], asked: String) -> [String] {
        let known = identifiers["student_id"] ?? identifiers.values.flatMap(\.self)
        return Set(known).union([asked]).sorted()
    }
}
