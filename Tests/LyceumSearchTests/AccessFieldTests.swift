// Fields that access is decided by: filtered by exactly, and in no word index, facet or suggestion.

import Foundation
import Testing

@testable import LyceumSearch

@Suite struct AccessFieldTests {
    let folder: IndexFolder
    let snapshot: Snapshot
    let students: LyceumSearch.Collection

    init() throws {
        func student(_ id: Any, _ access: [String: Any]?) throws -> IndexDocument {
            var object: [String: Any] = [
                "student_id": id, "personal_info": ["first_name": "Ann", "last_name": "Lee"],
                "academic_info": ["program": "Computing", "gpa": 3], "skills": ["SQL"],
            ]
            object["access_info"] = access
            return try CollectionSchema.students.document(fromJSON: Campus.line(object))
        }
        let nobody: [String: Any] = [
            "adviser_id": NSNull(), "directory_opt_out": NSNull(), "employer_consent": NSNull(),
        ]
        folder = try IndexFolder()
        snapshot = try Campus.snapshot(
            in: folder,
            [
                (
                    .students,
                    [
                        try student(
                            "11391",
                            ["adviser_id": "ADV-0001", "directory_opt_out": false, "employer_consent": true]
                        ),
                        try student(
                            "28400",
                            ["adviser_id": "ADV-0001", "directory_opt_out": true, "employer_consent": true]
                        ),
                        try student(
                            "S-7",
                            ["adviser_id": "ADV-00010", "directory_opt_out": false, "employer_consent": false]
                        ),
                        try student("113911", nobody), try student(5, nil),
                    ]
                ),
                (.jobs, Campus.jobs), (.courses, [try Campus.course("AAA-2013J", "Databases", skills: ["SQL"])]),
            ]
        )
        students = try #require(snapshot.collection("students"))
    }

    private func ids(_ filter: String, _ collection: LyceumSearch.Collection? = nil) throws -> [String] {
        try (collection ?? students).search(SearchRequest(filter: filter, limit: 100)).hits.map(\.id).sorted()
    }

    @Test(
        "documents are found by their ids, whole and in lists",
        arguments: [
            ("student_id = \"11391\"", ["11391"]), ("student_id = 11391", ["11391"]), ("student_id = 5", ["5"]),
            ("student_id = s-7", ["S-7"]), ("student_id IN [11391, \"S-7\", 999]", ["11391", "S-7"]),
            ("student_id = 1139", []), ("student_id NOT IN [11391, 113911, 5]", ["28400", "S-7"]),
            ("student_id = 11391 AND adviser_id = \"ADV-0002\"", []),
        ]
    )
    func byID(filter: String, expected: [String]) throws {
        #expect(try ids(filter) == expected)
    }

    @Test("jobs and courses are found by their ids as well")
    func otherIDs() throws {
        let jobs = try #require(snapshot.collection("jobs"))
        #expect(try ids("job_posting_id IN [J1, J4]", jobs) == ["J1", "J4"])
        let courses = try #require(snapshot.collection("courses"))
        #expect(try ids("course_id = \"AAA-2013J\"", courses) == ["AAA-2013J"])
    }

    @Test(
        "an adviser's students are those with exactly that adviser; what is not known is neither true nor false",
        arguments: [
            ("adviser_id = \"ADV-0001\"", ["11391", "28400"]), ("adviser_id = \" adv-0001\"", ["11391", "28400"]),
            ("adviser_id = \"ADV-0001\" AND employer_consent = true AND directory_opt_out = false", ["11391"]),
            ("directory_opt_out = false", ["11391", "S-7"]), ("directory_opt_out = true", ["28400"]),
            ("employer_consent = \"true\"", ["11391", "28400"]), ("employer_consent = false", ["S-7"]),
            ("NOT EXISTS adviser_id", ["113911", "5"]), ("directory_opt_out != false", ["113911", "28400", "5"]),
            ("adviser_id = \"\"", []), ("adviser_id = null", []),
        ]
    )
    func byAccess(filter: String, expected: [String]) throws {
        #expect(try ids(filter) == expected)
    }

    @Test("they are no words, no facets and no suggestions")
    func nowhereElse() throws {
        for word in ["ADV-0001", "adv", "true", "false", "11391", "28400"] {
            let result = try students.search(SearchRequest(query: word, mode: .keyword))
            #expect(result.total == 0, "\(word)")
            #expect(try students.suggestions(for: word).suggestions.isEmpty, "\(word)")
        }
        for field in ["student_id", "adviser_id", "directory_opt_out", "employer_consent"] {
            #expect(throws: SearchError.self, "\(field)") {
                try students.search(SearchRequest(facets: [field]))
            }
            #expect(throws: SearchError.self, "\(field)") {
                try students.search(SearchRequest(facetFilters: [field: ["true"]]))
            }
            #expect(throws: SearchError.self, "\(field)") { try students.suggestions(for: "a", fields: [field]) }
            #expect(!CollectionSchema.students.vectorFields.contains(field))
        }
    }
}
