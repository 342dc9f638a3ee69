// The campus: its numbers, its faults, and that the same arguments make the same campus.

import ADBC
import Foundation
import LyceumCore
import Testing

@testable import LyceumSandbox

@Suite("A campus")
struct CampusTests {
    @Test("The sample has the students, courses, postings and programmes it was asked for")
    func sampleCounts() async throws {
        let campus = try await SampleCampus.get()
        // Faults add rows: duplicates, and records that were sent again.
        let students = try #require(campus.counts["workday_students"])
        #expect(
            students == 1_440 + (campus.dirt.rows("workday_students", "exact_duplicates") ?? 0)
                + (campus.dirt.rows("workday_students", "repeated_ids") ?? 0)
        )
        #expect(campus.counts["oracle_courses"] == 22)
        let postings = try #require(campus.counts["workday_job_postings"])
        #expect(postings >= 900 && postings < 920)
        #expect(campus.counts["workday_academic_programs"] == 61)
        #expect(campus.counts.count == 9)
        #expect(campus.records == campus.counts.values.reduce(0, +))
    }

    @Test("At its base size the campus has OULAD's numbers")
    func baseNumbers() async throws {
        let campus = try await SampleCampus.make(size: .base)
        // Rows that faults have added are taken off again.
        func rows(_ table: String) -> Int64 {
            (campus.counts[table] ?? 0) - (campus.dirt.rows(table, "exact_duplicates") ?? 0)
                - (campus.dirt.rows(table, "resent_rows") ?? 0)
        }
        #expect(rows("oracle_academic_records") == 173_912)
        #expect(rows("oracle_enrollments") == 32_593)
        // 72 students appear in two versions, for their demographics changed between presentations.
        #expect(rows("oracle_students") == 28_785 + 72)
        #expect(rows("oracle_courses") == 22)
        #expect(rows("tableau_student_analytics") == 28_785)
        let real =
            "SELECT count(*) FROM (SELECT DISTINCT student_id, course_id, assessment_id, submitted_on FROM academic_records)"
        let missing = "SELECT count(DISTINCT (student_id, assessment_id)) FROM academic_records WHERE score IS NULL"
        let (results, missingScores) = try await withRegistrar(campus) { (connection: Connection) async throws in
            (try await connection.number(real), try await connection.number(missing))
        }
        #expect(results == 173_912)
        #expect(missingScores == 173)
    }

    @Test("The same arguments make the same rows and files, another seed others")
    func determinism() async throws {
        let first = try await SampleCampus.get()
        let second = try await SampleCampus.make()
        let other = try await SampleCampus.make(seed: "another")
        #expect(first.fingerprint == second.fingerprint)
        #expect(first.counts == second.counts)
        #expect(first.dirt == second.dirt)
        #expect(first.fingerprint != other.fingerprint)
        for file in CampusBuilder.recordFiles {
            func bytes(_ campus: Campus) throws -> Data {
                try Data(contentsOf: campus.location.records.appending(path: file))
            }
            #expect(try bytes(first) == bytes(second), "\(file)")
            #expect(try bytes(first) != bytes(other) || file == "programsOfStudy.ndjson", "\(file)")
        }
        let digest = "SELECT md5(string_agg(t::VARCHAR, '' ORDER BY t::VARCHAR)) FROM"
        for table in Registrar.tables {
            let one = try await withRegistrar(first) { try await $0.texts("\(digest) \(table) t") }
            let two = try await withRegistrar(second) { try await $0.texts("\(digest) \(table) t") }
            let three = try await withRegistrar(other) { try await $0.texts("\(digest) \(table) t") }
            #expect(one == two, "\(table)")
            #expect(one != three, "\(table)")
        }
    }

    @Test("A campus that is there already is used again, unless its arguments change or a file is gone")
    func reuse() async throws {
        let location = CampusLocation(home: try SampleCampus.temporaryFolder())
        let size = CampusSize(students: 50, postings: 30, courses: 22, programmes: 10)
        #expect(try await !Campus.prepare(size: size, location: location).wasReused)
        #expect(try await Campus.prepare(size: size, location: location).wasReused)
        #expect(try await !Campus.prepare(size: size, location: location, seed: "other").wasReused)
        try FileManager.default.removeItem(at: location.records.appending(path: "students.ndjson"))
        #expect(try await !Campus.prepare(size: size, location: location, seed: "other").wasReused)
        let left = try FileManager.default.contentsOfDirectory(atPath: location.home.path)
        #expect(left == ["campus"])
    }

    @Test("More students than OULAD has are copies under new ids, on variants of its courses")
    func copies() async throws {
        let size = CampusSize(students: 28_785 + 500, postings: 17_926 + 100, courses: 66, programmes: 500)
        let campus = try await SampleCampus.make(size: size)
        try await withRegistrar(campus) { (connection: Connection) async throws in
            #expect(
                try await connection.number(
                    "SELECT count(*) FROM courses WHERE regexp_matches(course_id, '^[A-G]{3}0[12]-')"
                ) == 44
            )
            #expect(
                try await connection.number(
                    "SELECT count(DISTINCT student_id) FROM students WHERE student_id > 10000000"
                ) >= 490
            )
            let strangers = """
                SELECT count(*) FROM enrollments e WHERE student_id BETWEEN 10000000 AND 9000000000 AND course_id NOT LIKE 'ZZZ%'
                AND course_id NOT IN (SELECT course_id FROM courses)
                """
            #expect(try await connection.number(strangers) == 0)
        }
    }

    @Test("Every kind of fault is there, but for those that need larger numbers")
    func everyFault() async throws {
        let campus = try await SampleCampus.get()
        #expect(campus.dirt.counts.count > 65)
        for fault in campus.dirt.counts where fault.rows == 0 {
            #expect((fault.table, fault.kind) == ("tableau_job_market_trends", "localised_numbers"), "\(fault)")
        }
        #expect(campus.dirt.total > 0)
    }

    @Test(
        "The reported faults of the student database are what a reader finds in it",
        arguments: [
            ("oracle_students", "gpa_out_of_range", "SELECT count(*) FROM students WHERE gpa NOT BETWEEN 0 AND 4"),
            ("oracle_students", "null_ids", "SELECT count(*) - count(student_id) FROM students"),
            (
                "oracle_students", "impossible_date",
                "SELECT count(*) FROM students WHERE registered_on LIKE '____-__-__' AND try_cast(registered_on AS DATE) IS NULL"
            ),
            ("oracle_students", "missing_email", "SELECT count(*) FROM students WHERE email IS NULL"),
            ("oracle_students", "missing_adviser", "SELECT count(*) - count(adviser_id) FROM students"),
            (
                "oracle_students", "unreadable_choices",
                """
                SELECT count(*) FROM students WHERE lower(trim(directory_opt_out)) NOT IN ('y', 'n', 'yes', 'no')
                OR lower(trim(employer_consent)) NOT IN ('y', 'n')
                """
            ),
            ("oracle_students", "not_nfc", "SELECT count(*) FROM students WHERE nfc_normalize(last_name) <> last_name"),
            ("oracle_enrollments", "empty_strings", "SELECT count(*) FROM enrollments WHERE length(final_result) = 0"),
            (
                "oracle_enrollments", "orphans",
                "SELECT count(*) FROM enrollments WHERE student_id BETWEEN 9000000001 AND 9999999999"
            ),
            (
                "oracle_enrollments", "unknown_course",
                "SELECT count(*) FROM enrollments WHERE course_id NOT IN (SELECT course_id FROM courses)"
            ),
            (
                "oracle_academic_records", "score_out_of_range",
                "SELECT count(*) FROM academic_records WHERE score NOT BETWEEN 0 AND 100"
            ),
            ("oracle_academic_records", "null_ids", "SELECT count(*) FROM academic_records WHERE record_id IS NULL"),
            (
                "oracle_academic_records", "exact_duplicates",
                "SELECT sum(n - 1) FROM (SELECT count(*) AS n FROM academic_records GROUP BY ALL)"
            ),
        ]
    )
    func faultsAreCounted(table: String, kind: String, query: String) async throws {
        let campus = try await SampleCampus.get()
        let reported = try #require(campus.dirt.rows(table, kind))
        let found = try await withRegistrar(campus) { (connection: Connection) async throws in
            try await connection.texts(
                query.replacing(
                    "GROUP BY ALL",
                    with: """
                        GROUP BY record_id, student_id, course_id, assessment_id, assessment_type, weight, submitted_on, is_banked, score, updated_at
                        """
                )
            ).first.flatMap { $0 }
        }
        #expect(found == "\(reported)")
        #expect(reported > 0)
    }

    @Test("The columns of the student database are those of the contract")
    func columns() async throws {
        let campus = try await SampleCampus.get()
        let expected = [
            "students":
                "student_id first_name last_name email gender region highest_education imd_band age_band disability "
                + "credits gpa registered_on status adviser_id directory_opt_out employer_consent updated_at",
            "courses": "course_id code title description department level credits length_days starts_on updated_at",
            "enrollments":
                "enrollment_id student_id course_id registered_on withdrawn_on previous_attempts studied_credits "
                + "final_result updated_at",
            "academic_records":
                "record_id student_id course_id assessment_id assessment_type weight submitted_on is_banked "
                + "score updated_at",
        ]
        for (table, columns) in expected {
            let found = try await withRegistrar(campus) {
                try await $0.query("FROM \(table) LIMIT 0").schema.fields.map(\.name)
            }
            #expect(found.joined(separator: " ") == columns)
        }
    }

    @Test("Advisers have about 300 students each; about 8 % have opted out and 35 % consented, alike in all versions")
    func choices() async throws {
        let campus = try await SampleCampus.get()
        try await withRegistrar(campus) { (connection: Connection) async throws in
            let advisers = try await connection.texts(
                "SELECT DISTINCT upper(trim(adviser_id)) AS a FROM students WHERE a IS NOT NULL ORDER BY a"
            )
            #expect(advisers == (1...5).map { "ADV-000\($0)" })
            let smallest = """
                SELECT min(n) FROM (SELECT count(DISTINCT student_id) AS n FROM students WHERE adviser_id IS NOT NULL
                GROUP BY upper(trim(adviser_id)))
                """
            #expect(try await connection.number(smallest) > 200)
            func percent(_ column: String, _ letter: String) async throws -> Int64 {
                try await connection.number(
                    "SELECT 100 * count(*) FILTER (upper(trim(\(column)))[1] = '\(letter)') // count(*) FROM students"
                )
            }
            #expect((6...10).contains(try await percent("directory_opt_out", "Y")))
            #expect((31...39).contains(try await percent("employer_consent", "Y")))
            #expect((30...48).contains(try await percent("employer_consent", "N")))
            // A row under another student's id says what its own student chose.
            let torn = """
                SELECT count(*) FROM (SELECT student_id FROM students WHERE email LIKE '%.' || student_id || '@%'
                GROUP BY student_id HAVING count(DISTINCT (adviser_id, directory_opt_out, employer_consent)) > 1)
                """
            #expect(try await connection.number(torn) == 0)
        }
    }

    @Test("Changes of students and results are spread over time, so that a watermark has something to do")
    func watermarks() async throws {
        let campus = try await SampleCampus.get()
        try await withRegistrar(campus) { (connection: Connection) async throws in
            #expect(try await connection.number("SELECT count(DISTINCT updated_at::DATE) FROM students") > 100)
            #expect(try await connection.number("SELECT count(*) FROM academic_records WHERE updated_at IS NULL") == 0)
            #expect(
                try await connection.number("SELECT count(*) FROM academic_records WHERE updated_at < submitted_on")
                    == 0
            )
        }
    }

    @Test("Every description names at least one of the skills its answer key says it names")
    func answerKey() async throws {
        let campus = try await SampleCampus.get()
        let postings = campus.location.records.appending(path: "jobPostings.ndjson").path
        let missing = try await withRegistrar(campus) { (connection: Connection) async throws in
            try await connection.number(
                """
                WITH named AS (
                    SELECT p.id, bool_or(contains(p."jobDescription", regexp_extract(k.skill, '[A-Za-z]+'))) AS found
                    FROM read_json(\(SQLText.literal(postings)), format = 'newline_delimited') p
                    JOIN \(SQLText.literal(campus.answerKey.path)) k ON k.job_posting_id = p.id
                    WHERE p."jobDescription" <> '' GROUP BY ALL)
                SELECT count(*) FROM named WHERE NOT found
                """
            )
        }
        #expect(missing == 0)
    }
}
