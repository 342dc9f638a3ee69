// Ids, times, secrets and hashes.

import Foundation
import Testing

@testable import LyceumCore

@Test("A run id sorts by start time and survives a round trip")
func runIDOrder() throws {
    let early = RunID(startedAt: Date(timeIntervalSince1970: 1_000_000_000), entropy: 0xFFFFFF)
    let late = RunID(startedAt: Date(timeIntervalSince1970: 1_000_000_001), entropy: 0)
    #expect(early < late)
    #expect(early.text == "20010909T014640Z-ffffff")
    #expect(late.text.hasSuffix("-000000"))
    #expect(RunID(early.text) == early)
    let decoded = try JSONDecoder().decode([RunID].self, from: JSONEncoder().encode([early]))
    #expect(decoded == [early])
}

@Test("A run id follows any other one, of its second, of a later one, and at the end of a second's digits")
func runIDFollows() {
    let time = Date(timeIntervalSince1970: 1_000_000_000)
    let own = RunID(startedAt: time, entropy: 7)
    #expect(own.following(nil) == own)
    #expect(own.following(RunID(startedAt: time, entropy: 6)) == own)
    #expect(own.following(RunID(startedAt: time - 1, entropy: 0xFFFFFF)) == own)
    #expect(own.following(own).text == "20010909T014640Z-000008")
    #expect(own.following(RunID(startedAt: time + 60, entropy: 0xABCDEF)).text == "20010909T014740Z-abcdf0")
    let last = RunID(startedAt: time + 19, entropy: 0xFFFFFF)
    #expect(own.following(last).text == "20010909T014700Z-000000")
    #expect(own.following(last) > last)
}

@Test(
    "Text that is not a run id is refused",
    arguments: ["", "x", "20010909T014640Z", "../../etc/passwd-abcdef", "20010909T014640Z-ABCDEF"]
)
func runIDRefused(text: String) {
    #expect(RunID(text) == nil)
}

@Test("A secret never prints its value")
func secretIsRedacted() {
    let secret = Secret("hunter2")
    var dumped = ""
    dump(secret, to: &dumped)
    for text in ["\(secret)", String(reflecting: secret), String(describing: [secret]), dumped] {
        #expect(!text.contains("hunter2"))
    }
    #expect(secret.reveal() == "hunter2")
}

@Test("Content hashes are SHA-256 and keep parts apart")
func contentHash() {
    #expect(ContentHash.of("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
    #expect(ContentHash.of(parts: ["ab", "c"]) != ContentHash.of(parts: ["a", "bc"]))
}

@Test("Timestamps are read with and without fractions of a second")
func timestamps() {
    #expect(Timestamp.parse("2026-11-23T08:15:02Z") == Timestamp.parse("2026-11-23T08:15:02.000Z"))
    #expect(Timestamp.parse("23/11/2026") == nil)
    #expect(Timestamp.day(Date(timeIntervalSince1970: 0)) == "1970-01-01")
}

@Test(
    "Every date-time of RFC 3339 is read",
    arguments: [
        ("2149-01-12T01:13:49-21:57", 5_649_779_449), ("2149-01-12T01:13:49+23:59", 5_649_614_089),
        ("2149-01-12t01:13:49z", 5_649_700_429), ("2149-01-12T01:13:49.50000000000000000000-00:00", 5_649_700_429.5),
        ("2016-12-31T23:59:60Z", 1_483_228_800),
        ("9999-12-31T23:59:59.9-05:00", 253_402_318_799.9),
    ]
)
func dateTimes(text: String, seconds: Double) {
    #expect(Timestamp.parse(text)?.timeIntervalSince1970 == seconds)
}

@Test(
    "What is no date-time is not read as one",
    arguments: [
        "2026-02-30T08:15:02Z", "2026-13-01T08:15:02Z", "2026-11-23T24:00:00Z", "2026-11-23T08:60:00Z",
        "2026-11-23T08:15:61Z",
        "2026-11-23T08:15:02", "2026-11-23T08:15:02Z and more", "2026-11-23T08:15:02+24:00",
        "2026-11-23T08:15:02+05:60",
        "2026-11-23T08:15:02.Z", "2026-11-23 08:15:02Z", "٢٠٢٦-11-23T08:15:02Z", "2026-11-23", "",
    ]
)
func noDateTimes(text: String) {
    #expect(Timestamp.parse(text) == nil)
}

@Test("Milliseconds that were written are read again")
func milliseconds() throws {
    for millisecond in 0..<1000 {
        let text = "2026-11-23T08:15:02." + String(1000 + millisecond).dropFirst() + "Z"
        let date = try #require(Timestamp.parse(text))
        #expect(Timestamp.iso(date, fractional: true) == text)
    }
}

@Test("SQL text cannot be broken out of")
func sqlQuoting() {
    #expect(SQLText.identifier("a\"; drop table x; --") == "\"a\"\"; drop table x; --\"")
    #expect(SQLText.literal("O'Brien") == "'O''Brien'")
}

@Test("Row counts balance only when every row is accounted for")
func rowCounts() {
    #expect(RowCounts(rowsIn: 10, rowsOut: 7, quarantined: 2, deduplicated: 1).isBalanced)
    #expect(!RowCounts(rowsIn: 10, rowsOut: 7, quarantined: 2, deduplicated: 0).isBalanced)
}
