// Makes a campus inside an embedded database, with the SQL that comes with the package.

import ADBC
import Foundation
import LyceumCore

/// Makes the tables, the faults, the files that the web interfaces serve, and the student database.
///
/// Everything is made in a folder of its own beside the final one and moved there at the end, the manifest last.
struct CampusBuilder: Sendable {
    let resources: CampusResources
    let size: CampusSize
    let location: CampusLocation
    let seed: String
    let fingerprint: String
    let registrar: Registrar

    /// The raw tables' names, and where they are while the campus is made.
    static let tables: [(raw: String, made: String)] = [
        ("oracle_students", "registrar.students"),
        ("oracle_courses", "registrar.courses"),
        ("oracle_enrollments", "registrar.enrollments"),
        ("oracle_academic_records", "registrar.academic_records"),
        ("workday_students", "workday.students"),
        ("workday_academic_programs", "workday.academic_programs"),
        ("workday_job_postings", "workday.job_postings"),
        ("tableau_student_analytics", "tableau.student_analytics"),
        ("tableau_job_market_trends", "tableau.job_market_trends"),
    ]

    /// What the web interfaces serve.
    static let recordFiles = [
        "students.ndjson", "programsOfStudy.ndjson", "jobPostings.ndjson", "jobPostingTerms.ndjson",
        "student_analytics.csv", "job_market_trends.csv",
    ]

    func build(progress: @escaping @Sendable (String, Double) -> Void) async throws -> CampusManifest {
        let workshop = location.folder.deletingLastPathComponent()
            .appending(path: ".campus-\(RandomToken.make(bytes: 4))", directoryHint: .isDirectory)
        let records = workshop.appending(path: "records", directoryHint: .isDirectory)
        try makeFolder(records)
        defer { try? FileManager.default.removeItem(at: workshop) }

        let draft = registrar.draft(in: workshop)
        let manifest = try await withDatabase { connection in
            try await connection.execute("ATTACH \(SQLText.literal(draft)) AS registrar")
            try await makeTables(connection, progress)
            let dirt = try await makeFaults(connection, progress)
            var counts: [String: Int64] = [:]
            for table in Self.tables {
                counts[table.raw] = try await connection.number("SELECT count(*) FROM \(table.made)")
            }
            progress("writing what the web interfaces serve", 0.8)
            try await export(connection, to: records)
            progress("filling the student database", 0.9)
            try await registrar.fill(from: connection, fingerprint: fingerprint)
            try await connection.execute("DETACH registrar")
            return CampusManifest(fingerprint: fingerprint, size: size, seed: seed, counts: counts, dirt: dirt)
        }
        try finishCSV(records)
        try manifest.write(workshop.appending(path: "manifest.json"))
        try settle(workshop, draft: draft)
        progress("done", 1)
        return manifest
    }

    // MARK: Steps

    private func withDatabase<Result: Sendable>(_ body: (Connection) async throws -> Result) async throws -> Result {
        do {
            let database = try await Database.open(driver: try Driver.load("duckdb"), options: ["path": ":memory:"])
            let connection = try await database.connect()
            do {
                let result = try await body(connection)
                try await connection.close()
                return result
            } catch {
                try? await connection.close()
                throw error
            }
        } catch let error as ADBCError {
            throw SandboxError(.database, "the campus could not be made", cause: error, location: error.location)
        }
    }

    private func makeTables(_ connection: Connection, _ progress: @Sendable (String, Double) -> Void) async throws {
        let variables: [(String, String)] = [
            ("campus", SQLText.literal(resources.folder.path)), ("seed", SQLText.literal(seed)),
            ("campus_date", SQLText.literal(Campus.date)), ("student_count", "\(size.students)"),
            ("posting_count", "\(size.postings)"), ("course_count", "\(size.courses)"),
            ("programme_count", "\(size.programmes)"),
        ]
        for (name, value) in variables { try await connection.execute("SET VARIABLE \(name) = \(value)") }
        let steps = ["reading the data", "the student database", "Workday's records", "Tableau's workbooks"]
        for (index, file) in CampusResources.scripts.enumerated() {
            progress(steps[index], Double(index) * 0.15)
            for statement in CampusScript.statements(try resources.text(file)) {
                try await run(statement, of: file, on: connection)
            }
        }
    }

