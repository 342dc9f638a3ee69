// Which members of Workday's records become which columns.

/// The mapping of Workday's REST resources to the raw tables' columns.
enum WorkdayFields {
    /// The members of a raw table's records, best first. Every column also takes its own name, in snake_case and in
    /// camelCase, and the `descriptor` of a reference by that name.
    private static let paths: [String: [String: [String]]] = [
        "workday_students": [
            "workday_id": ["id"],
            "student_id": ["studentId", "studentID"],
            "first_name": ["firstName", "name.firstName"],
            "last_name": ["lastName", "name.lastName"],
            "email": ["email", "primaryEmail"],
            "program_id": ["program.id", "programOfStudy.id"],
            "program": ["program.descriptor", "programOfStudy.descriptor"],
            "expected_graduation": ["expectedGraduation", "expectedGraduationDate", "expectedCompletionDate"],
        ],
        "workday_academic_programs": [
            "program_id": ["id"],
            "title": ["title", "name", "descriptor"],
            "level": ["level", "educationLevel"],
            "department": ["department", "academicUnit"],
            "field": ["field", "fieldOfStudy"],
            "occupation_code": ["occupationCode", "occupation.code", "occupation.id"],
        ],
        "workday_job_postings": [
            "job_posting_id": ["id"],
            "location": ["primaryLocation.descriptor"],
            "country": ["primaryLocation.country.descriptor", "primaryLocation.country.alpha3Code"],
            "description": ["jobDescription"],
            "application_deadline": ["applicationDeadline", "endDate"],
            "category": ["categories[].descriptor"],
            "salary_min": ["salary.minimum", "salaryRange.minimum", "compensation.minimum"],
            "salary_max": ["salary.maximum", "salaryRange.maximum", "compensation.maximum"],
            "currency": ["salary.currency", "salaryRange.currency", "compensation.currency"],
            "education": ["educationLevel"],
            "experience": ["experienceLevel"],
            "status": ["postingStatus"],
        ],
        "workday_job_posting_terms": [
            "job_posting_id": ["Job_Posting_ID", "jobPostingId", "id"],
            "application_deadline": ["Application_Deadline", "endDate"],
            "salary_min": ["Salary_Minimum", "minimum"],
            "salary_max": ["Salary_Maximum", "maximum"],
            "currency": ["Currency"],
        ],
    ]

    /// How a raw table's records become rows.
    static func shape(_ contract: Contract, overrides: [String: [String]] = [:]) -> RecordShape {
        let tree = tree(contract, overrides: overrides)
        return RecordShape(
            table: contract.table,
            tree: tree,
            jsonColumns: contract.jsonColumns,
            ordinaryMembers: ordinaryMembers,
            keyColumns: contract.key.compactMap { tree.columns.firstIndex(of: $0) }
        )
    }

    /// The members that become columns of a raw table.
    ///
    /// - Parameter overrides: column → paths that go before all others.
    static func tree(_ contract: Contract, overrides: [String: [String]] = [:]) -> FieldTree {
        let known = paths[contract.table] ?? [:]
        var tree = FieldTree(contract.columns)
        // What is stated for a column goes before what another column would take by its name.
        for column in contract.columns {
            let stated = (overrides[column] ?? []) + (known[column] ?? [])
            Self.add(stated, to: column, isJSON: contract.jsonColumns.contains(column), in: &tree)
        }
        for column in contract.columns {
            let own = [camelCase(column), column]
            Self.add(own, to: column, isJSON: contract.jsonColumns.contains(column), in: &tree)
        }
        return tree
    }

    /// Adds paths, and the descriptor of a reference that stands where a value is expected.
    private static func add(_ paths: [String], to column: String, isJSON: Bool, in tree: inout FieldTree) {
        for path in paths {
            tree.add(path, to: column, isJSON: isJSON)
            if !isJSON, !path.hasSuffix("descriptor") { tree.add(path + ".descriptor", to: column, isJSON: false) }
        }
    }

    /// Members that Workday's own records have and no column takes: they are kept, and are nothing to report.
    static let ordinaryMembers: Set<String> = ["descriptor", "href", "jobSite", "spotlightJob"]

    /// `career_interest` → `careerInterest`.
    static func camelCase(_ name: String) -> String {
        let parts = name.split(separator: "_")
        return parts.prefix(1).joined() + parts.dropFirst().map { $0.prefix(1).uppercased() + $0.dropFirst() }.joined()
    }
}
