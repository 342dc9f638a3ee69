// A page as it is sent: its content within the heading and foot that all pages have.

import Foundation
import Hummingbird
import LyceumAccess

/// Turns fields into responses.
struct PageLayout: Sendable {
    let templates: PageTemplates
    let entrance: PageEntrance

    /// Where the main navigation leads.
    enum Place: String, Sendable {
        case search = "/", runs = "/runs", disclosures = "/disclosures", documentation = "/docs"
    }

    /// A whole page.
    ///
    /// - Parameters:
    ///   - title: what the page is called in the browser's list of tabs; without the names of students.
    ///   - place: the entry of the main navigation that the page belongs to.
    func response(
        _ template: String,
        title: String,
        place: Place? = nil,
        _ content: PageFields,
        _ visit: PageVisit,
        status: HTTPResponse.Status = .ok
    ) throws -> Response {
        try response(
            template,
            title: title,
            place: place,
            content,
            session: visit.session,
            target: visit.target,
            offers: offers(visit),
            status: status
        )
    }

    /// A page about a problem, for a visitor of whom no more is known than the session presented.
    func response(
        _ template: String,
        title: String,
        place: Place? = nil,
        _ content: PageFields,
        session: Session?,
        target: String,
        offers: Set<Place>,
        status: HTTPResponse.Status
    ) throws -> Response {
        var fields = content
        fields.set("page_title", title)
        fields.set("navigation", navigation(place, offers, session, target))
        fields.set("visitor", session.map { visitor($0, target: target) })
        fields.set("sign_in", session == nil ? "/sign-in?" + PageTarget.query([("to", target)]) : nil)
        guard let text = templates.text(template, fields) else {
            throw ServerError(.resourceMissing, "there is no template \(template)")
        }
        return Response(
            status: status,
            headers: Self.headers,
            body: .init(byteBuffer: ByteBuffer(string: text))
        )
    }

    /// The headers of every page.
    static let headers: HTTPFields = [
        .contentType: "text/html; charset=utf-8",
        .contentSecurityPolicy: SecurityHeaders.pagePolicy,
        .referrerPolicy: "same-origin",
        .cacheControl: "no-store",
    ]

    private func offers(_ visit: PageVisit) -> Set<Place> {
        var offers: Set<Place> = []
        if entrance.allows(visit, .runs) { offers.insert(.runs) }
        if entrance.allows(visit, .ownDisclosures) || entrance.allows(visit, .disclosures) {
            offers.insert(.disclosures)
        }
        return offers
    }

    private func navigation(
        _ place: Place?,
        _ offers: Set<Place>,
        _ session: Session?,
        _ target: String
    ) -> [PageFields] {
        let entries: [(Place, String)] = [
            (.search, "Search"), (.runs, "Runs"), (.disclosures, "Disclosures"), (.documentation, "API"),
        ]
        var links = entries.compactMap { entry, label -> PageFields? in
            if entry == .runs || entry == .disclosures, !offers.contains(entry) { return nil }
            var fields = PageFields(["href": entry.rawValue, "label": label])
            fields.set("is_current", entry == place)
            return fields
        }
        if let own = ownRecord(session) {
            var fields = PageFields(["href": own, "label": "My record"])
            fields.set("is_current", own == target)
            links.insert(fields, at: 1)
        }
        return links
    }

    /// The record of somebody who may read one and search none, for they have no other way to it.
    private func ownRecord(_ session: Session?) -> String? {
        guard let caller = session?.caller, let subject = caller.subject,
            let grant = entrance.gatekeeper.policy.grant(caller, CollectionName.students.rawValue),
            grant.actions.contains(.read), !grant.actions.contains(.search)
        else { return nil }
        return "/students/\(PageTarget.encoded(subject))"
    }

    private func visitor(_ session: Session, target: String) -> PageFields {
        var fields = PageFields([
            "role": PageText.title(session.caller.role.rawValue), "subject": session.caller.subject,
            "form_token": FormToken.masked(session.formToken), "target": target,
        ])
        let purposes = entrance.purposes(session.caller)
        let current = entrance.purpose(session)
        // One that goes without saying has no alternative to choose.
        let isChoice = purposes.count > 1 || current == nil
        fields.set("purposes", isChoice ? Self.options(purposes, current) : [])
        fields.set("only_purpose", isChoice ? nil : current.map { PageText.title($0.name.replacing("-", with: " ")) })
        return fields
    }

    /// Purposes to choose from.
    static func options(_ purposes: [Purpose], _ current: Purpose?) -> [PageFields] {
        var options = purposes.map { purpose in
            var option = PageFields([
                "value": purpose.name, "label": PageText.title(purpose.name.replacing("-", with: " ")),
                "basis": purpose.basis,
            ])
            option.set("is_chosen", purpose == current)
            return option
        }
        if current == nil, !purposes.isEmpty {
            var none = PageFields(["value": "", "label": "Choose a purpose", "basis": nil])
            none.set("is_chosen", true)
            options.insert(none, at: 0)
        }
        return options
    }
}