    private func makeFaults(
        _ connection: Connection,
        _ progress: @Sendable (String, Double) -> Void
    ) async throws -> DirtReport {
        progress("faults", 0.6)
        var steps: [DirtStep] = []
        for file in CampusResources.faults {
            let made = try CampusScript.dirtSteps(try resources.text(file), file: file)
            for case let (step, change?) in made.map({ ($0, $0.change) }) {
                try await run(change, of: "\(file), \(step.kind)", on: connection)
            }
            steps += made
        }
        var counts: [DirtCount] = []
        for step in steps {
            let rows = try await connection.number(step.count)
            counts.append(DirtCount(table: step.table, kind: step.kind, meaning: step.meaning, rows: rows))
        }
        return DirtReport(counts: counts)
    }

    private func run(_ statement: String, of file: String, on connection: Connection) async throws {
        do {
            try await connection.execute(statement)
        } catch let error as ADBCError {
            throw SandboxError(.database, "a step of making the campus failed", cause: error, location: file)
        }
    }

    private func export(_ connection: Connection, to records: URL) async throws {
        let folder = records.path.replacing("'", with: "''")
        for statement in CampusScript.statements(try resources.text(CampusResources.exports)) {
            try await run(statement.replacing("{records}", with: folder), of: CampusResources.exports, on: connection)
        }
    }

    /// Gives the views' CSV what Tableau gives it: a byte order mark, and lines that end with CR and LF.
    private func finishCSV(_ records: URL) throws(SandboxError) {
        for name in Self.recordFiles where name.hasSuffix(".csv") {
            let file = records.appending(path: name)
            do {
                let lines = try Data(contentsOf: file).split(separator: UInt8(ascii: "\n"))
                var text = Data([0xEF, 0xBB, 0xBF])
                text.reserveCapacity(lines.reduce(3) { $0 + $1.count + 2 })
                for line in lines {
                    text.append(line)
                    text.append(contentsOf: [UInt8(ascii: "\r"), UInt8(ascii: "\n")])
                }
                try text.write(to: file)
            } catch {
                throw SandboxError(.files, "cannot finish a view's CSV", cause: error, location: file.path)
            }
        }
    }

    private func makeFolder(_ folder: URL) throws(SandboxError) {
        do {
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        } catch {
            throw SandboxError(.files, "cannot make a folder for the campus", cause: error, location: folder.path)
        }
    }

    /// Moves what was made to where it belongs: no manifest means no campus, so it goes first and comes back last.
    private func settle(_ workshop: URL, draft: String) throws(SandboxError) {
        let files = FileManager.default
        do {
            try files.createDirectory(at: location.folder, withIntermediateDirectories: true)
            if files.fileExists(atPath: location.manifest.path) { try files.removeItem(at: location.manifest) }
            if files.fileExists(atPath: location.records.path) { try files.removeItem(at: location.records) }
            try files.moveItem(
                at: workshop.appending(path: "records", directoryHint: .isDirectory),
                to: location.records
            )
            try registrar.settle(draft: draft)
            try files.moveItem(at: workshop.appending(path: "manifest.json"), to: location.manifest)
        } catch {
            throw SandboxError(.files, "cannot put the campus in place", cause: error, location: location.folder.path)
        }
    }
}

extension Connection {
    /// The only value of a query's only row, as a number.
    func number(_ sql: String) async throws -> Int64 {
        for try await batch in try await query(sql) where batch.count > 0 {
            if let column = batch.columns.first, let value = column.integer(at: 0) { return value }
        }
        return 0
    }

    /// The first column of a query's rows, as text.
    func texts(_ sql: String) async throws -> [String?] {
        var values: [String?] = []
        for try await batch in try await query(sql) {
            guard let column = batch.columns.first else { continue }
            for row in 0..<batch.count { values.append(column.text(at: row)) }
        }
        return values
    }
}
