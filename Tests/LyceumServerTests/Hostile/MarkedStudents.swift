// Students whose every value is found again wherever it comes out.

import LyceumAccess
import Testing

@testable import LyceumServer

/// Students with a value of its own in each member, and which of them a role must never be sent.
struct MarkedStudents: Sendable {
    let students: [TestStudent]
    /// The texts of each student that nothing else contains, by the member that holds them.
    private let marks: [[String: [String]]]

    /// S-1 is the student of the student's key and advised by the adviser's; employers may see the even ones but S-4, who has
    /// opted out.
    init(count: Int, using random: inout SeededGenerator) {
        var students: [TestStudent] = []
        var marks: [[String: [String]]] = []
        for number in 1...count {
            func mark(_ member: String) -> String { Self.mark(member, number) }
            var student = TestStudent("S-\(number)", using: &random)
            student.first = mark("first")
            student.last = mark("last")
            student.email = "\(mark("email"))@example.invalid"
            student.program = mark("program")
            student.gpa = Double(31_000_007 + 10 * number) / 10_000_000
            student.credits = 7_310_000 + number
            student.score = Double(552_000_007 + 10 * number) / 10_000_000
            student.engagement = mark("engagement")
            student.interest = mark("interest")
            student.gaps = [mark("gap")]
            student.skills = [mark("skill"), "SQL"]
            student.region = mark("region")
            student.status = mark("status")
            student.adviser = number % 3 == 1 ? "ADV-1" : "ADV-2"
            student.optOut = number == 4
            student.consent = number % 2 == 0
            students.append(student)
            marks.append([
                "personal_info": [mark("first"), mark("last"), mark("email")],
                "academic_info.program": [mark("program")],
                "academic_info": [
                    "3.1000\(number < 10 ? "0" : "")\(number)7", "73100\(number < 10 ? "0" : "")\(number)",
                ],
                "performance_info": ["55.2000\(number < 10 ? "0" : "")\(number)7", mark("engagement")],
                "career_info": [mark("interest"), mark("gap")],
                "skills": [mark("skill")],
                "region": [mark("region")],
                "status": [mark("status")],
            ])
        }
        self.students = students
        self.marks = marks
    }

    /// The mark of a member of a student; no mark is the beginning of another.
    static func mark(_ member: String, _ number: Int) -> String { "zq\(member)\(number)vx" }

    /// Every mark.
    var all: Set<String> { Set(marks.flatMap { $0.values.joined() }) }

    /// What must be in no byte that a role is sent; nil stands for nobody.
    func hidden(from role: Role?) -> Set<String> {
        var seen: Set<String> = []
        for (student, marks) in zip(students, marks) {
            switch role {
            case .registrar: return []
            case .student where student.id == TestKeys.subjects[.student]: seen.formUnion(marks.values.joined())
            case .adviser where student.adviser == TestKeys.subjects[.adviser]:
                seen.formUnion(marks.filter { $0.key != "region" }.values.joined())
            case .employer where student.consent == true && student.optOut == false:
                seen.formUnion(marks["personal_info"] ?? [])
                seen.formUnion(marks["academic_info.program"] ?? [])
            default: break
            }
        }
        return all.subtracting(seen)
    }

    /// Words that come near a mark without being one: beginnings, and with a letter changed, as somebody would guess.
    func guesses(using random: inout SeededGenerator) -> [String] {
        all.sorted().map { mark in
            Bool.random(using: &random) ? String(mark.dropLast()) : String(mark.dropLast(2)) + "vy"
        }
    }
}
