// Folders of files: formats, encodings, bad rows, what is skipped, and OULAD as it is.

import Foundation
import LyceumCore
import Testing

@testable import LyceumSources

@Suite("Files") struct FilesSourceTests {
    private func extract(
        _ source: FilesSource,
        _ table: String,
        fingerprint: String? = nil
    ) async throws -> (result: Extraction, sink: RecordingSink) {
        let dataset = try #require(try await source.datasets().first { $0.table == table }, "there is no \(table)")
        let sink = RecordingSink()
        return (try await source.extract(ExtractRequest(dataset: dataset, fingerprint: fingerprint), into: sink), sink)
    }

    private func source(_ folder: TemporaryFolder, _ change: (inout FilesConfiguration) -> Void = { _ in }) throws
        -> FilesSource
    {
        var configuration = FilesConfiguration(name: "exports", path: folder.path)
        change(&configuration)
        return try FilesSource(configuration)
    }

    @Test(
        "file names tell the raw table",
        arguments: [
            ("students", "oracle_students"), ("workday_students", "workday_students"),
            ("job_postings", "workday_job_postings"),
            ("JobPostings", "workday_job_postings"), ("student_analytics", "tableau_student_analytics"),
            ("studentVle_sample", "files_student_vle_sample"), ("Exam Results 2024", "files_exam_results_2024"),
        ]
    )
    func tableNames(stem: String, table: String) {
        #expect(FileFolder.table(stem: stem) == table)
    }

    @Test(
        "headings become names in snake_case",
        arguments: [
            ("Student Id", "student_id"), ("studentID", "student_id"), ("student-id", "student_id"), ("GPA", "gpa"),
            ("VLEName", "vle_name"), ("code_module", "code_module"), ("  Größe (cm) ", "größe_cm"), ("%", "column"),
        ]
    )
    func columnNames(heading: String, name: String) {
        #expect(ColumnNaming.snakeCase(heading) == name)
    }

    @Test(
        "globs match names",
        arguments: [
            ("students-*.csv", "students-2024.csv", true), ("*.csv", "a.tsv", false), ("a?.csv", "ab.csv", true),
            ("*", "x", true),
            ("a*b*c", "aXbYbZc", true), ("a*b*c", "aXbYbZ", false), ("*.csv", "x/a.csv", false),
            ("*/a.csv", "x/a.csv", true), ("**/a.csv", "a.csv", true), ("**/a.csv", "x/y/a.csv", true),
            ("x/**/*.csv", "x/y/z/a.csv", true), ("x/**/*.csv", "y/a.csv", false), ("[0-9]?.csv", "7a.csv", true),
            ("[!0-9].csv", "7.csv", false), ("[a-cx].csv", "x.csv", true), ("[a].csv", "[a].csv", false),
        ]
    )
    func globs(glob: String, name: String, matches: Bool) {
        #expect(FileFolder.matches(name, glob) == matches)
    }

    @Test(
        "separated text is read whatever its separator, quotes, line ends and mark",
        arguments: [
            "student_id,first_name\n1,\"Ann, B\"\n2,\n", "student_id;first_name\r\n1;\"Ann, B\"\r\n2;\r\n",
            "\u{FEFF}student_id\tfirst_name\n1\tAnn, B\n2\t\n", "Student Id|First Name\n1|Ann, B\n2|\n",
        ]
    )
    func separators(text: String) async throws {
        let folder = try TemporaryFolder()
        try folder.write("students.csv", text)
        let (result, sink) = try await extract(source(folder), "oracle_students")
        #expect(result.rows == 2 && result.isComplete)
        #expect(await sink.rows == [["student_id": "1", "first_name": "Ann, B"], ["student_id": "2"]])
    }

    @Test("bad rows are set aside with file, line and reason, and the rest is loaded")
    func badRows() async throws {
        let folder = try TemporaryFolder()
        let bytes =
            Array("student_id,first_name,email\n1,a,b\n2,c\n3,\"two\nlines\",d\n4,e,f,g\n5,".utf8) + [0xD4, 0xC2]
            + Array(",h\n6,\"q\"\"q\",i\n".utf8)
        try folder.write("students.csv", bytes)
        let (result, sink) = try await extract(source(folder), "oracle_students")
        #expect(result.rows == 3 && result.rejected == 3)
        #expect(!result.isComplete)
        let rejected = await sink.rejected
        #expect(rejected.map(\.location) == ["students.csv:3", "students.csv:6", "students.csv:7"])
        #expect(rejected.map(\.text) == ["2,c", "4,e,f,g", "5,\\xD4\\xC2,h"])
        #expect(rejected[2].reason.contains("first_name") && rejected[2].reason.contains("encoding"))
        #expect(await sink.values("first_name") == ["a", "two\nlines", "q\"q"])
    }

