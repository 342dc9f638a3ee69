// Records flattened out of JSON, and faults with their place.

import Foundation
import Testing

@testable import LyceumSources

@Suite("JSON records") struct JSONRecordReaderTests {
    private func tree(_ paths: [(String, String)], json: Set<String> = []) -> FieldTree {
        var columns: [String] = []
        for (column, _) in paths where !columns.contains(column) { columns.append(column) }
        var tree = FieldTree(columns)
        for (column, path) in paths { tree.add(path, to: column, isJSON: json.contains(column)) }
        return tree
    }

    private func read(_ text: String, _ tree: FieldTree) throws -> (total: Int?, records: [JSONRecord]) {
        try Array(text.utf8).withUnsafeBufferPointer { bytes in
            var reader = JSONRecordReader(bytes, tree: tree)
            var records: [JSONRecord] = []
            let total = try reader.readPage(rows: "data") { records.append($0) }[0]
            return (total.flatMap { Int($0) }, records)
        }
    }

    @Test("nested members, alternatives and references become columns")
    func nested() throws {
        let tree = tree([
            ("id", "id"), ("place", "location.descriptor"), ("country", "location.country.name"),
            ("country", "location.country.code"), ("kind", "kind"), ("kind", "kind.descriptor"),
        ])
        let page = try read(
            """
            {"total": 2, "data": [
              {"id": "a", "location": {"descriptor": "Leeds", "country": {"name": null, "code": "GBR"}}, "kind": "full"},
              {"kind": {"descriptor": "part"}, "id": "b", "location": null}
            ]}
            """,
            tree
        )
        #expect(page.total == 2)
        #expect(page.records.map(\.values) == [["a", "Leeds", "GBR", "full"], ["b", nil, nil, "part"]])
    }

