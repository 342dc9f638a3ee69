// Ids, places and keyword columns as they are stored: the same as plain arrays and sets, whatever they hold.

import Foundation
import Testing

@testable import LyceumSearch

@Suite struct StorageTests {
    /// What a writer wrote, opened.
    private func segment(_ write: (inout SegmentWriter) -> Void) throws -> SegmentReader {
        var writer = SegmentWriter()
        write(&writer)
        let memory = SegmentMemory()
        try writer.write(to: memory.create("s"))
        return try SegmentReader(try memory.read("s"))
    }

    @Test("every id is found at its position, and no other is", arguments: [0, 1, 2, 15, 16, 17, 1000])
    func ids(count: Int) throws {
        let seed = freshSeed("ids \(count)")
        var generator = SeededGenerator(seed: seed)
        var table = TermTable()
        var ids: [String] = []
        while ids.count < count {
            let id =
                String(
                    UInt64.random(in: 0...UInt64.max, using: &generator) >> UInt64.random(in: 0...60, using: &generator)
                )
                + (Int.random(in: 0..<50, using: &generator) == 0 ? String(repeating: "é", count: 200) : "")
            if table.insert(id).isNew { ids.append(id) }
        }
        let stored = try DocumentIDs(segment { DocumentIDs.add(table, to: &$0) }, count: count)
        for (position, id) in ids.enumerated() {
            #expect(stored[position] == id && stored.position(of: id) == position, "seed \(seed): \(position)")
            #expect(stored.position(of: id + "x") == nil)
        }
        #expect(stored.position(of: "") == nil)
    }

    @Test("ids are looked for all over the table")
    func slots() {
        #expect([0, 1 << 30, 1 << 31, .max].map { DocumentIDs.slot($0, 100) } == [0, 25, 50, 99])
    }

    @Test("places that lead outside, and empty strings, are refused", arguments: [[3, 4, 0], [3, 4, 9], [0]])
    func places(lengths: [UInt32]) throws {
        let reader = try segment { PackedOffsets.add("p", lengths: lengths, to: &$0) }
        let error = #expect(throws: SearchError.self) {
            try PackedOffsets(reader, prefix: "p", count: lengths.count, limit: 10)
        }
        #expect(error?.code == .damagedSnapshot)
    }

    @Test(
        "a keyword column holds what was written, in one value a document or several, of few values or many",
        arguments: [(1, 1), (3, 1), (63, 1), (64, 1), (400, 1), (3, 3), (400, 3)]
    )
    func keywords(values: Int, most: Int) throws {
        let seed = freshSeed("keywords \(values) \(most)")
        var generator = SeededGenerator(seed: seed)
        let field = FieldDefinition("k", .keyword(textWeight: nil), isArray: most > 1)
        let documents = (0..<1000).map { document in
            // Each value is had by a document at least, and each thirteenth document has none.
            document % 13 == 12
                ? []
                : (0..<Int.random(in: 1...most, using: &generator)).map { index in
                    index == 0 ? document % values : Int.random(in: 0..<values, using: &generator)
                }
        }
        func text(_ value: Int) -> String { "Value \(value + 1000)" }
        var writer = ColumnWriter([field])
        for numbers in documents { writer.add([.texts(numbers.map(text))]) }
        let reader = try segment { writer.write(to: &$0) }
        let column = try KeywordColumn(reader, field: 0, documentCount: documents.count)

        let present = Set(documents.joined()).sorted()
        try #require(column.valueCount == present.count)
        #expect(KeywordColumn.hasOwners(isMany: most > 1, values: present.count) == reader.has("0.owners"))
        for (number, value) in present.enumerated() {
            let expected = documents.indices.filter { documents[$0].contains(value) }
            var walked: [Int] = []
            column.forEachDocument(with: number) { walked.append(Int($0)) }
            var bitmap = Bitmap(size: documents.count)
            column.insert(documentsWith: CollectionOfOne(number), into: &bitmap)
            #expect(column.text(number) == text(value) && column.number(of: text(value).uppercased()) == number)
            #expect(walked == expected && column.frequency(of: number) == expected.count, "seed \(seed): \(value)")
            #expect(documents.indices.filter { bitmap.contains($0) } == expected, "seed \(seed): \(value)")
        }
        for (document, numbers) in documents.enumerated() {
            var found: Set<Int> = []
            column.forEachValue(of: document) { found.insert(present[$0]) }
            #expect(found == Set(numbers), "seed \(seed): document \(document)")
            #expect(column.first(document).map { present[Int($0)] } == numbers.first)
        }
        var several = Bitmap(size: documents.count)
        several.insert(5)
        column.insert(documentsWith: stride(from: 0, to: present.count, by: 2), into: &several)
        let even = Set(stride(from: 0, to: present.count, by: 2).map { present[$0] })
        #expect(
            documents.indices.filter { several.contains($0) }
                == documents.indices.filter { $0 == 5 || !even.isDisjoint(with: documents[$0]) }
        )
    }
}