    @Test("an encoding that is stated is used, and one that a mark gives away too")
    func encodings() async throws {
        let folder = try TemporaryFolder()
        try folder.write("students.csv", Array("student_id,first_name\n1,".utf8) + [0xD4, 0xC2] + Array("\n".utf8))
        let (gbk, gbkSink) = try await extract(source(folder) { $0.encoding = "gb18030" }, "oracle_students")
        #expect(gbk.rows == 1 && gbk.rejected == 0)
        #expect(await gbkSink.values("first_name") == ["月"])
        try folder.write(
            "students.csv",
            [0xFF, 0xFE] + "student_id,first_name\r\n1,Zoë\r\n".utf16.flatMap { [UInt8($0 & 0xFF), UInt8($0 >> 8)] }
        )
        let (wide, wideSink) = try await extract(source(folder), "oracle_students")
        #expect(wide.rows == 1)
        #expect(await wideSink.values("first_name") == ["Zoë"])
        #expect(wide.notes.contains { $0.contains("UTF-16") })
    }

    @Test("lines that are not in the stated encoding are set aside")
    func badEncoding() async throws {
        let folder = try TemporaryFolder()
        try folder.write(
            "students.csv",
            Array("student_id,first_name\n1,a\n2,".utf8) + [0xFF, 0xFF] + Array("\n3,c\n".utf8)
        )
        let (result, sink) = try await extract(source(folder) { $0.encoding = "gb18030" }, "oracle_students")
        #expect(result.rows == 2 && result.rejected == 1)
        #expect(await sink.rejected.map(\.location) == ["students.csv:3"])
        #expect(await sink.rejected.map(\.text) == ["2,\\xFF\\xFF"])
    }

