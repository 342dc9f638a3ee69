// A JSON text in pieces, cut into records.

import Testing

@testable import LyceumSources

@Suite("JSON records in pieces") struct JSONRecordSplitterTests {
    /// The records of a text that comes in pieces of a size.
    private func split(_ text: String, path: String, piece: Int, limit: Int = 1 << 20) throws -> [String] {
        var splitter = JSONRecordSplitter(path: path, maximumRecordBytes: limit)
        var records: [String] = []
        let bytes = Array(text.utf8)
        for start in stride(from: 0, to: bytes.count, by: piece) {
            try bytes[start..<min(start + piece, bytes.count)].withUnsafeBufferPointer { (piece) throws(JSONFault) in
                try splitter.take(piece) { (record, offset) throws(JSONFault) in
                    let whole = String(decoding: record, as: UTF8.self)
                    let there = String(decoding: bytes[offset..<offset + record.count], as: UTF8.self)
                    #expect(whole == there)
                    records.append(whole)
                }
            }
        }
        try splitter.finish()
        return records
    }

    private let report = #"""
        {"info": {"Report_Entry": [{"no": 0}], "n": [1, "]}", {"x": "\"}"}]}, "Report_Entry" : [
          {"id": "a", "text": "brackets ] } \" \\", "deep": {"x": [[1], {"y": "]"}]}} ,
          {"id":"b"},{"é":"ü"}
        ], "after": "x]"}
        """#

    @Test("records are the same, however the text is cut", arguments: 1...70)
    func pieces(size: Int) throws {
        let records = try split(report, path: "Report_Entry", piece: size)
        #expect(
            records == [
                #"{"id": "a", "text": "brackets ] } \" \\", "deep": {"x": [[1], {"y": "]"}]}}"#, #"{"id":"b"}"#,
                #"{"é":"ü"}"#,
            ]
        )
    }

    @Test("the array may be nested, empty, or the whole text", arguments: [1, 7, 1_000])
    func places(size: Int) throws {
        let nested = #"{"data": {"other": {"items": [{"no":1}]}, "items": [{"a":1},{"a":2}]}, "items": [{"no":2}]}"#
        #expect(try split(nested, path: "data.items", piece: size) == [#"{"a":1}"#, #"{"a":2}"#])
        #expect(try split(#"{"Report_Entry":[ ]}"#, path: "Report_Entry", piece: size) == [])
        #expect(try split(#" [ {"a":1} ] "#, path: "", piece: size) == [#"{"a":1}"#])
        #expect(try split(#"[{"a":1}]"#, path: "Report_Entry", piece: size) == [#"{"a":1}"#])
    }

    @Test(
        "a text that is not whole, or not as expected, is a fault",
        arguments: [
            (#"{"Report_Entry":[{"a":1}"#, "ends too early"), (#"{"Report_Entry":[{"a":1}]"#, "ends too early"),
            (#"{"Report_Entry":[{"a":"1]}"#, "ends too early"), ("", "ends too early"),
            (#"{"Report_Entry":[{"a":1},]}"#, "not an object"), (#"{"Report_Entry":[{"a":1} {"a":2}]}"#, "comma or ]"),
            (#"{"Report_Entry":[1]}"#, "not an object"), (#"{"Report_Entry":{}}"#, "no array 'Report_Entry'"),
            (#"{"other":[{"a":1}]}"#, "no array 'Report_Entry'"), (#"{"Report_Entry":[]}]"#, "follows the end"),
            ("<html>", "object or array is missing"), (#"{"x":[}"#, "do not match"),
        ]
    )
    func faults(text: String, reason: String) {
        for size in [1, 5, 1_000] {
            #expect {
                _ = try split(text, path: "Report_Entry", piece: size)
            } throws: {
                ($0 as? JSONFault)?.reason.contains(reason) == true
            }
        }
    }

    @Test("a record that is too large is a fault, not memory")
    func tooLarge() {
        let text = #"{"Report_Entry":[{"a":""# + String(repeating: "x", count: 5_000) + #""}]}"#
        #expect {
            _ = try split(text, path: "Report_Entry", piece: 100, limit: 1_000)
        } throws: {
            ($0 as? JSONFault)?.reason.contains("larger than 1000 bytes") == true
        }
    }
}