    @Test(
        "of a column's paths the first that has a value wins, wherever it stands in the record",
        arguments: [
            (#"{"email":"work","primaryEmail":"home"}"#, "work"), (#"{"primaryEmail":"home","email":"work"}"#, "work"),
            (#"{"primaryEmail":"home","email":null}"#, "home"), (#"{"email":null,"primaryEmail":"home"}"#, "home"),
            (#"{"contacts":[{"mail":"a"},{"mail":"b"}],"primaryEmail":"home"}"#, "home"),
            (#"{"primaryEmail":"home","contacts":[{"mail":"a"}]}"#, "home"),
            (#"{"last":"z","contacts":[{"mail":"a"},{"mail":null},{"mail":"b"}]}"#, "a; b"),
            (#"{"contacts":[{"mail":"a"},{"mail":"b"}],"last":"z"}"#, "a; b"),
            (#"{"contacts":[],"last":"z"}"#, "z"),
        ]
    )
    func bestFirst(record: String, value: String) throws {
        let paths = ["email", "primaryEmail", "contacts[].mail", "last"].map { ("mail", $0) }
        #expect(try read("[\(record)]", tree(paths)).records[0].values == [value])
    }

    @Test("numbers stay as they are written")
    func numbers() throws {
        let page = try read(
            #"[{"n": 1.10}, {"n": 12345678901234567890123}, {"n": -0.5e+10}, {"n": true}]"#,
            tree([("n", "n")])
        )
        #expect(page.records.map { $0.values[0] } == ["1.10", "12345678901234567890123", "-0.5e+10", "true"])
    }

    @Test("arrays stay JSON, and arrays of references are joined")
    func arrays() throws {
        let tree = tree([("skills", "skills"), ("category", "categories[].descriptor")], json: ["skills"])
        let page = try read(
            #"[{"skills": ["C", "C++"], "categories": [{"descriptor": "x"}, {"descriptor": "y"}]}, {"categories": []}]"#,
            tree
        )
        #expect(page.records[0].values == [#"["C", "C++"]"#, "x; y"])
        #expect(page.records[1].values == [nil, nil])
    }

    @Test("members that no column takes are kept")
    func extra() throws {
        let page = try read(
            #"[{"id":"a","new":{"x":[1]},"place":{"id":7}}]"#,
            tree([("id", "id"), ("p", "place.name")])
        )
        #expect(page.records[0].extra == #"{"new":{"x":[1]},"place.id":7}"#)
    }

    @Test(
        "escapes are read as characters",
        arguments: [
            (#"\u00e9\n\t\"\\\/"#, "é\n\t\"\\/"), (#"\ud83c\udf93"#, "🎓"), (#"\ud83c"#, "\u{FFFD}"), ("日本", "日本"),
        ]
    )
    func escapes(json: String, text: String) throws {
        let page = try read("[{\"a\":\"\(json)\"}]", tree([("a", "a")]))
        #expect(page.records[0].values[0] == text)
    }

    @Test(
        "a fault names its byte",
        arguments: [
            (#"[{"a":1},]"#, 9), (#"[{"a" 1}]"#, 6), (#"{"data":[{"a":1}"#, 16), (#"[{"a":tru}]"#, 6),
            (#"[{"a":01}]"#, 7),
            (#"[{"a":1}] x"#, 10), ("", 0), ("<html>", 0), (#"[1]"#, 1), (#"[{"a":"x"#, 8),
        ]
    )
    func faults(json: String, offset: Int) {
        #expect { try read(json, tree([("a", "a")])) } throws: { ($0 as? JSONFault)?.offset == offset }
    }

    @Test("bytes that are not UTF-8 are a fault")
    func invalidBytes() {
        let bytes = Array(#"[{"a":"x"#.utf8) + [0xD4, 0xC2] + Array(#""}]"#.utf8)
        #expect(throws: JSONFault.self) {
            try bytes.withUnsafeBufferPointer { buffer in
                var reader = JSONRecordReader(buffer, tree: tree([("a", "a")]))
                _ = try reader.readPage(rows: "data") { _ in }
            }
        }
    }

    @Test("a member is known by its name, however that is escaped")
    func escapedName() throws {
        #expect(try read(#"[{"\u0061":"x","\u0062":1}]"#, tree([("a", "a")])).records[0].values == ["x"])
        #expect(try read(#"[{"\u0062":1}]"#, tree([("a", "a")])).records[0].extra == #"{"b":1}"#)
    }

    @Test(
        "a wrong escape is a fault in members that are not wanted too",
        arguments: [#"[{"b":"\q"}]"#, #"[{"\u00g0":1}]"#]
    )
    func wrongEscape(json: String) {
        #expect(throws: JSONFault.self) { try read(json, tree([("a", "a")])) }
    }

    @Test("deep nesting is refused before the stack ends")
    func depth() {
        let text = "[{\"b\":" + String(repeating: "[", count: 100_000)
        #expect { try read(text, tree([("a", "a")])) } throws: { ($0 as? JSONFault)?.reason == "values nest too deep" }
    }

    @Test("whatever a page is cut to, reading ends without a trap and agrees with Foundation on what is JSON")
    func cutPages() throws {
        let seed = UInt64.random(in: 0 ... .max)
        var generator = SeededGenerator(seed: seed)
        let text = #"{"total":3,"data":[{"a":"x\u00e9","b":[1,-2.5e3,{"c":null}]},{"a":"y","d":true},{"a":null}]}"#
        let tree = tree([("a", "a")])
        #expect(throws: (any Error).self) { try read(#"{"total":1,"data":[{"b":"x\u 0e9"}]}"#, tree) }
        for _ in 0..<2_000 {
            var bytes = Array(text.utf8)
            for _ in 0..<Int.random(in: 1...3, using: &generator) {
                switch Int.random(in: 0..<3, using: &generator) {
                case 0: bytes.removeSubrange(Int.random(in: 0..<bytes.count, using: &generator)...)
                case 1:
                    bytes[Int.random(in: 0..<bytes.count, using: &generator)] = UInt8.random(
                        in: 32...126,
                        using: &generator
                    )
                default:
                    bytes.insert(
                        UInt8.random(in: 32...126, using: &generator),
                        at: Int.random(in: 0..<bytes.count, using: &generator)
                    )
                }
                if bytes.isEmpty { bytes = [32] }
            }
            let mutated = String(decoding: bytes, as: UTF8.self)
            if (try? read(mutated, tree)) != nil {
                #expect((try? JSONSerialization.jsonObject(with: Data(bytes))) != nil, "seed \(seed): \(mutated)")
            }
        }
    }
}

/// SplitMix64 (Steele, Lea, Flood 2014), so that a failing run can be repeated.
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}