    @Test("an encoding that does not exist is a configuration error")
    func unknownEncoding() async throws {
        let folder = try TemporaryFolder()
        try folder.write("students.csv", "student_id\n1\n")
        let source = try source(folder) { $0.encoding = "klingon-8" }
        await #expect { _ = try await extract(source, "oracle_students") } throws: {
            ($0 as? SourceError)?.code == .configuration
        }
    }

    @Test("JSON arrays and lines become rows, unknown members are kept, and bad lines are set aside")
    func json() async throws {
        let folder = try TemporaryFolder()
        try folder.write(
            "job_postings.json",
            #"[{"id":"a","title":"Analyst","primaryLocation":{"descriptor":"Leeds"},"x":1},{"id":"b"}]"#
        )
        try folder.write(
            "grades.ndjson",
            "{\"Student Id\":1.10,\"tags\":[1, 2]}\n\nnot json\n{\"Student Id\":null,\"note\":\"z\"}\n"
        )
        let (postings, postingSink) = try await extract(source(folder), "workday_job_postings")
        #expect(postings.rows == 2)
        #expect(
            await postingSink.rows.first { $0["job_posting_id"] == "a" } == [
                "job_posting_id": "a", "title": "Analyst", "location": "Leeds", "_extra": #"{"x":1}"#,
            ]
        )
        let (grades, gradeSink) = try await extract(source(folder), "files_grades")
        #expect(grades.rows == 2 && grades.rejected == 1)
        #expect(await gradeSink.rows == [["student_id": "1.10", "tags": "[1, 2]"], ["note": "z"]])
        #expect(await gradeSink.rejected.map(\.location) == ["grades.ndjson:3"])
    }

    @Test("a JSON file that is cut is an error that names it")
    func cutJSON() async throws {
        let folder = try TemporaryFolder()
        try folder.write("job_postings.json", #"[{"id":"a"},{"id":"#)
        await #expect { _ = try await extract(source(folder), "workday_job_postings") } throws: { error in
            (error as? SourceError)?.code == .malformed && (error as? SourceError)?.location == "job_postings.json"
        }
    }

    @Test("gzipped files and Parquet are read, and several files of one table are put together")
    func compressedAndParquet() async throws {
        let folder = try TemporaryFolder()
        let connection = try await Workspace.open().database.connect()
        try await connection.execute(
            "COPY (SELECT 1 AS student_id, 'a' AS email) TO '\(folder.path)/students-1.csv.gz' (HEADER, COMPRESSION gzip)"
        )
        try await connection.execute(
            "COPY (SELECT 2 AS student_id, 3.25::DECIMAL(4,2) AS gpa) TO '\(folder.path)/students-2.parquet'"
        )
        let source = try source(folder) { $0.tables = ["oracle_students": .init(glob: "students-*")] }
        #expect(try await source.datasets().map(\.table) == ["oracle_students"])
        let (result, sink) = try await extract(source, "oracle_students")
        #expect(result.rows == 2)
        #expect(await sink.rows == [["student_id": "1", "email": "a"], ["student_id": "2", "gpa": "3.25"]])
    }

    @Test("unchanged files are not read again, changed ones are")
    func unchanged() async throws {
        let folder = try TemporaryFolder()
        try folder.write("students.csv", "student_id\n1\n")
        let source = try source(folder)
        let (first, _) = try await extract(source, "oracle_students")
        let (second, sink) = try await extract(source, "oracle_students", fingerprint: first.fingerprint)
        #expect(second.unchanged && second.fingerprint == first.fingerprint)
        #expect(await sink.rows.isEmpty)
        try folder.write("students.csv", "student_id\n1\n2\n")
        let (third, _) = try await extract(source, "oracle_students", fingerprint: second.fingerprint)
        #expect(!third.unchanged && third.rows == 2)
    }

    @Test("an empty file, a heading alone and a missing folder")
    func emptiness() async throws {
        let folder = try TemporaryFolder()
        try folder.write("students.csv", "")
        try folder.write("courses.csv", "course_id,code\n")
        #expect(try await extract(source(folder), "oracle_students").result.rows == 0)
        let (courses, _) = try await extract(source(folder), "oracle_courses")
        #expect(courses.rows == 0 && courses.isComplete)
        let missing = try FilesSource(FilesConfiguration(name: "exports", path: folder.path + "/none"))
        await #expect { _ = try await missing.datasets() } throws: { ($0 as? SourceError)?.code == .notFound }
        #expect(await missing.check().map(\.ok) == [false])
        #expect(try await source(folder).check().allSatisfy(\.ok))
    }

    @Test("a mapping makes raw tables of OULAD's own files")
    func ouladMapping() async throws {
        let folder = try OULADSample.folder()
        let source = try source(folder) { $0.mapping = "oulad" }
        #expect(
            try await source.datasets().map(\.table) == [
                "oracle_academic_records", "oracle_courses", "oracle_enrollments", "oracle_students",
            ]
        )
        for dataset in try await source.datasets() {
            let (result, sink) = try await extract(source, dataset.table)
            #expect(await sink.columns == dataset.columns, "\(dataset.table)")
            #expect(result.drift.isEmpty)
            let keys = await sink.rows.map { row in dataset.key.map { row[$0] } }
            #expect(Set(keys).count == keys.count, "\(dataset.table)")
        }
        let (_, students) = try await extract(source, "oracle_students")
        let student = try #require(await students.rows.first { $0["student_id"] == "11391" })
        #expect(student["credits"] == "240" && student["gpa"] == "3.15" && student["registered_on"] == "2013-04-25")
        let (_, records) = try await extract(source, "oracle_academic_records")
        #expect(
            await records.rows.first { $0["student_id"] == "11391" && $0["assessment_id"] == "1752" }?["submitted_on"]
                == "2013-10-19"
        )
        await source.close()
    }

    @Test("a row that cannot be read is set aside once, however many tables are made of its file")
    func ouladRejects() async throws {
        let folder = try OULADSample.folder(
            extra: Array("AAA,2013J,99,M,".utf8) + [0xD4, 0xC2] + Array(",HE,,0-35,0,60,N,Pass\n".utf8)
        )
        let source = try source(folder) { $0.mapping = "oulad" }
        let (enrollments, first) = try await extract(source, "oracle_enrollments")
        let (students, second) = try await extract(source, "oracle_students")
        #expect(await first.rejected.count == 1)
        #expect(await second.rejected.isEmpty)
        #expect(!enrollments.isComplete && !students.isComplete)
    }

    @Test("a mapping whose file is missing names it")
    func missingInput() async throws {
        let folder = try TemporaryFolder()
        try folder.write("assessments.csv", OULADSample.assessments)
        let source = try source(folder) { $0.mapping = "oulad" }
        await #expect { _ = try await extract(source, "oracle_courses") } throws: { error in
            guard let error = error as? SourceError else { return false }
            return error.code == .notFound && error.message.contains("'courses'")
        }
    }

    @Test("a mapping of that name does not exist")
    func missingMapping() throws {
        let folder = try TemporaryFolder()
        #expect { try source(folder) { $0.mapping = "none" } } throws: { ($0 as? SourceError)?.code == .configuration }
    }

    /// Uses the real data beside the repository where it is there; the sample in this file has the same shapes.
    @Test(
        "the whole of OULAD, and the copy of it with broken bytes",
        .enabled(if: SharedData.oulad != nil, "the real data is not there; the tests on samples still run")
    )
    func wholeOULAD() async throws {
        let path = try #require(SharedData.oulad)
        let source = try FilesSource(FilesConfiguration(name: "oulad", path: path, mapping: "oulad"))
        let (students, _) = try await extract(source, "oracle_students")
        #expect(students.rows == 28_785)
        #expect(try await extract(source, "oracle_enrollments").result.rows == 32_593)
        #expect(try await extract(source, "oracle_academic_records").result.rows == 173_912)
        #expect(try await extract(source, "oracle_courses").result.rows == 22)
        let dirty = try FilesSource(FilesConfiguration(name: "dirty", path: path + "/dirty"))
        let (guessed, guessedSink) = try await extract(dirty, "files_student_info_gbk")
        #expect(guessed.rows == 32_593 && guessed.rejected == 0)
        #expect(guessed.notes.contains { $0.contains("gb18030") && $0.contains("3516 lines agree") })
        #expect(await guessedSink.values("imd_band").contains("10月20日"))
        let plain = try FilesSource(FilesConfiguration(name: "dirty", path: path + "/dirty", encoding: "utf-8"))
        let (broken, sink) = try await extract(plain, "files_student_info_gbk")
        #expect(broken.rows == 29_077 && broken.rejected == 3_516)
        #expect(await sink.rejected.first?.location == "studentInfo_gbk.csv:20")
        #expect(await sink.rejected.first?.text.contains("10\\xD4\\xC220\\xC8\\xD5") == true)
    }
}

