// Documents read out of the JSON they are served as.

import Foundation
import Testing

@testable import LyceumSearch

@Suite struct DocumentReadingTests {
    @Test(
        "what JSONSerialization refuses is refused, what it reads is read",
        arguments: [
            "{}", "{\"a\":[1,2.5e3,-0,true,false,null,\"x\"]}",
            " { \"a\" : { \"b\" : \"\\u00e9\\ud83d\\ude00\\n\" } } ",
            "{a:1}", "{\"a\":01}", "{\"a\":1.}", "{\"a\":\"\u{1}\"}", "{\"a\":tru}", "{\"a\" 1}", "{",
            "[1 2]",
            "{} x", "{\"a\":\"\\x\"}", "{\"a\":\"open", "{\"a\":+1}",
        ]
    )
    func agreesWithFoundation(_ text: String) {
        let reference = try? JSONSerialization.jsonObject(with: Data(text.utf8))
        #expect((JSONValue(text) != nil) == (reference != nil))
    }

    @Test("escapes, nesting and repeated members are read as they are meant")
    func values() throws {
        let value = try #require(JSONValue("{\"a\":{\"b\":\"\\u00e9\\ud83d\\ude00\\\"\"},\"c\":1,\"c\":2,\"d\":null}"))
        #expect(value["a.b"]?.text == "é😀\"")
        #expect(value["c"]?.text == "2")
        #expect(value["d"] == nil && value["a.b.c"] == nil && value["x"] == nil && value[""] == nil)
    }

    @Test("a comma after the last member is refused, which Foundation is lenient about")
    func trailingComma() {
        #expect(JSONValue("{\"a\":1,}") == nil)
    }

    @Test("nesting without end is refused, not followed")
    func depth() {
        #expect(JSONValue(String(repeating: "[", count: 100_000)) == nil)
    }

    @Test(
        "a salary is read from a range in words, a pair or two members",
        arguments: [
            "{\"job_posting_id\":1,\"compensation\":{\"salary_range\":\"$90,000 - 120000.50 a year\"}}",
            "{\"job_posting_id\":1,\"compensation\":{\"salary_range\":{\"min\":90000,\"max\":120000.5}}}",
            "{\"job_posting_id\":1,\"compensation\":{\"salary_min\":90000,\"salary_max\":120000.5}}",
        ]
    )
    func salary(_ json: String) throws {
        let document = try CollectionSchema.jobs.document(fromJSON: json)
        #expect(document.id == "1")
        #expect(document.values.map(\.value) == [.text("1"), .number(90_000), .number(120_000.5)])
    }
}
