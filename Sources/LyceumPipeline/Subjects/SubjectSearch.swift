// Finds a person in the lake: under which identifiers, and in which files.

import ADBC
import Foundation
import LyceumCore
import LyceumLake

/// Looks through every file that the catalog knows, current and historical, for the rows of one person.
struct SubjectSearch: Sendable {
    /// A table with its files and what in them names people.
    struct Place: Sendable {
        let summary: TableSummary
        let files: [LakeFile]
        let sql: SubjectSQL

        var table: TableID { summary.id }
    }

    /// A file with rows of the person.
    struct Find: Sendable {
        let place: Place
        let file: LakeFile
        let rows: Int64
        /// The condition on the rows `t` of the file.
        let condition: String
    }

    let engine: any Engine
    let project: Project
    let places: [Place]

    /// Prepares a search.
    ///
    /// - Parameters:
    ///   - tables: the tables with all their files; nothing may move these meanwhile.
    ///   - configuration: states columns that were renamed, beside contracts and models.
    init(
        engine: any Engine,
        project: Project,
        tables: [(summary: TableSummary, files: [LakeFile])],
        configuration: Configuration? = nil
    ) async throws {
        self.engine = engine
        self.project = project
        var places: [Place] = []
        for (summary, files) in tables where !files.isEmpty {
            let formerly = configuration.map { project.formerNames(of: summary.id, $0) } ?? [:]
            guard let subject = SubjectTable(summary, in: project, formerly: formerly) else { continue }
            let columns = try await engine.columns(of: "SELECT * FROM \(engine.parquetScan(files.map(\.data)))")
            places.append(Place(summary: summary, files: files, sql: SubjectSQL(subject: subject, columns: columns)))
        }
        self.places = places
    }

    // MARK: - Who

    /// Everything that the lake calls the person by, who is known by one identifier.
    ///
    /// - Parameters:
    ///   - kind: what the identifier is; nil for any.
    ///   - isLinked: whether people whom an identifier other than an address ties together are taken for one.
    /// - Returns: an identity, empty when nothing is known of the person.
    /// - Throws: ``PipelineError`` with code `ambiguousSubject`, or `notFound` for an unknown kind.
    func resolve(_ id: String, kind: String? = nil, isLinked: Bool = false) async throws -> SubjectIdentity {
        let asked = try asked(id, kind: kind)
        var identity = SubjectIdentity()
        for place in places {
            for row in try await named(in: place, where: place.sql.leads(to: asked, byContact: true)) {
                if let first = row.first { identity.insert(first.value, kind: first.kind) }
            }
        }
        // Rows that could not be read name nobody; the identifier that was asked for may stand in them.
        if identity.isEmpty {
            for place in places {
                if case .columns = place.sql.subject.form { continue }
                let rows = "SELECT count(*) FROM \(scan(place.files)) t WHERE \(place.sql.isAbout(asked))"
                if try await engine.integers(rows).first ?? 0 > 0 { return asked }
            }
        }
        if !isLinked, let (kind, values) = identity.identifiers.first(where: { $0.value.count > 1 }) {
            throw PipelineError(
                .ambiguousSubject,
                "rows with this identifier are about \(values.count) people. Give the \(kind) of the one who is meant, with "
                    + "'--kind \(kind)' if it may also be another's number; if all are one person, add --linked"
            )
        }
        var size = 0
        while size != identity.all.count {
            size = identity.all.count
            for place in places where place.sql.identifiers.count > 1 {
                let condition =
                    isLinked ? place.sql.leads(to: identity, byContact: false) : place.sql.isAbout(identity)
                for row in try await named(in: place, where: condition) {
                    for (kind, value) in row { identity.insert(value, kind: kind) }
                }
            }
        }
        return identity
    }

