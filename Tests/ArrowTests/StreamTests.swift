// The C stream interface, both ends.

import CArrow
import Testing

@testable import Arrow

@Suite struct StreamTests {
    private struct Failure: Error, CustomStringConvertible {
        let description = "the generator gave up at row 12"
    }

    private static let schema = Schema([Field("n", .int64)])

    private static func batch(_ number: Int) throws -> RecordBatch {
        var builder = try RecordBatchBuilder(schema: schema)
        builder.append(number, to: 0)
        return try builder.finish()
    }

    @Test("batches come out in order, then the end, again and again") func order() throws {
        var number = 0
        let reader = try ArrowStreamReader(
            ArrowStream(schema: StreamTests.schema) {
                number += 1
                return number <= 3 ? try StreamTests.batch(number) : nil
            }
        )
        #expect(reader.schema == StreamTests.schema)
        var read: [Int64?] = []
        while let batch = try reader.next() { read.append(batch.column(0).integer(at: 0)) }
        #expect(read == [1, 2, 3])
        #expect(try reader.next() == nil)
        #expect(number == 4)
    }

    @Test("an error of the producer reaches the consumer with its text") func failure() throws {
        let reader = try ArrowStreamReader(ArrowStream(schema: StreamTests.schema) { throw Failure() })
        let error = #expect(throws: ArrowError.self) { try reader.next() }
        #expect(error?.code == .streamFailed)
        #expect(error?.message.contains("gave up at row 12") == true)
        #expect(try reader.next() == nil)
    }

    @Test("a batch of another schema is refused") func otherSchema() throws {
        let reader = try ArrowStreamReader(
            ArrowStream(schema: Schema([Field("n", .utf8)]), batches: [try StreamTests.batch(1)])
        )
        #expect(throws: ArrowError.self) { try reader.next() }
    }

    @Test("a released stream is refused") func released() {
        #expect(throws: ArrowError.self) { try ArrowStreamReader(ArrowStream()) }
    }

    @Test("a producer that fails to give its schema is reported") func noSchema() {
        let stream = ArrowStream()
        stream.pointer.pointee.get_schema = { _, _ in 5 }
        stream.pointer.pointee.get_last_error = { _ in nil }
        stream.pointer.pointee.release = { $0?.pointee.release = nil }
        let error = #expect(throws: ArrowError.self) { try ArrowStreamReader(stream) }
        #expect(error?.code == .streamFailed)
        #expect(error?.message.contains("error 5") == true)
    }
}
