// How large a campus is.

/// How many students, postings, courses and programmes a campus has; everything else follows from these.
public struct CampusSize: Sendable, Hashable, Codable {
    /// Students. Up to 28,785 are OULAD's own; more are copies of them under new ids.
    public var students: Int
    /// Job postings. Up to 17,926 are USAJobs announcements; more are copies of them under new ids.
    public var postings: Int
    /// Module presentations. The first 22 are OULAD's; more are variants of them with other subjects.
    public var courses: Int
    /// Programmes of study, at most 504.
    public var programmes: Int

    /// A size of one's own; every number is at least 1.
    public init(students: Int, postings: Int, courses: Int, programmes: Int) {
        self.students = max(1, students)
        self.postings = max(1, postings)
        self.courses = max(1, courses)
        self.programmes = min(max(1, programmes), 504)
    }

    /// A twentieth of the real numbers, for tests.
    public static let sample = CampusSize(students: 1_440, postings: 900, courses: 22, programmes: 60)

    /// The real numbers: all of OULAD's students and all announcements.
    public static let base = CampusSize(students: 28_785, postings: 17_926, courses: 22, programmes: 60)

    /// The reference volumes: 100,000 students, 50,000 postings, 1,000 courses, 500 programmes, over a million records.
    public static let reference = CampusSize(students: 100_000, postings: 50_000, courses: 1_000, programmes: 500)

    /// The real numbers, `factor` times: students and their records, courses and postings; programmes stay.
    public static func scale(_ factor: Int) -> CampusSize {
        let factor = max(1, factor)
        return CampusSize(
            students: base.students * factor,
            postings: base.postings * factor,
            courses: base.courses * factor,
            programmes: base.programmes
        )
    }
}
