// The audit record, for people.

import Foundation
import LyceumAudit

enum AuditText {
    /// What a verification found.
    static func show(_ found: AuditVerification, on console: Console) {
        let style = console.style
        let mark = found.ok ? style.green("✓") : style.red("✗")
        console.say(
            "\(mark) \(counted(found.lines, "line")) in order, in \(counted(found.files, "file")): "
                + "\(counted(found.entries, "entry", "entries")), \(counted(found.checkpoints, "checkpoint"))"
        )
        if let time = found.signedAt {
            let rest = found.unsigned == 0 ? "" : "; not signed since then: \(counted(found.unsigned, "line"))"
            console.say("  last signed at \(Printable.line(time))\(rest)")
        }
        if found.ok, let head = found.head { console.say("  head \(head)") }
        for note in found.notes { console.say(style.dim("  " + Printable.line(note))) }
    }

    /// Entries, one a row.
    static func show(_ records: [AuditRecord], of total: Int, on console: Console) {
        guard !records.isEmpty else { return console.say("No entry fits.") }
        var table = TextTable(columns: [
            .text("Time"), .text("Actor"), .text("Role"), .text("Action"), .text("Resource"), .number("Students"),
            .text("Purpose"), .text("Outcome"), .text("Request"),
        ])
        table.rows = records.map { record in
            [
                record.at, record.actor, record.role ?? "", record.action, record.resource,
                HumanNumbers.count(record.subjects.count), record.purpose ?? "",
                outcome(record.outcome, record.problem),
                record.request,
            ]
        }
        console.say(table)
        console.say()
        console.say(console.style.dim("\(HumanNumbers.count(records.count)) of \(HumanNumbers.count(total)) entries"))
    }

    /// The accounting of disclosures.
    static func show(_ disclosures: [Disclosure], all: Bool, on console: Console) {
        guard !disclosures.isEmpty else {
            return console.say(all ? "Nobody looked at this student's data." : "No disclosure of this student's data.")
        }
        var table = TextTable(columns: [
            .text("Date"), .text("Party"), .text("Kind"), .text("Interest"), .text("Basis"), .text("Outcome"),
            .text("Fields"),
        ])
        table.rows = disclosures.map { disclosure in
            [
                disclosure.at, disclosure.party, disclosure.recipient.replacing("_", with: " "),
                disclosure.purpose ?? "",
                disclosure.basis ?? "", disclosure.outcome, disclosure.fields.joined(separator: ", "),
            ]
        }
        console.say(table)
    }

    private static func counted(_ number: some BinaryInteger, _ one: String, _ many: String? = nil) -> String {
        "\(HumanNumbers.count(number)) \(number == 1 ? one : many ?? one + "s")"
    }

    private static func outcome(_ outcome: String, _ problem: String?) -> String {
        problem.map { "\(outcome): \($0)" } ?? outcome
    }
}
