// A student, job or course in a list.

import Foundation

/// The fields of the card template.
enum DocumentCard {
    /// One hit of a search or recommendation.
    ///
    /// - Parameter level: of the card's heading.
    static func fields(_ collection: CollectionName, _ hit: StoredDocument, level: Int) -> PageFields? {
        guard let id = hit.text("id") else { return nil }
        let document = hit.object("document") ?? StoredDocument(members: [:])
        let marked = Marked(hit: hit, document: document)
        var card = PageFields(["href": "/\(collection.rawValue)/\(PageTarget.encoded(id))", "level": "\(level)"])
        switch collection {
        case .students:
            let name = marked.text("name") ?? document.studentName.map(MarkedText.init(plain:))
            card.set("name", name ?? MarkedText(plain: "Student \(id)"))
            card.set(
                "facts",
                facts([
                    marked.text("program", "academic_info.program"),
                    document.number("academic_info.gpa").map { plain("GPA \(PageText.number($0, decimals: 2))") },
                    marked.text("interest", "career_info.interest"),
                    PageText.day(document.text("academic_info.graduation_date")).map { plain("Graduates \($0)") },
                ])
            )
            card.set("skills", chips(marked.texts("skills", "skills")))
        case .jobs:
            card.set("name", marked.text("title", "title") ?? plain("Untitled posting"))
            card.set(
                "facts",
                facts([
                    marked.text("company", "company"), marked.text("location", "location"),
                    document.salary.map(plain),
                    PageText.day(document.text("metadata.posting_date")).map { plain("Posted \($0)") },
                ])
            )
            card.set("snippet", marked.snippet)
            card.set("skills", chips(marked.texts("skills", "requirements.skills")))
        case .courses:
            card.set("name", marked.text("title", "title") ?? plain(id))
            card.set(
                "facts",
                facts([
                    marked.text("department", "department"), document.text("level").map(plain),
                    document.number("credits").map { plain("\(PageText.number($0)) credits") },
                    // The same course is held again and again.
                    PageText.day(document.text("starts_on")).map { plain("Starts \($0)") },
                ])
            )
            card.set("snippet", marked.snippet)
            card.set("skills", chips(marked.texts("skills", "skills")))
        }
        if let reasons = hit.object("reasons") { explain(reasons, hit.number("score"), &card) }
        return card
    }

    /// The hits of an answer.
    static func list(_ collection: CollectionName, _ answer: StoredDocument, level: Int) -> [PageFields] {
        answer.objects("hits").compactMap { fields(collection, $0, level: level) }
    }

    /// Why something was recommended, in the place of the plain list of skills.
    private static func explain(_ reasons: StoredDocument, _ score: Double?, _ card: inout PageFields) {
        card.set("skills", [])
        card.set("snippet", nil as MarkedText?)
        let groups: [(String, String, String)] = [
            ("matched_skills", "Fits", "have"), ("missing_skills", "Still missing", "lack"),
            ("closes_gaps", "Closes gaps", "have"), ("already_has", "Already known", ""),
        ]
        card.set(
            "reasons",
            groups.compactMap { member, label, kind in
                let skills = reasons.texts(member)
                guard !skills.isEmpty else { return nil }
                var group = PageFields(["label": "\(label) (\(skills.count))"])
                group.set("skills", chips(skills.map(plain), kind: kind))
                return group
            }
        )
        card.set("score", score.map { "Match \(Int(($0 * 100).rounded())) of 100" })
    }

    /// Skills as chips, the first of many.
    static func chips(_ texts: [MarkedText], kind: String = "", atMost count: Int = 10) -> [PageFields] {
        var chips = texts.prefix(count).map { text in
            var chip = PageFields(["kind": kind])
            chip.set("label", text)
            return chip
        }
        if texts.count > count {
            var rest = PageFields(["kind": "rest"])
            rest.set("label", plain("and \(texts.count - count) more"))
            chips.append(rest)
        }
        return chips
    }

    static func plain(_ text: String) -> MarkedText { MarkedText(plain: text) }

    private static func facts(_ texts: [MarkedText?]) -> [PageFields] {
        texts.compactMap { text in
            guard let text, !text.parts.isEmpty else { return nil }
            var fact = PageFields()
            fact.set("fact", text)
            return fact
        }
    }

    /// A hit's texts, marked where the search found something.
    private struct Marked {
        let hit: StoredDocument
        let document: StoredDocument

        func text(_ field: String, _ path: String? = nil) -> MarkedText? {
            if let highlighted = highlights(field).first { return MarkedText(highlighted: highlighted) }
            return path.flatMap { document.text($0) }.map(MarkedText.init(plain:))
        }

        func texts(_ field: String, _ path: String) -> [MarkedText] {
            let highlighted = highlights(field)
            return highlighted.isEmpty
                ? document.texts(path).map(MarkedText.init(plain:)) : highlighted.map(MarkedText.init(highlighted:))
        }

        /// A piece of the description, around what was found.
        var snippet: MarkedText? {
            if let highlighted = highlights("description").first { return MarkedText(highlighted: highlighted) }
            return document.text("description").map { MarkedText(plain: PageText.beginning(of: $0)) }
        }

        private func highlights(_ field: String) -> [String] {
            (hit.members["highlights"] as? [String: [String]])?[field] ?? []
        }
    }
}

extension StoredDocument {
    /// A student's name, of as much as there is of it.
    var studentName: String? {
        let names = [text("personal_info.first_name"), text("personal_info.last_name")].compactMap { $0 }
        return names.isEmpty ? nil : names.joined(separator: " ")
    }

    /// What a job pays.
    var salary: String? {
        guard let range = text("compensation.salary_range") else { return nil }
        let numbers = range.split(separator: "-").map { $0.trimmingCharacters(in: .whitespaces) }
        let amounts = numbers.compactMap { Double($0) }
        let text =
            amounts.count == numbers.count ? amounts.map { PageText.number($0) }.joined(separator: " to ") : range
        return [self.text("compensation.currency"), text].compactMap { $0 }.joined(separator: " ")
    }
}
