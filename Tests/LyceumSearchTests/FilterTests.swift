// The filter grammar: what it reads, what it refuses and where.

import Foundation
import Testing

@testable import LyceumSearch

@Suite struct FilterTests {
    @Test(
        "filters parse to the tree they mean",
        arguments: [
            ("status = open", "status = \"open\""),
            ("status == 'o\\'k'", "status = \"o'k\""),
            (
                "salary_min >= 1e3 AND status <> x OR EXISTS title",
                "((salary_min >= 1000.0 AND status != \"x\") OR EXISTS title)"
            ),
            ("not (skills in (a, \"b c\"))", "NOT (skills IN [\"a\", \"b c\"])"),
            ("skills NOT IN [5]", "NOT (skills IN [5.0])"),
            ("salary_min between -1 and 5", "salary_min BETWEEN -1.0 AND 5.0"),
            ("posting_date<2026-01-31T10:00:00+02:00", "posting_date < \"2026-01-31T10:00:00+02:00\""),
            ("STATUS = Zürich", "status = \"Zürich\""),
        ]
    )
    func valid(_ text: String, _ expected: String) throws {
        #expect(try Filter.parse(text, schema: .jobs).description == expected)
    }

    @Test(
        "what cannot be read is refused where it stands",
        arguments: [
            ("", 1), ("status", 7), ("status =", 9), ("status = a b", 12), ("status = a AND", 15), ("(status = a", 12),
            ("status = a)", 11), ("status IN [a", 13), ("status IN a", 11), ("status IN []", 12), ("= 5", 1),
            ("skillz = Python", 1), ("status = a AND nonsense = 1", 16), ("salary_min = lots", 14),
            ("salary_min = nan", 14), ("posting_date = 2026-02-30", 16), ("location > a", 10), ("title = x", 9),
            ("status = \"open", 10), ("status ; x", 8), ("salary_min BETWEEN 1 OR 2", 22), ("status NOT x", 12),
            ("EXISTS", 7), ("NOT", 4), ("status = ,", 10), ("salary_min = 1e999", 14),
        ]
    )
    func invalid(_ text: String, _ position: Int) {
        do {
            let filter = try Filter.parse(text, schema: .jobs)
            Issue.record("'\(text)' was read as \(filter)")
        } catch let error as SearchError {
            #expect(error.location == "filter:\(position)")
            #expect(error.isCallersFault)
        } catch {
            Issue.record("another error: \(error)")
        }
    }

    @Test("an unknown field is answered with the nearest and all known ones")
    func suggestion() {
        do {
            _ = try Filter.parse("skils = x", schema: .jobs)
            Issue.record("it was read")
        } catch {
            let text = "\(error)"
            #expect(text.contains("did you mean skills?"))
            #expect(text.contains("application_deadline"))
        }
    }

    @Test(
        "depth, length and number of conditions are limited",
        arguments: [
            String(repeating: "(", count: 5000) + "status = a" + String(repeating: ")", count: 5000),
            String(repeating: "NOT ", count: 1900) + "status = a",
            Array(repeating: "status = a", count: 600).joined(separator: " OR "),
            "status IN [" + Array(repeating: "a", count: 1100).joined(separator: ",") + "]",
            "status = \"" + String(repeating: "x", count: 9000) + "\"",
        ]
    )
    func limits(_ text: String) {
        #expect(throws: SearchError.self) { try Filter.parse(text, schema: .jobs) }
    }

    @Test("random filters either parse to something that prints as itself, or are refused with a position")
    func fuzz() {
        let seed = freshSeed()
        var generator = SeededGenerator(seed: seed)
        let pieces = [
            "status", "salary_min", "skills", "posting_date", "title", "=", "!=", "<", "<=", ">", ">=", "AND", "OR",
            "NOT",
            "IN", "EXISTS", "BETWEEN", "(", ")", "[", "]", ",", "\"a b\"", "'", "\"", "5", "-1.5", "2026-01-01", "open",
            "\\",
            "é", "\u{0}", "😀", "x", " ",
        ]
        for _ in 0..<3000 {
            let count = Int.random(in: 0...14, using: &generator)
            let text = (0..<count).map { _ in pieces.randomElement(using: &generator) ?? "" }.joined(separator: " ")
            do {
                let filter = try Filter.parse(text, schema: .jobs)
                let again = try Filter.parse(filter.description, schema: .jobs)
                #expect(again.description == filter.description, "seed \(seed): \(text)")
            } catch let error as SearchError {
                #expect(error.location?.hasPrefix("filter:") == true, "seed \(seed): \(text)")
            } catch {
                Issue.record("seed \(seed): another error for \(text): \(error)")
            }
        }
    }

    @Test(
        "dates are read as the span they name",
        arguments: [
            ("1970-01-01", 0, 86_400), ("2000-02-29", 951_782_400, 951_868_800), ("2026", 1_767_225_600, 1_798_761_600),
            ("2026-02", 1_769_904_000, 1_772_323_200), ("1970-01-01T00:00:10Z", 10, 11),
            ("1970-01-01T02:00+02:00", 0, 1), ("1970-01-01 00:00:01.500", 1, 2), ("1969-12-31T23:59:59Z", -1, 0),
        ] as [(String, Int64, Int64)]
    )
    func dates(_ text: String, _ start: Int64, _ end: Int64) {
        #expect(DateText.span(of: text) == DateSpan(start: start, end: end))
    }

    @Test(
        "what is no date is refused",
        arguments: [
            "", "26-01-01", "2026-13-01", "2025-02-29", "2026-01-01T", "2026-01-01T24:00", "2026-01-01Z", "2026-1-1",
        ]
    )
    func notDates(_ text: String) {
        #expect(DateText.span(of: text) == nil)
    }
}
