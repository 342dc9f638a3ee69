// Keeps erased people from being landed again while their sources still have them.

import Foundation
import LyceumCore
import LyceumLake
import LyceumSources

/// Takes rows of erased people out of what sources deliver, before anything else sees them.
///
/// It knows people by keyed hashes only. Without any there is no suppressor, and landing costs what it always did.
struct Suppressor: Sendable {
    private let key: ErasureKey
    private let hashes: Set<String>
    private let project: Project
    private let engine: any Engine

    /// The hashes and the function that makes them, in the engine.
    private static let table = EngineSchema.landing.table("_suppressed")
    private static let macro = EngineSchema.landing.table("_subject_hash")

    /// Prepares an engine; nil when nobody was erased.
    ///
    /// - Throws: ``PipelineError`` with code `erasureKey` when the key is missing or another: erased people would come back.
    init?(_ lake: Lake, _ engine: any Engine, _ pipeline: Pipeline) async throws {
        let suppressions = try await lake.ledger.suppressions()
        guard !suppressions.isEmpty else { return nil }
        key = try await ErasureKey.required(pipeline.configuration.privacy, by: lake)
        hashes = Set(suppressions.map(\.hash))
        project = pipeline.project
        self.engine = engine
        try await key.define(Self.macro, in: engine)
        try await engine.execute("CREATE OR REPLACE TABLE \(Self.table.sql) (hash VARCHAR)")
        let list = hashes.sorted()
        for start in stride(from: 0, to: list.count, by: 1000) {
            let rows = list[start..<min(start + 1000, list.count)].map { "(\(SQLText.literal($0)))" }
            try await engine.execute("INSERT INTO \(Self.table.sql) VALUES \(rows.joined(separator: ", "))")
        }
    }

    /// Which columns of a raw table name people; none for a table that is about nobody.
    private func subjects(_ table: String, _ columns: [String]) -> [SubjectColumn] {
        if let contract = project.sourceTable(table) { return contract.subject?.columns ?? [] }
        return columns.filter(project.subjectKinds.contains).map { SubjectColumn($0) }
    }

    /// Whether a table may have rows of erased people.
    func concerns(_ table: String) -> Bool {
        project.sourceTable(table).map { $0.subject?.columns.isEmpty == false } ?? true
    }

    /// Takes the rows of erased people out of a table of the engine; returns how many there were.
    ///
    /// - Throws: ``PipelineError`` with code `sourceFailed` when no column is left that could name them.
    func remove(from rows: EngineTable, of table: String, location: String, isStrict: Bool = true) async throws -> Int64
    {
        let present = try await engine.columns(of: "SELECT * FROM \(rows.sql)").map(\.name)
        let declared = subjects(table, present)
        guard !declared.isEmpty else { return 0 }
        let columns = declared.filter { present.contains($0.path[0]) }
        guard !columns.isEmpty else {
            guard isStrict else { return 0 }
            throw PipelineError(
                .sourceFailed,
                "none of the columns that name a person (\(declared.map(\.column).joined(separator: ", "))) came, so erased "
                    + "people cannot be told from others. Nothing was landed; map the column in the configuration",
                location: location
            )
        }
        let named = columns.map { column in
            (column, SubjectSQL.normalised("t." + column.path.map(SQLText.identifier).joined(separator: ".")))
        }
        let alternatives = named.map { column, value in
            """
            WHEN \(value) IS NOT NULL THEN \(value) IN (
                SELECT v FROM (SELECT DISTINCT \(value) AS v FROM \(rows.sql) t)
                WHERE v IS NOT NULL AND \(Self.macro.sql)(\(SQLText.literal(column.kind)), v)
                    IN (SELECT hash FROM \(Self.table.sql)))
            """
        }
        return max(
            0,
            try await engine.execute(
                """
                DELETE FROM \(rows.sql) WHERE rowid IN (
                    SELECT t.rowid FROM \(rows.sql) t WHERE CASE \(alternatives.joined(separator: " ")) ELSE false END)
                """
            )
        )
    }

    /// Whether a text, such as a line that could not be read, has an identifier of an erased person as a word.
    func mentions(_ text: String, of table: String) -> Bool {
        let kinds = project.sourceTable(table)?.subject?.columns.map(\.kind) ?? Array(project.subjectKinds)
        guard !kinds.isEmpty else { return false }
        let words = text.split { !($0.isLetter || $0.isNumber || "@._+-".contains($0)) }
        return Set(words).contains { word in
            let value = SubjectIdentity.normalised(word.trimmingCharacters(in: CharacterSet(charactersIn: "._+-")))
            return kinds.contains { hashes.contains(key.hash(value, kind: $0)) }
        }
    }
}

extension ErasureKey {
    /// The name of the ledger's property that tells which key its hashes were made with.
    static let property = "erasure_key"

    /// The key that the hashes of a lake were made with.
    ///
    /// - Throws: ``PipelineError`` with code `erasureKey`.
    static func required(_ settings: Configuration.PrivacySettings, by lake: Lake) async throws -> ErasureKey {
        let place = settings.key == nil ? settings.keyFile.path : "privacy.key"
        guard let key = try load(settings) else {
            throw PipelineError(
                .erasureKey,
                "people were erased from this lake, and the key that recognises them is missing: without it a run would bring "
                    + "them back. Restore the file, or name the key in lyceum.yaml ('privacy: {key: {file: PATH}}')",
                location: place
            )
        }
        try await key.check(lake, place)
        return key
    }

    /// Refuses a key that is not the one of the lake's hashes.
    func check(_ lake: Lake, _ place: String) async throws {
        guard let known = try await lake.ledger.property(Self.property), known != fingerprint else { return }
        throw PipelineError(
            .erasureKey,
            "the key of erasures is not the one that erased people of this lake are recognised by (it should have the "
                + "fingerprint \(known)); restore that one",
            location: place
        )
    }
}