/// A few real rows of OULAD (Kuzilek, Hlosta, Zdrahal 2017, CC BY 4.0).
enum OULADSample {
    static let assessments = """
        "code_module","code_presentation","id_assessment","assessment_type","date","weight"
        "AAA","2013J","1752","TMA","19","10"
        "AAA","2013J","1753","TMA","54","20"

        """

    static func folder(extra: [UInt8] = []) throws -> TemporaryFolder {
        let folder = try TemporaryFolder()
        try folder.write(
            "courses.csv",
            "\"code_module\",\"code_presentation\",\"module_presentation_length\"\r\n\"AAA\",\"2013J\",\"268\"\r\n\"BBB\",\"2014B\",\"234\"\r\n"
        )
        try folder.write("assessments.csv", assessments)
        try folder.write(
            "studentAssessment.csv",
            "id_assessment,id_student,date_submitted,is_banked,score\n1752,11391,18,0,78\n1753,11391,53,0,79\n1752,28400,22,0,70\n"
        )
        try folder.write(
            "studentInfo.csv",
            Array(
                """
                "code_module","code_presentation","id_student","gender","region","highest_education","imd_band","age_band","num_of_prev_attempts","studied_credits","disability","final_result"
                "AAA","2013J","11391","M","East Anglian Region","HE Qualification","90-100%","55<=","0","240","N","Pass"
                "AAA","2013J","28400","F","Scotland","HE Qualification","20-30%","35-55","0","60","N","Withdrawn"

                """.utf8
            ) + extra
        )
        try folder.write(
            "studentRegistration.csv",
            "\"code_module\",\"code_presentation\",\"id_student\",\"date_registration\",\"date_unregistration\"\r\n\"AAA\",\"2013J\",\"11391\",\"-159\",\"\"\r\n\"AAA\",\"2013J\",\"28400\",\"-53\",\"12\"\r\n"
        )
        return folder
    }
}
