// The data dictionary: complete, in both forms, and safe to open.

import Foundation
import LyceumCore
import Testing

@testable import LyceumLake
@testable import LyceumPipeline

@Suite("Data dictionary")
struct DictionaryTests {
    private func dictionary(_ published: [TableSummary] = []) throws -> DataDictionary {
        DataDictionary(
            project: try Project.bundled(),
            published: published,
            lineage: [:],
            madeAt: Date(timeIntervalSince1970: 1_790_000_000)
        )
    }

    @Test("every bundled table states what it is kept for, and how long")
    func purposes() throws {
        let tables = try dictionary().tables
        #expect(tables.count >= 37)
        #expect(tables.filter { $0.purpose.isEmpty }.map(\.id) == [])
        #expect(tables.allSatisfy { ColumnDescription.isRetention($0.retention) })
        let students = try #require(tables.first { $0.id == TableID(.clean, "students") })
        #expect(students.columns.first { $0.name == "disability" }?.purpose == "equality monitoring")
        #expect(students.columns.first { $0.name == "email" }?.purpose == "registry")
        // What access is decided by is tagged from the source to the profile, and the adviser is a person too.
        for (id, columns) in [
            (TableID(.raw, "oracle_students"), ["adviser_id", "directory_opt_out", "employer_consent"]),
            (TableID(.clean, "student_access"), ["adviser_id", "directory_opt_out", "employer_consent"]),
            (TableID(.curated, "student_profile"), ["access_info"]),
        ] {
            let table = try #require(tables.first { $0.id == id })
            for name in columns {
                let column = try #require(table.columns.first { $0.name == name }, "\(id).\(name)")
                #expect(column.purpose == "access control" && !column.description.isEmpty, "\(id).\(name)")
                #expect(column.pii == (["adviser_id", "access_info"].contains(name) ? .direct : .education))
            }
        }
        let analytics = try #require(tables.first { $0.id == TableID(.raw, "tableau_student_analytics") })
        #expect(analytics.retention == "3 years")
    }

    @Test("lineage is told from both ends")
    func lineage() throws {
        let tables = try dictionary().tables
        let raw = try #require(tables.first { $0.id == TableID(.raw, "oracle_students") })
        let clean = try #require(tables.first { $0.id == TableID(.clean, "students") })
        #expect(raw.readers.contains("clean.students") && clean.inputs.contains("raw.oracle_students"))
        #expect(clean.tests.contains("student_id stands once, else the run fails"))
    }

    @Test("a column that no model describes is shown, its text neither a tag nor the end of a cell")
    func escaped() throws {
        let id = TableID(.raw, "exports")
        let summary = TableSummary(
            id: id,
            description: "A <b>bold</b> | table.",
            key: ["a&b"],
            columns: [ColumnDescription(name: "a&b", type: "VARCHAR", description: "<script>x</script> | y")],
            rows: 1234,
            bytes: 1,
            files: 1,
            snapshot: 1,
            run: RunID(),
            publishedAt: Date(timeIntervalSince1970: 1_790_000_000)
        )
        let dictionary = try dictionary([summary])
        let page = dictionary.html()
        #expect(page.contains("&lt;script&gt;x&lt;/script&gt; | y") && !page.contains("<script"))
        #expect(page.contains("A &lt;b&gt;bold&lt;/b&gt; | table.") && page.contains("a&amp;b"))
        let text = dictionary.markdown()
        #expect(text.contains("&lt;script>x&lt;/script> \\| y") && text.contains("Rows: 1,234, published"))
    }

    @Test("the page asks nothing of anyone: no script, no address, no file")
    func selfContained() throws {
        let page = try dictionary().html()
        for sign in ["http://", "https://", "<script", "<img", "<link", "@import", "url("] {
            #expect(!page.contains(sign), "\(sign)")
        }
        let targets = page.matches(of: /href="#([^"]+)"/).map { String($0.1) }
        #expect(targets.count > 60)
        for target in Set(targets) { #expect(page.contains("id=\"\(target)\""), "\(target)") }
    }
}
