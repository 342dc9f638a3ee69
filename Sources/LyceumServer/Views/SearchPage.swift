// The search page.

import Foundation
import LyceumSearch

/// The fields of the search template.
struct SearchPage {
    let form: SearchForm
    let offer: SearchOffer
    /// Collections that the visitor may search.
    let collections: [CollectionName]
    let countsOnly: Bool

    /// The page with an answer.
    func fields(_ answer: StoredDocument) -> PageFields {
        var fields = frame()
        let total = answer.whole("total") ?? 0
        let name = total == 1 ? form.collection.singular : form.collection.rawValue
        let isExact = answer.value("total_is_exact") as? Bool ?? true
        fields.set("summary", "\(isExact ? "" : "About ")\(PageText.number(total)) \(name)")
        fields.set("counts_only", countsOnly)
        fields.set("cards", DocumentCard.list(form.collection, answer, level: 2))
        fields.set("is_empty", total == 0)
        fields.set("facets", facets(answer))
        guard !countsOnly else { return fields }
        let pages = max(1, (total + SearchForm.hitsOnPage - 1) / SearchForm.hitsOnPage)
        fields.set("has_pages", pages > 1)
        fields.set("page_of", "Page \(PageText.number(form.page)) of \(PageText.number(pages))")
        fields.set("previous", form.page > 1 ? form.address { $0.page = min($0.page - 1, pages) } : nil)
        fields.set("next", form.page < pages ? form.address { $0.page += 1 } : nil)
        return fields
    }

    /// The page about a search that cannot be made, with what was typed still in its place.
    func fields(_ problem: Problem) -> PageFields {
        var fields = frame()
        fields.set("facets", facets(StoredDocument(members: [:])))
        var fault = PageFields(["title": problem.title, "detail": problem.detail])
        if problem.parameter == "filter", let position = problem.position, !form.expression.isEmpty {
            fault.set("text", form.expression)
            fault.set("caret", String(repeating: " ", count: max(0, position - 1)) + "^")
        }
        fields.set("fault", fault)
        fields.set("filter_is_faulty", problem.parameter == "filter")
        fields.set("shows_expression", problem.parameter == "filter" || !form.expression.isEmpty)
        return fields
    }

    private func frame() -> PageFields {
        var fields = PageFields([
            "collection": form.collection.rawValue, "query": form.query, "expression": form.expression,
            "example": Self.example(form.collection), "placeholder": Self.placeholder(form.collection),
            "clear": chosenCount > 0
                ? "/?" + PageTarget.query([("in", form.collection.rawValue), ("q", form.query)]) : nil,
            "facets_title": chosenCount > 0 ? "Narrow the results (\(chosenCount))" : "Narrow the results",
        ])
        fields.set("is_narrowed", chosenCount > 0)
        fields.set("shows_expression", !form.expression.isEmpty)
        fields.set(
            "tabs",
            collections.map { collection in
                let address =
                    "/?"
                    + PageTarget.query(
                        [("in", collection.rawValue)] + (form.query.isEmpty ? [] : [("q", form.query)])
                    )
                var tab = PageFields(["href": address, "label": PageText.title(collection.rawValue)])
                tab.set("is_current", collection == form.collection)
                return tab
            }
        )
        fields.set(
            "orders",
            countsOnly
                ? []
                : offer.orders.map { order in
                    var option = PageFields(["label": order.label])
                    // Set apart from nothing: the empty value is one.
                    option.set("value", order.key.isEmpty ? nil : order.key)
                    option.set("is_chosen", order.key == form.sort)
                    return option
                }
        )
        fields.set("filterable", offer.filterable.joined(separator: ", "))
        fields.set("chosen", chips)
        fields.set("ranges", ranges)
        return fields
    }

    private var chosenCount: Int { form.chosen.count + form.bounds.count }

    /// What was chosen, each a link that takes it away.
    private var chips: [PageFields] {
        let values = form.chosen.map { facet, value in
            PageFields([
                "text": value, "label": "Remove \(PageText.title(facet)): \(value)",
                "href": form.address { form in
                    form.chosen.removeAll { $0 == (facet, value) }
                    form.page = 1
                },
            ])
        }
        let bounds = offer.ranges.flatMap { range in
            [("from", "from"), ("to", "up to")].compactMap { end, words -> PageFields? in
                let name = "\(range.field)_\(end)"
                guard let value = form.bounds[name] else { return nil }
                return PageFields([
                    "text": "\(range.label) \(words) \(value)", "label": "Remove \(range.label) \(words) \(value)",
                    "href": form.address { form in
                        form.bounds[name] = nil
                        form.page = 1
                    },
                ])
            }
        }
        return values + bounds
    }

    private var ranges: [PageFields] {
        offer.ranges.map { range in
            PageFields([
                "legend": range.label, "field": range.field, "type": range.isDate ? "date" : "number",
                "step": range.isDate ? nil : "any", "from": form.bounds["\(range.field)_from"],
                "to": form.bounds["\(range.field)_to"],
            ])
        }
    }

    /// How many values of a facet are in sight at first.
    private static let inSight = 6

    private func facets(_ answer: StoredDocument) -> [PageFields] {
        offer.facets.compactMap { facet in
            let chosen = form.chosen.filter { $0.facet == facet }.map(\.value)
            var counts = answer.objects("facets.\(facet)").compactMap { count in
                count.text("value").map { (value: $0, count: count.whole("count")) }
            }
            // What was chosen stays in sight where nothing is left that has it.
            for value in chosen
            where !counts.contains(where: { $0.value.compare(value, options: .caseInsensitive) == .orderedSame }) {
                counts.insert((value, nil), at: 0)
            }
            guard !counts.isEmpty else { return nil }
            let values = counts.enumerated().map { number, entry in
                var value = PageFields([
                    "facet": facet, "value": entry.value, "id": "facet-\(facet)-\(number)",
                    "count": entry.count.map { PageText.number($0) } ?? "0",
                ])
                value.set(
                    "is_chosen",
                    chosen.contains { $0.compare(entry.value, options: .caseInsensitive) == .orderedSame }
                )
                return value
            }
            var group = PageFields(["legend": PageText.title(facet)])
            group.set("values", Array(values.prefix(Self.inSight)))
            group.set("more", Array(values.dropFirst(Self.inSight)))
            group.set(
                "more_is_open",
                counts.dropFirst(Self.inSight).contains { count in
                    chosen.contains { $0.compare(count.value, options: .caseInsensitive) == .orderedSame }
                }
            )
            group.set("more_title", "\(max(0, values.count - Self.inSight)) more")
            return group
        }
    }

    private static func placeholder(_ collection: CollectionName) -> String {
        switch collection {
        case .students: "a skill, a programme, a name"
        case .jobs: "a title, a skill, a company"
        case .courses: "a subject or a skill"
        }
    }

    private static func example(_ collection: CollectionName) -> String {
        switch collection {
        case .students: "gpa >= 3.5 AND skills = \"Python\""
        case .jobs: "skills = \"SQL\" AND NOT location = \"Boston, MA\""
        case .courses: "credits <= 30 AND skills = \"Python\""
        }
    }
}
