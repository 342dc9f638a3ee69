// What recommendations read of a student profile.

import Foundation

/// The parts of a `student_profile` that recommendations use, read from its JSON.
public struct StudentProfile: Sendable, Hashable {
    /// The student's programme, empty when unknown.
    public var program: String
    /// The career the student is interested in, empty when unknown.
    public var interest: String
    /// Skills the student has.
    public var skills: [String]
    /// Skills the student lacks for that career.
    public var skillGaps: [String]
    /// The ids of courses taken.
    public var coursesTaken: [String] = []

    /// Makes a profile.
    public init(
        program: String = "",
        interest: String = "",
        skills: [String] = [],
        skillGaps: [String] = [],
        coursesTaken: [String] = []
    ) {
        self.program = program
        self.interest = interest
        self.skills = skills
        self.skillGaps = skillGaps
        self.coursesTaken = coursesTaken
    }

    /// Reads the JSON of a `student_profile`; members that are absent leave their part empty.
    ///
    /// `courses_taken` holds ids or objects with a `course_id`, at the top level or in `academic_info`.
    ///
    /// - Throws: ``SearchError`` with code `invalid_document` when it is not a JSON object.
    public init(json: Data) throws {
        guard let object = json.withUnsafeBytes({ JSONValue($0.bindMemory(to: UInt8.self)) }), case .object = object
        else {
            throw SearchError(.invalidDocument, "the student profile is not a JSON object")
        }
        program = object["academic_info.program"]?.text ?? ""
        interest = object["career_info.interest"]?.text ?? ""
        skills = object["skills"]?.texts ?? []
        skillGaps = object["career_info.skill_gaps"]?.texts ?? []
        for path in ["courses_taken", "academic_info.courses_taken"] {
            guard case .array(let courses)? = object[path] else { continue }
            coursesTaken += courses.compactMap { $0.text ?? $0["course_id"]?.text }
        }
    }

    /// The text whose vector stands for what the student looks for: the interest, which skills would only blur, for they are
    /// counted one by one; without an interest all there is.
    var vectorText: String {
        Self.cut(interest.isEmpty ? ([program] + skills).joined(separator: " ") : interest)
    }

    /// A text cut to what a query may hold.
    static func cut(_ text: String) -> String {
        text.utf8.count <= SearchRequest.maximumQueryLength
            ? text : String(decoding: text.utf8.prefix(SearchRequest.maximumQueryLength / 2), as: UTF8.self)
    }
}
