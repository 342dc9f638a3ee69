// What is known of a person, and what was forgotten, for people.

import Foundation
import LyceumPipeline

enum SubjectText {
    static func show(_ status: SubjectStatus, on console: Console) {
        for (kind, values) in status.identifiers.sorted(by: { $0.key < $1.key }) {
            console.say("\(kind): \(values.map(Printable.line).joined(separator: ", "))")
        }
        if !status.tables.isEmpty {
            console.say(
                TextTable(
                    columns: [.text("table"), .number("rows"), .number("in history"), .number("files")],
                    rows: status.tables.map {
                        [
                            $0.table, HumanNumbers.count($0.current), HumanNumbers.count($0.history),
                            HumanNumbers.count($0.files),
                        ]
                    }
                )
            )
        }
        for hold in status.holds { console.say("Under legal hold \(hold.id): \(Printable.line(hold.reason))") }
        for erasure in status.erased { console.say("Erased by \(erasure).") }
    }

    static func show(_ receipt: ErasureReceipt, file: URL, on console: Console) {
        console.say(
            TextTable(
                columns: [.text("table"), .number("rows erased"), .number("in history"), .number("files")],
                rows: receipt.tables.map {
                    [
                        "\($0.zone.rawValue).\($0.table)", HumanNumbers.count($0.current),
                        HumanNumbers.count($0.history),
                        HumanNumbers.count($0.files.count),
                    ]
                }
            )
        )
        console.say(
            "\(HumanNumbers.count(receipt.snapshots.count)) snapshots corrected, "
                + "\(HumanNumbers.count(receipt.subject.count)) identifiers kept from coming back, search index "
                + (receipt.index?.version.map { "rebuilt as \($0)" } ?? "not there")
        )
        for remark in receipt.remarks { console.say("  " + Printable.line(remark)) }
        console.say("Receipt: \(file.path)")
    }
}
