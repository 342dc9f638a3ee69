// GET /disclosures.

import Foundation
import Hummingbird
import LyceumAudit

/// Who looked at a student's record: for the student, and for those who answer their requests.
enum DisclosurePageRoutes {
    /// How many looks the page has.
    private static let listed = 200

    static func routes(_ services: ServerServices) -> [Route] {
        [
            PageRoutes.page("/disclosures", services, parameters: ["student", "internal"]) { request, _, visit in
                try await disclosures(request, visit, services)
            }
        ]
    }

    private static func disclosures(
        _ request: Request,
        _ visit: PageVisit,
        _ services: ServerServices
    ) async throws -> Response {
        let entrance = services.entrance
        try await entrance.require([.disclosures, .ownDisclosures], visit)
        var (asked, isInternal) = ("", false)
        for (name, value) in try QueryString(request.uri.query).pairs {
            switch name {
            case "student": asked = value.trimmingCharacters(in: .whitespaces)
            case "internal": isInternal = value == "true"
            default: throw SearchParameters.unknown(name, known: ["student", "internal"])
            }
        }
        let mayAskForAnyone = entrance.allows(visit, .disclosures)
        var student = asked.isEmpty ? nil : asked
        if !mayAskForAnyone {
            // Somebody's own accounting is theirs without naming them; another's is refused like any other record.
            let own = visit.caller?.subject
            guard let own, student == nil || student == own else { throw Problem.forbidden }
            student = own
        }
        var fields = PageFields(["student": student])
        fields.set("asks_for_anyone", mayAskForAnyone)
        if let student {
            guard student.utf8.count <= 512 else {
                throw Problem.badParameter("student", "A student's id has at most 512 bytes.")
            }
            let looks = try await services.records.disclosures(
                of: student,
                from: services.disclosures,
                includesInternal: isInternal,
                limit: listed,
                visit,
                visit.session.flatMap(entrance.purpose)
            )
            fields.set("has_answer", true)
            fields.set("looks", looks.map(row))
            fields.set("is_cut", looks.count == listed)
            fields.set("shows_internal", isInternal)
            let named = mayAskForAnyone ? [(name: "student", value: student)] : []
            let other = isInternal ? named : named + [(name: "internal", value: "true")]
            fields.set("other", "/disclosures" + (other.isEmpty ? "" : "?" + PageTarget.query(other)))
        }
        return try services.layout.response(
            "disclosures",
            title: "Who looked",
            place: .disclosures,
            fields,
            visit
        )
    }

    private static func row(_ look: Disclosure) -> PageFields {
        PageFields([
            "time": PageText.moment(look.at), "actor": look.party, "role": look.role.map(PageText.title),
            "action": PageText.title(look.action.replacing("_", with: " ")),
            "outcome": look.outcome == "granted" ? nil : look.outcome,
            "members": look.fields == ["*"] ? "all" : look.fields.joined(separator: ", "),
            "purpose": look.purpose.map { PageText.title($0.replacing("-", with: " ")) }, "basis": look.basis,
            "request_id": look.request,
        ])
    }
}
