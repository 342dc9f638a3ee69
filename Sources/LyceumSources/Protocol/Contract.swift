// The raw tables that the models read, with their keys and columns.

/// A raw table as the models expect it.
public struct Contract: Sendable, Hashable {
    /// The raw table, whose name starts with the role: `oracle_`, `workday_` or `tableau_`.
    public let table: String
    /// The columns that identify a row.
    public let key: [String]
    /// The columns that the models read.
    public let columns: [String]
    /// The columns among them that hold JSON arrays or objects as text.
    public let jsonColumns: Set<String>

    /// The contract of a raw table, or nil if there is none.
    public static func of(_ table: String) -> Contract? { byTable[table] }

    /// The contracts of one role, in the order of this file.
    public static func tables(role: String) -> [Contract] {
        all.filter { $0.table.hasPrefix(role + "_") }
    }

    private static let byTable = Dictionary(uniqueKeysWithValues: all.map { ($0.table, $0) })

    private init(_ table: String, key: [String], _ columns: String, json: Set<String> = []) {
        self.table = table
        self.key = key
        self.columns = columns.split(separator: " ").map(String.init)
        self.jsonColumns = json
    }

    /// All contracts.
    public static let all: [Contract] = [
        Contract(
            "oracle_students",
            key: ["student_id"],
            """
            student_id first_name last_name email gender region highest_education imd_band age_band disability \
            credits gpa registered_on status updated_at
            """
        ),
        Contract(
            "oracle_courses",
            key: ["course_id"],
            "course_id code title description department level credits length_days starts_on updated_at"
        ),
        Contract(
            "oracle_enrollments",
            key: ["enrollment_id"],
            """
            enrollment_id student_id course_id registered_on withdrawn_on previous_attempts studied_credits \
            final_result updated_at
            """
        ),
        Contract(
            "oracle_academic_records",
            key: ["record_id"],
            """
            record_id student_id course_id assessment_id assessment_type weight submitted_on is_banked score \
            updated_at
            """
        ),
        Contract(
            "workday_students",
            key: ["workday_id"],
            """
            workday_id student_id first_name last_name email program_id program career_interest skills \
            expected_graduation status
            """,
            json: ["skills"]
        ),
        Contract(
            "workday_academic_programs",
            key: ["program_id"],
            "program_id title level department field occupation_code status"
        ),
        Contract(
            "workday_job_postings",
            key: ["job_posting_id"],
            """
            job_posting_id title company location country description url start_date application_deadline time_type \
            job_type category salary_min salary_max currency education experience status
            """
        ),
        Contract(
            "workday_job_posting_terms",
            key: ["job_posting_id"],
            "job_posting_id application_deadline salary_min salary_max currency"
        ),
        Contract(
            "tableau_student_analytics",
            key: ["student_id"],
            """
            student_id performance_score engagement_level learning_style assessments_submitted mean_days_early \
            last_activity
            """
        ),
        Contract("tableau_job_market_trends", key: ["occupation", "month"], "occupation month postings share growth"),
    ]
}
