// The student database in PostgreSQL.

import ADBC
import Foundation
import LyceumCore

/// The four tables in a PostgreSQL database, in the first schema of its search path.
///
/// A comment on the table of students carries the campus's fingerprint. Tables without such a comment are somebody
/// else's and are left alone.
struct PostgreSQLRegistrar: Sendable {
    let uri: Secret

    /// The columns, in the types a student information system would have them in.
    static let definitions: [(table: String, columns: String)] = [
        (
            "students",
            """
            student_id bigint, first_name text, last_name text, email text, gender text, region text,
            highest_education text, imd_band text, age_band text, disability text, credits integer, gpa numeric(4, 2),
            registered_on text, status text, adviser_id text, directory_opt_out text, employer_consent text,
            updated_at timestamp
            """
        ),
        (
            "courses",
            """
            course_id text, code text, title text, description text, department text, level text, credits integer,
            length_days integer, starts_on text, updated_at timestamp
            """
        ),
        (
            "enrollments",
            """
            enrollment_id bigint, student_id bigint, course_id text, registered_on text, withdrawn_on text,
            previous_attempts integer, studied_credits integer, final_result text, updated_at timestamp
            """
        ),
        (
            "academic_records",
            """
            record_id bigint, student_id bigint, course_id text, assessment_id bigint, assessment_type text,
            weight numeric(5, 2), submitted_on date, is_banked smallint, score numeric(5, 2), updated_at timestamp
            """
        ),
    ]

    private static let mark = "Lyceum sandbox, campus "

    func holds(_ fingerprint: String) async throws -> Bool {
        try await connected { try await mark(of: "students", $0) == Self.mark + fingerprint }
    }

    /// Replaces the tables of an earlier campus with those of `source`; all of them in one transaction.
    ///
    /// - Throws: ``SandboxError`` with code `occupied` if a table of the same name is not the sandbox's.
    func fill(from source: Connection, fingerprint: String) async throws {
        try await connected { connection in
            for table in Registrar.tables {
                let exists = try await connection.number(
                    "SELECT count(*) FROM (SELECT to_regclass('\(table)') AS t) x WHERE t IS NOT NULL"
                )
                if exists > 0, try await mark(of: table, connection)?.hasPrefix(Self.mark) != true {
                    throw SandboxError(
                        .occupied,
                        "the database has a table \"\(table)\" that the sandbox did not make; name an empty database",
                        location: table
                    )
                }
            }
            try await connection.withTransaction {
                for (table, columns) in Self.definitions {
                    try await connection.execute("DROP TABLE IF EXISTS \(table)")
                    try await connection.execute("CREATE TABLE \(table) (\(columns))")
                    let rows = try await source.query("FROM registrar.\(table)")
                    try await connection.ingest(rows, into: table, mode: .append)
                    try await connection.execute("COMMENT ON TABLE \(table) IS '\(Self.mark)\(fingerprint)'")
                }
            }
            for index in ["students (updated_at)", "enrollments (updated_at)", "academic_records (updated_at)"] {
                try await connection.execute("CREATE INDEX ON \(index)")
            }
            for (table, _) in Self.definitions { try await connection.execute("ANALYZE \(table)") }
        }
    }

    private func mark(of table: String, _ connection: Connection) async throws -> String? {
        try await connection.texts("SELECT obj_description(to_regclass('\(table)'), 'pg_class')").first ?? nil
    }

    private func connected<Result: Sendable>(_ body: (Connection) async throws -> Result) async throws -> Result {
        do {
            let driver = try Driver.load("postgresql")
            let database = try await Database.open(driver: driver, options: ["uri": uri.reveal()])
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
            throw SandboxError(.database, "the student database in PostgreSQL failed", cause: error)
        }
    }
}
