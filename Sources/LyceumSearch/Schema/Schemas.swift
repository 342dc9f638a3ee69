// The three collections Lyceum serves, with the paths of the curated shapes and their text weights.

extension CollectionSchema {
    /// Students: the curated `student_profile`.
    public static let students = CollectionSchema(
        name: "students",
        idPath: "student_id",
        fields: [
            .init("student_id", .keyword(textWeight: nil)),
            .init("name", .text(weight: 3), paths: ["personal_info.first_name", "personal_info.last_name"]),
            .init("program", .keyword(textWeight: 2), isFacet: true, paths: ["academic_info.program"]),
            .init("interest", .keyword(textWeight: 2), isFacet: true, paths: ["career_info.interest"]),
            .init("skills", .keyword(textWeight: 1.5), isArray: true, isFacet: true),
            .init(
                "skill_gaps",
                .keyword(textWeight: nil),
                isArray: true,
                isFacet: true,
                paths: ["career_info.skill_gaps"]
            ),
            .init("gpa", .number, paths: ["academic_info.gpa"]),
            .init("credits", .number, paths: ["academic_info.credits"]),
            .init("graduation_date", .date, paths: ["academic_info.graduation_date"]),
            .init("performance_score", .number, paths: ["performance_info.performance_score"]),
            .init(
                "engagement_level",
                .keyword(textWeight: nil),
                isFacet: true,
                paths: ["performance_info.engagement_level"]
            ),
            .init(
                "learning_style",
                .keyword(textWeight: nil),
                isFacet: true,
                paths: ["performance_info.learning_style"]
            ),
            // What access is decided by: filtered by, and in no word index, facet or suggestion.
            .init("adviser_id", .keyword(textWeight: nil), paths: ["access_info.adviser_id"]),
            .init("directory_opt_out", .keyword(textWeight: nil), paths: ["access_info.directory_opt_out"]),
            .init("employer_consent", .keyword(textWeight: nil), paths: ["access_info.employer_consent"]),
        ],
        titleField: "name",
        vectorFields: ["program", "interest", "skills"],
        // Not the names: what is offered while typing must not tell who is there.
        suggestionFields: ["program", "interest", "skills"]
    )

    /// Jobs: the curated `job_posting`.
    public static let jobs = CollectionSchema(
        name: "jobs",
        idPath: "job_posting_id",
        fields: [
            .init("job_posting_id", .keyword(textWeight: nil)),
            .init("title", .text(weight: 4)),
            .init("company", .keyword(textWeight: 1), isFacet: true),
            .init("location", .keyword(textWeight: 1), isFacet: true),
            .init("skills", .keyword(textWeight: 2), isArray: true, isFacet: true, paths: ["requirements.skills"]),
            .init("education", .keyword(textWeight: nil), isFacet: true, paths: ["requirements.education"]),
            .init("experience", .keyword(textWeight: nil), isFacet: true, paths: ["requirements.experience"]),
            .init(
                "salary_min",
                .number,
                paths: [
                    "compensation.salary_min", "compensation.salary_range.min", "compensation.salary_range#0",
                    "salary_min",
                ]
            ),
            .init(
                "salary_max",
                .number,
                paths: [
                    "compensation.salary_max", "compensation.salary_range.max", "compensation.salary_range#1",
                    "salary_max",
                ]
            ),
            .init("currency", .keyword(textWeight: nil), isFacet: true, paths: ["compensation.currency"]),
            .init("posting_date", .date, paths: ["metadata.posting_date"]),
            .init("application_deadline", .date, paths: ["metadata.application_deadline"]),
            .init("status", .keyword(textWeight: nil), isFacet: true, paths: ["metadata.status"]),
            .init("description", .text(weight: 0.6)),
            .init("position", .geo, paths: ["location"]),
        ],
        titleField: "title",
        vectorFields: ["title", "skills"],
        suggestionFields: ["title", "company", "skills", "location"]
    )

    /// Courses: the curated `course`.
    public static let courses = CollectionSchema(
        name: "courses",
        idPath: "course_id",
        fields: [
            .init("course_id", .keyword(textWeight: nil)),
            .init("title", .text(weight: 4)),
            .init("description", .text(weight: 0.6)),
            .init("department", .keyword(textWeight: 1), isFacet: true),
            .init("skills", .keyword(textWeight: 2), isArray: true, isFacet: true),
            .init("credits", .number),
            .init("level", .keyword(textWeight: nil), isFacet: true),
        ],
        titleField: "title",
        vectorFields: ["title", "skills"],
        suggestionFields: ["title", "department", "skills"]
    )

    /// The three ready-made schemas.
    public static let all: [CollectionSchema] = [.students, .jobs, .courses]
}