    /// An identifier as it was given, under every kind that it may be of; `student_id:11391` says its kind itself.
    func asked(_ id: String, kind: String?) throws(PipelineError) -> SubjectIdentity {
        let kinds = project.subjectKinds
        var (id, kind) = (id, kind)
        if kind == nil, let colon = id.firstIndex(of: ":"), kinds.contains(String(id[..<colon])) {
            (kind, id) = (String(id[..<colon]), String(id[id.index(after: colon)...]))
        }
        if let kind, !kinds.contains(kind) {
            throw PipelineError(
                .notFound,
                "no table names people by '\(kind)'; known: \(kinds.sorted().joined(separator: ", "))"
            )
        }
        var asked = SubjectIdentity()
        for kind in kind.map({ [$0] }) ?? kinds { asked.insert(SubjectIdentity.normalised(id), kind: kind) }
        return asked
    }

    /// The identifiers that rows have, in order of precedence.
    private func named(in place: Place, where condition: String) async throws -> [[(kind: String, value: String)]] {
        let named = place.sql.identifiers
        guard !named.isEmpty, condition != "false" else { return [] }
        let list = named.map(\.value).joined(separator: ", ")
        var found: [[(kind: String, value: String)]] = []
        let query = "SELECT DISTINCT \(list) FROM \(scan(place.files)) t WHERE \(condition)"
        for try await batch in try await engine.query(query, []) {
            for row in 0..<batch.count {
                found.append(
                    named.enumerated().compactMap { index, column in
                        batch.column(index).string(at: row).map { (column.kind, $0) }
                    }
                )
            }
        }
        return found
    }

    // MARK: - Where

    /// The files that have rows of a person.
    func find(_ identity: SubjectIdentity) async throws -> [Find] {
        var finds: [Find] = []
        for place in places {
            var condition = place.sql.isAbout(identity)
            let rows = scan(place.files)
            var keys: EngineTable? = EngineSchema.landing.table(
                "subject_keys_\(place.table.zone.rawValue)_\(place.table.name)"
            )
            if try await !hasDeletions(place) { keys = nil }
            if let keys, let deletions = place.sql.deletions(of: identity, in: rows, keys: keys) {
                try await engine.execute("CREATE OR REPLACE TABLE \(keys.sql) AS \(deletions.keys)")
                condition = "(\(condition) OR \(deletions.isOne))"
            }
            let counts = try await count(place, where: condition)
            for file in place.files {
                guard let rows = counts[file.data.location] else { continue }
                finds.append(
                    Find(
                        place: place,
                        file: file,
                        rows: rows,
                        condition: try await self.condition(on: file, in: place, identity, keys: keys)
                    )
                )
            }
        }
        return finds
    }

    /// The condition on the rows of one file, by the columns that this file has: earlier ones may lack some, or have them in
    /// another type.
    private func condition(
        on file: LakeFile,
        in place: Place,
        _ identity: SubjectIdentity,
        keys: EngineTable?
    ) async throws -> String {
        let columns = try await engine.columns(of: "SELECT * FROM \(scan([file]))")
        let sql = SubjectSQL(subject: place.sql.subject, columns: columns)
        let condition = sql.isAbout(identity)
        guard let keys, let deletions = sql.deletions(of: identity, in: scan([file]), keys: keys) else {
            return condition
        }
        return "(\(condition) OR \(deletions.isOne))"
    }

    /// Whether a table has rows that only say that a key is gone, which is soon seen; most tables have none.
    private func hasDeletions(_ place: Place) async throws -> Bool {
        guard place.sql.columns.contains(where: { $0.name == "_op" }) else { return false }
        return try await engine.integers("SELECT count(*) FROM \(scan(place.files)) t WHERE t._op = 'D'").first ?? 0 > 0
    }

    /// How many rows of which file meet a condition: one scan of the table.
    private func count(_ place: Place, where condition: String) async throws -> [String: Int64] {
        var counts: [String: Int64] = [:]
        let scan = engine.parquetScan(place.files.map(\.data), locations: "_location")
        let query = "SELECT t._location, count(*) FROM \(scan) t WHERE \(condition) GROUP BY ALL"
        for try await batch in try await engine.query(query, []) {
            for row in 0..<batch.count {
                counts[batch.column(0).string(at: row) ?? ""] = batch.column(1).integer(at: row)
            }
        }
        return counts
    }

    func scan(_ files: [LakeFile]) -> String { engine.parquetScan(files.map(\.data)) }
}
