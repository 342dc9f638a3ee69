// The pages of one student, job or course.

import Foundation

/// The fields of the templates of single documents. What a document lacks, or the visitor may not see, is not there.
enum DocumentPages {
    static func student(_ id: String, _ document: StoredDocument) -> PageFields {
        let name = document.studentName
        var fields = PageFields(["id": id, "name": name ?? "Student \(id)"])
        fields.set("initials", name.map(PageText.initials))
        fields.set(
            "facts",
            texts([
                document.text("academic_info.program"),
                document.text("career_info.interest").map { "Interested in \($0)" },
                document.text("personal_info.email"), document.text("region"), "No. \(id)",
            ])
        )
        fields.set(
            "tiles",
            tiles([
                ("GPA", document.number("academic_info.gpa").map { PageText.number($0, decimals: 2) }),
                ("Credits", document.number("academic_info.credits").map { PageText.number($0) }),
                ("Performance", document.number("performance_info.performance_score").map { PageText.number($0) }),
                ("Engagement", document.text("performance_info.engagement_level")),
                ("Learns best by", document.text("performance_info.learning_style")),
                ("Graduates", PageText.day(document.text("academic_info.graduation_date"))),
                ("Status", document.text("status")),
            ])
        )
        fields.set("skills", chips(document.texts("skills"), kind: "have"))
        fields.set("gaps", chips(document.texts("career_info.skill_gaps"), kind: "lack"))
        fields.set("updated", PageText.moment(document.text("updated_at")))
        let sources = (document.value("provenance") as? [String: Any] ?? [:])
            .compactMap { name, source in (source as? String).map { (name, $0) } }
            .sorted { $0.0 < $1.0 }
        fields.set(
            "sources",
            sources.map { PageFields(["member": PageText.title($0.0), "source": PageText.title($0.1)]) }
        )
        return fields
    }

    static func job(_ id: String, _ document: StoredDocument) -> PageFields {
        var fields = PageFields([
            "id": id, "name": document.text("title") ?? "Untitled posting", "description": document.text("description"),
            "original": webAddress(document.text("url")),
        ])
        fields.set("facts", texts([document.text("company"), document.text("location"), document.text("category")]))
        fields.set(
            "tiles",
            tiles([
                ("Salary", document.salary), ("Education", document.text("requirements.education")),
                ("Experience", document.text("requirements.experience")), ("Time", document.text("time_type")),
                ("Posted", PageText.day(document.text("metadata.posting_date"))),
                ("Apply by", PageText.day(document.text("metadata.application_deadline"))),
                ("Status", document.text("metadata.status").map(PageText.title)),
            ])
        )
        fields.set("skills", chips(document.texts("requirements.skills")))
        return fields
    }

    static func course(_ id: String, _ document: StoredDocument) -> PageFields {
        var fields = PageFields([
            "id": id, "name": document.text("title") ?? id, "description": document.text("description"),
        ])
        fields.set("facts", texts([document.text("code"), document.text("department")]))
        fields.set(
            "tiles",
            tiles([
                ("Level", document.text("level")),
                ("Credits", document.number("credits").map { PageText.number($0) }),
                ("Starts", PageText.day(document.text("starts_on"))),
                ("Length", document.whole("length_days").map { PageText.count($0, "day", "days") }),
                ("Enrolled", document.whole("enrolled").map { PageText.number($0) }),
                ("Passed", document.number("pass_rate").map { "\(Int(($0 * 100).rounded())) %" }),
            ])
        )
        fields.set("skills", chips(document.texts("skills")))
        return fields
    }

    private static func texts(_ texts: [String?]) -> [PageFields] {
        texts.compactMap { text in text.map { PageFields(["text": $0]) } }
    }

    private static func tiles(_ tiles: [(String, String?)]) -> [PageFields] {
        tiles.compactMap { label, value in
            guard let value, !value.isEmpty else { return nil }
            // Long words would break in the large type of short ones.
            let isLong = value.count > 12 || value.split(separator: " ").contains { $0.count > 8 }
            return PageFields(["label": label, "value": value, "size": isLong ? "long" : nil])
        }
    }

    private static func chips(_ skills: [String], kind: String = "") -> [PageFields] {
        DocumentCard.chips(skills.map(MarkedText.init(plain:)), kind: kind, atMost: 60)
    }

    /// An address that a browser opens as a web page, and nothing else: a posting may say anything.
    static func webAddress(_ text: String?) -> String? {
        guard let text, let address = URL(string: text), let scheme = address.scheme?.lowercased(),
            ["http", "https"].contains(scheme), address.host()?.isEmpty == false
        else { return nil }
        return text
    }
}
