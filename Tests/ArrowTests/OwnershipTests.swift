// Memory from another library is released exactly once, however it is passed around.

import CArrow
import Testing

@testable import Arrow

@Suite struct OwnershipTests {
    private static let schema = Schema([Field("n", .int32), Field("s", .utf8)])

    private static let handmade = Handmade(
        length: 2,
        buffers: [nil],
        children: [
            Handmade(length: 2, buffers: [nil, Handmade.bytes([1, 2] as [Int32])]),
            Handmade(length: 2, buffers: [nil, Handmade.bytes([0, 1, 3] as [Int32]), Array("abc".utf8)]),
        ]
    )

    @Test("a batch releases its array once, when it is dropped") func batch() throws {
        let count = ReleaseCount()
        var array = OwnershipTests.handmade.make(count)
        do {
            let batch = try RecordBatch(importing: &array, schema: OwnershipTests.schema)
            #expect(array.release == nil)
            #expect(batch.column(1).string(at: 1) == "bc")
            #expect(count.value == 0)
        }
        #expect(count.value == 3)
    }

    @Test("columns, views and slices keep the memory after the batch is gone") func columns() throws {
        let count = ReleaseCount()
        do {
            var array = OwnershipTests.handmade.make(count)
            var batch: RecordBatch? = try RecordBatch(importing: &array, schema: OwnershipTests.schema)
            let view = try #require(try batch?.column(0).values(as: Int32.self))
            let text = try #require(try batch?.slice(from: 1, count: 1).column(1).utf8())
            batch = nil
            #expect(count.value == 0)
            #expect(view[1] == 2)
            #expect(text[0] == "bc")
            withExtendedLifetime((view, text)) {}
        }
        #expect(count.value == 3)
    }

    @Test("an array that is refused is released once") func refused() {
        let count = ReleaseCount()
        var array = OwnershipTests.handmade.make(count)
        #expect(throws: ArrowError.self) {
            try RecordBatch(importing: &array, schema: Schema([Field("n", .int32)]))
        }
        #expect(count.value == 3)
    }

    @Test("an exported batch keeps the memory until both sides let go", arguments: [true, false])
    func exported(batchFirst: Bool) throws {
        let count = ReleaseCount()
        var out = ArrowArray()
        do {
            var array = OwnershipTests.handmade.make(count)
            var batch: RecordBatch? = try RecordBatch(importing: &array, schema: OwnershipTests.schema)
            batch?.export(to: &out)
            if batchFirst {
                batch = nil
                #expect(count.value == 0)
                #expect(out.children[0]?.pointee.buffers[1]?.load(fromByteOffset: 4, as: Int32.self) == 2)
                out.release?(&out)
            } else {
                out.release?(&out)
                #expect(count.value == 0)
                #expect(batch?.column(0).integer(at: 1) == 2)
                batch = nil
            }
        }
        #expect(out.release == nil)
        #expect(count.value == 3)
    }

    @Test("a child moved out of an exported batch outlives it") func movedChild() throws {
        let count = ReleaseCount()
        var out = ArrowArray()
        do {
            var array = OwnershipTests.handmade.make(count)
            try RecordBatch(importing: &array, schema: OwnershipTests.schema).export(to: &out)
        }
        // Moving, as the C data interface has it: copy the structure, mark the original as released.
        var child = try #require(out.children[0]).pointee
        out.children[0]?.pointee.release = nil
        out.release?(&out)
        #expect(count.value == 0)
        #expect(child.buffers[1]?.load(fromByteOffset: 4, as: Int32.self) == 2)
        child.release?(&child)
        #expect(count.value == 3)
    }

    @Test("a batch sent through two streams is released once") func streams() throws {
        let count = ReleaseCount()
        do {
            var array = OwnershipTests.handmade.make(count)
            let batch = try RecordBatch(importing: &array, schema: OwnershipTests.schema)
            let first = try ArrowStreamReader(ArrowStream(schema: batch.schema, batches: [batch, batch]))
            let second = try ArrowStreamReader(ArrowStream(schema: batch.schema) { try first.next() })
            var rows = 0
            while let batch = try second.next() { rows += batch.count }
            #expect(rows == 4)
            #expect(try second.next() == nil)
        }
        #expect(count.value == 3)
    }

    @Test("a stream dropped in the middle releases what it holds") func droppedStream() throws {
        let count = ReleaseCount()
        do {
            var array = OwnershipTests.handmade.make(count)
            let batch = try RecordBatch(importing: &array, schema: OwnershipTests.schema)
            let reader = try ArrowStreamReader(
                ArrowStream(schema: batch.schema, batches: Array(repeating: batch, count: 5))
            )
            #expect(try reader.next()?.count == 2)
        }
        #expect(count.value == 3)
    }

    @Test("a stream moved elsewhere is released there, once") func movedStream() throws {
        let count = ReleaseCount()
        var moved = ArrowArrayStream()
        do {
            var array = OwnershipTests.handmade.make(count)
            let batch = try RecordBatch(importing: &array, schema: OwnershipTests.schema)
            let stream = ArrowStream(schema: batch.schema, batches: [batch])
            stream.move(to: &moved)
            #expect(stream.isReleased)
        }
        #expect(count.value == 0)
        moved.release?(&moved)
        #expect(count.value == 3)
    }

    @Test("an exported schema is released whole, also after a child was moved out") func schema() throws {
        var out = ArrowSchema()
        let schema = Schema(
            [Field("l", .list(Field("item", .dictionary(index: .int32, value: .utf8))), metadata: ["k": "v"])],
            metadata: ["a": "b"]
        )
        schema.export(to: &out)
        var child = try #require(out.children[0]).pointee
        out.children[0]?.pointee.release = nil
        out.release?(&out)
        #expect(out.release == nil)
        #expect(try Field(importing: &child) == schema.fields[0])
        child.release?(&child)
    }
}
