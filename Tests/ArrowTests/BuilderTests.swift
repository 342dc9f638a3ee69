// What is built can be read back, and what does not fit is refused.

import Testing

@testable import Arrow

@Suite struct BuilderTests {
    @Test("every type that can be built is read back, nulls included") func everyType() throws {
        let cases: [(DataType, Value, String)] = [
            (.bool, .bool(true), "true"), (.int8, .integer(-128), "-128"), (.int16, .integer(-5), "-5"),
            (.int32, .integer(7), "7"), (.int64, .integer(.min), "-9223372036854775808"),
            (.uint8, .integer(255), "255"),
            (.uint16, .integer(9), "9"), (.uint32, .integer(4_294_967_295), "4294967295"), (.uint64, .integer(3), "3"),
            (.float32, .double(1.5), "1.5"), (.float64, .double(0.1), "0.1"), (.float64, .integer(2), "2.0"),
            (.decimal128(precision: 10, scale: 2), .text("-12.50"), "-12.50"),
            (.decimal128(precision: 10, scale: 2), .integer(3), "3.00"), (.utf8, .text("é"), "é"),
            (.largeUtf8, .text(""), ""), (.binary, .bytes([1, 255]), "01ff"), (.largeBinary, .bytes([]), ""),
            (.date32, .date(CalendarDate(daysSinceEpoch: -1)), "1969-12-31"),
            (.date64, .date(CalendarDate(daysSinceEpoch: 1)), "1970-01-02"),
            (
                .timestamp(.millisecond, timezone: "UTC"), .timestamp(Timestamp(seconds: 1, nanoseconds: 2_500_000)),
                "1970-01-01T00:00:01.002Z"
            ),
            (.timestamp(.microsecond, timezone: nil), .date(CalendarDate(daysSinceEpoch: 1)), "1970-01-02T00:00:00"),
            (.time64(.microsecond), .integer(1_000_000), "00:00:01"), (.duration(.second), .integer(5), "PT5S"),
            (.list(Field("item", .utf8)), .list([.text("a"), .null]), #"["a",null]"#),
            (.list(Field("item", .list(Field("item", .int64)))), .list([.list([.integer(1)]), .list([])]), "[[1],[]]"),
            (
                .structure([Field("a", .int64), Field("b", .utf8)]), .structure([.integer(1), .null]),
                #"{"a":1,"b":null}"#
            ),
            (.dictionary(index: .int32, value: .utf8), .text("red"), "red"),
        ]
        for (type, value, expected) in cases {
            var builder = try RecordBatchBuilder(schema: Schema([Field("c", type)]))
            builder.append(value, to: 0)
            builder.append(Value.null, to: 0)
            builder.append(value, to: 0)
            let column = try builder.finish().column(0)
            #expect((0..<3).map { column.text(at: $0) } == [expected, nil, expected], "\(type)")
            #expect(column.nullCount == 1)
        }
    }

    @Test("a column without nulls has no bitmap") func noBitmap() throws {
        var builder = try RecordBatchBuilder(schema: Schema([Field("n", .int64)]))
        builder.append(1, to: 0)
        let column = try builder.finish().column(0)
        #expect(column.nullCount == 0)
        #expect(column.nodes.validity(.int64) == nil)
    }

    @Test("a builder is empty after a batch, and the batches are independent") func reuse() throws {
        var builder = try RecordBatchBuilder(
            schema: Schema([Field("s", .utf8), Field("e", .dictionary(index: .int32, value: .utf8))])
        )
        var batches: [RecordBatch] = []
        for round in 0..<5 {
            for row in 0..<(round * 1_000) {
                builder.append("r\(round)-\(row)", to: 0)
                builder.append(row % 2 == 0 ? "even" : "odd", to: 1)
            }
            #expect(builder.count == round * 1_000)
            batches.append(try builder.finish())
            #expect(builder.count == 0)
        }
        for (round, batch) in batches.enumerated() {
            #expect(batch.count == round * 1_000)
            if batch.count > 0 {
                #expect(batch.column(0).string(at: batch.count - 1) == "r\(round)-\(batch.count - 1)")
                #expect(batch.column(1).string(at: 1) == "odd")
                #expect(batch.column(1).dictionaryValues?.count == 2)
            }
        }
    }

    @Test("a copy of a builder goes its own way") func copies() throws {
        var first = try RecordBatchBuilder(schema: Schema([Field("l", .list(Field("item", .utf8)))]))
        first.append(["a"], to: 0)
        var second = first
        first.append(["b"], to: 0)
        second.append(["c", "d"], to: 0)
        #expect(try first.finish().column(0).strings(at: 1) == ["b"])
        #expect(try second.finish().column(0).strings(at: 1) == ["c", "d"])
    }

    @Test(
        "what does not fit its column is an error that says where",
        arguments: [
            (DataType.int8, Value.integer(128)), (.uint32, .integer(-1)), (.int64, .text("1")), (.utf8, .integer(1)),
            (.bool, .text("true")), (.decimal128(precision: 4, scale: 1), .text("1.25")),
            (.decimal128(precision: 4, scale: 1), .text("12345")), (.decimal128(precision: 4, scale: 1), .text("x")),
            (.timestamp(.nanosecond, timezone: nil), .timestamp(Timestamp(seconds: .max))), (.float64, .text("1")),
            (.list(Field("item", .int64)), .list([.text("a")])), (.structure([Field("a", .int64)]), .structure([])),
            (.dictionary(index: .int32, value: .utf8), .integer(1)),
        ]
    )
    func refused(type: DataType, value: Value) throws {
        var builder = try RecordBatchBuilder(schema: Schema([Field("ok", .int64), Field("c", type)]))
        builder.append(1, to: 0)
        builder.append(value, to: 1)
        let error = #expect(throws: ArrowError.self) { try builder.finish() }
        #expect(error?.code == .invalidValue)
        #expect(error?.location?.isEmpty == false)
        // The builder is usable again.
        builder.append(1, to: 0)
        builder.appendNull(to: 1)
        #expect(try builder.finish().count == 1)
    }

    @Test("columns of different lengths are an error") func uneven() throws {
        var builder = try RecordBatchBuilder(schema: Schema([Field("a", .int64), Field("b", .int64)]))
        builder.append(1, to: 0)
        let error = #expect(throws: ArrowError.self) { try builder.finish() }
        #expect(error?.code == .lengthMismatch)
        #expect(error?.location == "b")
    }

    @Test(
        "types that cannot be built are refused at once",
        arguments: [DataType.utf8View, .float16, .interval(.months)]
    )
    func unsupported(type: DataType) {
        let error = #expect(throws: ArrowError.self) { try RecordBatchBuilder(schema: Schema([Field("c", type)])) }
        #expect(error?.code == .unsupported)
    }

    @Test("a builder without rows makes an empty batch") func empty() throws {
        var builder = try RecordBatchBuilder(
            schema: Schema([Field("s", .utf8), Field("l", .list(Field("item", .int64))), Field("n", .null)])
        )
        let batch = try builder.finish()
        #expect(batch.count == 0)
        #expect(batch.columns.allSatisfy { $0.count == 0 && $0.nullCount == 0 })
    }

    @Test(
        "random rows survive building, slicing and a stream",
        arguments: [1 as UInt64, 2, 3, UInt64.random(in: 4 ... .max)]
    )
    func random(seed: UInt64) throws {
        print("seed \(seed)")
        var random = SplitMix(state: seed)
        let schema = Schema([
            Field("n", .int64), Field("s", .utf8), Field("l", .list(Field("item", .utf8))), Field("b", .bool),
        ])
        var builder = try RecordBatchBuilder(schema: schema)
        var expected: [[String?]] = []
        let batches = try (0..<4).map { _ in
            for _ in 0..<Int.random(in: 0...200, using: &random) {
                let number = Bool.random(using: &random) ? Int64.random(in: .min ... .max, using: &random) : nil
                let text =
                    Bool.random(using: &random)
                    ? String(repeating: "é☃x", count: Int.random(in: 0...5, using: &random)) : nil
                let list =
                    Bool.random(using: &random) ? (0..<Int.random(in: 0...3, using: &random)).map { "e\($0)" } : nil
                let flag = Bool.random(using: &random) ? Bool.random(using: &random) : nil
                builder.append(number, to: 0)
                builder.append(text, to: 1)
                builder.append(list, to: 2)
                builder.append(flag, to: 3)
                expected.append([
                    number.map { "\($0)" }, text,
                    list.map { "[" + $0.map { "\"\($0)\"" }.joined(separator: ",") + "]" },
                    flag.map { "\($0)" },
                ])
            }
            return try builder.finish()
        }
        // Cut into slices of random length, and through the C stream interface.
        var slices: [RecordBatch] = []
        for batch in batches {
            var start = 0
            while start < batch.count {
                let count = Int.random(in: 1...(batch.count - start), using: &random)
                slices.append(batch.slice(from: start, count: count))
                start += count
            }
        }
        let reader = try ArrowStreamReader(ArrowStream(schema: schema, batches: slices))
        var read: [[String?]] = []
        while let batch = try reader.next() {
            for row in 0..<batch.count { read.append(batch.columns.map { $0.text(at: row) }) }
        }
        #expect(read == expected)
    }
}

/// A small random generator that starts where it is told.
struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
