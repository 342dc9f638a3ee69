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
