// Which tables about people a query reads, as the audit record is told.

import Foundation
import LyceumCore
import LyceumSources
import Testing

@testable import LyceumPipeline

@Suite("Tables about people")
struct PersonalTableTests {
    @Test("a query's tables about people are found wherever it names them, and files count as all of them")
    func queries() async throws {
        try await withTemporaryFolder { folder in
            var campus = TinyCampus(folder)
            campus.subject = .columns([SubjectColumn("id", kind: "person_id")])
            campus.source.set {
                $0.rows = [(1, "Ann", 80)]
                $0.rejected = [RejectedRow(location: "people.csv:7", reason: "not UTF-8", text: "2,B?b")]
            }
            try await campus.run()
            let query = try await LakeQuery(campus.pipeline())
            for (sql, tables) in [
                ("select * from raw.people;", ["raw.people"]),
                ("select count(*) from People", ["raw.people"]),
                ("with few as (select * from raw.people) select 1 from few", ["raw.people"]),
                ("select (select max(name) from raw.people) from cards", ["raw.people"]),
                ("select 1 where exists (from raw.people where id = 1) union all select 2", ["raw.people"]),
                ("select * from quarantine.people join raw.people on true", ["quarantine.people", "raw.people"]),
                ("summarize raw.people", ["raw.people"]),
                ("select * from cards, clean.persons, range(3)", []),
                ("select 1", []),
                ("select * from query('select * from raw.people')", ["*"]),
                ("select * from read_parquet('raw/people/1.parquet')", ["*"]),
                ("select * from 'raw/people/1.parquet'", ["*"]),
            ] {
                #expect(try await query.personalTables(in: sql).sorted() == tables, "\(sql)")
            }
            #expect(query.personalQuarantine(of: nil) == ["quarantine.people"])
            #expect(query.personalQuarantine(of: "persons").isEmpty)
        }
    }

    @Test("a source's table is about people unless a contract says that it is not")
    func sources() throws {
        let configuration = try Configuration.parse(
            "sources: {files: {type: files, path: .}}",
            file: URL(filePath: "/nowhere/lyceum.yaml"),
            environment: [:]
        )
        let pipeline = Pipeline(configuration: configuration, project: try Project.bundled())
        for table in ["oracle_students", "STUDENTS", "enrollments", "never_heard_of"] {
            #expect(pipeline.isPersonal(sourceTable: table), "\(table)")
        }
        for table in ["oracle_courses", "COURSES", "workday_job_postings"] {
            #expect(!pipeline.isPersonal(sourceTable: table), "\(table)")
        }
        #expect(pipeline.identifierColumns.first == "student_id")
    }
}
