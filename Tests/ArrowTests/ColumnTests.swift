// Every layout is read, from arrays made by hand.

import Testing

@testable import Arrow

@Suite struct ColumnTests {
    @Test("offsets and nulls are honoured, counted or not", arguments: [-1, 2])
    func offsets(nullCount: Int) throws {
        let column = try Handmade.column(
            .int64,
            Handmade(
                length: 3,
                offset: 2,
                nullCount: nullCount,
                buffers: [
                    Handmade.bits([true, true, false, true, false]),
                    Handmade.bytes([10, 20, 30, 40, 50] as [Int64]),
                ]
            )
        )
        #expect((0..<3).map { column.integer(at: $0) } == [nil, 40, nil])
        #expect(column.nullCount == 2)
        let view = try column.values(as: Int64.self)
        #expect(view.value(at: 1) == 40)
        #expect(view.withUnsafeBuffer { Array($0) } == [30, 40, 50])
        #expect(column.slice(from: 1, count: 1).integer(at: 0) == 40)
        #expect(column.slice(from: 1, count: 2).nullCount == 1)
    }

    @Test("an offset of the batch reaches its columns") func batchOffset() throws {
        var array = Handmade(
            length: 2,
            offset: 1,
            buffers: [nil],
            children: [Handmade(length: 4, offset: 1, buffers: [nil, Handmade.bytes([1, 2, 3, 4, 5] as [Int32])])]
        ).make()
        let batch = try RecordBatch(importing: &array, schema: Schema([Field("n", .int32)]))
        #expect((0..<2).map { batch.column(0).integer(at: $0) } == [3, 4])
        #expect(batch.slice(from: 1, count: 1).column(0).integer(at: 0) == 4)
    }

    @Test("misaligned buffers are read") func misaligned() throws {
        var wide = Handmade(length: 2, buffers: [nil, Handmade.bytes([5, -6] as [Int128])])
        wide.isMisaligned = true
        let decimals = try Handmade.column(.decimal128(precision: 10, scale: 1), wide)
        #expect(decimals.text(at: 0) == "0.5")
        #expect(decimals.text(at: 1) == "-0.6")
        var texts = Handmade(length: 2, buffers: [nil, Handmade.bytes([0, 1, 3] as [Int32]), Array("abc".utf8)])
        texts.isMisaligned = true
        #expect(try Handmade.column(.utf8, texts).utf8()[1] == "bc")
    }

    @Test(
        "integers of every width",
        arguments: [DataType.int8, .int16, .int32, .int64, .uint8, .uint16, .uint32, .uint64]
    )
    func integers(type: DataType) throws {
        func buffer() -> [UInt8] {
            switch type {
            case .int8: Handmade.bytes([Int8.min, 7])
            case .int16: Handmade.bytes([Int16.min, 7])
            case .int32: Handmade.bytes([Int32.min, 7])
            case .int64: Handmade.bytes([Int64.min, 7])
            case .uint8: Handmade.bytes([UInt8.max, 7])
            case .uint16: Handmade.bytes([UInt16.max, 7])
            case .uint32: Handmade.bytes([UInt32.max, 7])
            default: Handmade.bytes([UInt64.max, 7])
            }
        }
        let expected: [DataType: String] = [
            .int8: "-128", .int16: "-32768", .int32: "-2147483648", .int64: "-9223372036854775808", .uint8: "255",
            .uint16: "65535", .uint32: "4294967295", .uint64: "18446744073709551615",
        ]
        let column = try Handmade.column(type, Handmade(length: 2, buffers: [nil, buffer()]))
        #expect(column.text(at: 0) == expected[type])
        #expect(column.integer(at: 0) == (type == .uint64 ? nil : Int64(expected[type] ?? "")))
        #expect(column.integer(at: 1) == 7)
        #expect(column.double(at: 1) == 7)
        #expect(column.decimal(at: 0)?.description == expected[type])
    }

    @Test("half precision") func half() throws {
        let bits: [UInt16] = [0x3C00, 0xC000, 0x0001, 0x7C00, 0x7E00, 0x3555]
        let column = try Handmade.column(.float16, Handmade(length: 6, buffers: [nil, Handmade.bytes(bits)]))
        #expect(column.double(at: 0) == 1)
        #expect(column.double(at: 1) == -2)
        #expect(column.double(at: 2) == 5.960464477539063e-08)
        #expect(column.double(at: 3) == .infinity)
        #expect(column.double(at: 4)?.isNaN == true)
        #expect(column.double(at: 5) == 0.333251953125)
    }

    @Test("text with 64-bit offsets, and binary of one width") func otherWidths() throws {
        let large = Handmade(length: 2, buffers: [nil, Handmade.bytes([0, 2, 3] as [Int64]), Array("éx".utf8)])
        #expect(try Handmade.column(.largeUtf8, large).utf8()[0] == "é")
        let fixed = Handmade(length: 2, offset: 1, buffers: [nil, [1, 2, 3, 4, 5, 6]])
        let column = try Handmade.column(.fixedSizeBinary(2), fixed)
        #expect(try column.binary()[1] == [5, 6])
        #expect(column.text(at: 0) == "0304")
    }

    @Test("text in views, short and long, in several buffers") func views() throws {
        func view(_ text: String, buffer: Int32, at offset: Int32) -> [UInt8] {
            let bytes = Array(text.utf8)
            var view = Handmade.bytes([Int32(bytes.count)])
            if bytes.count <= 12 { return view + bytes + [UInt8](repeating: 0, count: 12 - bytes.count) }
            view += bytes.prefix(4)
            return view + Handmade.bytes([buffer, offset])
        }
        let long = "a text longer than twelve bytes"
        let views =
            view("short", buffer: 0, at: 0) + view("exactly 12 b", buffer: 0, at: 0)
            + view(long, buffer: 1, at: 3) + view("", buffer: 0, at: 0)
        let sizes = Handmade.bytes([Int64(1), Int64(long.utf8.count + 3)])
        let column = try Handmade.column(
            .utf8View,
            Handmade(length: 4, buffers: [nil, views, [0], Array(("xyz" + long).utf8), sizes])
        )
        let read = try column.utf8()
        #expect((0..<4).map { read[$0] } == ["short", "exactly 12 b", long, ""])
        #expect(read.withUTF8(at: 2) { $0.count } == long.utf8.count)
    }

    @Test("bytes that are not UTF-8 do not crash") func invalidUTF8() throws {
        let column = try Handmade.column(
            .utf8,
            Handmade(length: 1, buffers: [nil, Handmade.bytes([0, 2] as [Int32]), [0x66, 0xFF]])
        )
        #expect(try column.utf8()[0] == "f\u{FFFD}")
    }

    @Test("a 256-bit decimal is printed exactly") func decimal256() throws {
        let minusOne = [UInt64](repeating: .max, count: 4)
        let big: [UInt64] = [0, 0, 1, 0]  // 2^128
        let column = try Handmade.column(
            .decimal256(precision: 50, scale: 2),
            Handmade(length: 2, buffers: [nil, Handmade.bytes(minusOne + big)])
        )
        #expect(column.text(at: 0) == "-0.01")
        #expect(column.text(at: 1) == "3402823669209384634633746074317682114.56")
    }

    @Test("dates in days and in milliseconds, before 1970 too") func dates() throws {
        let days = try Handmade.column(
            .date32,
            Handmade(length: 3, buffers: [nil, Handmade.bytes([0, -1, 19_782] as [Int32])])
        )
        #expect((0..<3).map { days.text(at: $0) } == ["1970-01-01", "1969-12-31", "2024-02-29"])
        let milliseconds = try Handmade.column(
            .date64,
            Handmade(length: 2, buffers: [nil, Handmade.bytes([-1, 86_400_000] as [Int64])])
        )
        #expect((0..<2).map { milliseconds.text(at: $0) } == ["1969-12-31", "1970-01-02"])
        #expect(milliseconds.timestamp(at: 1) == Timestamp(seconds: 86_400, isInstant: false))
    }

    @Test("times and durations") func times() throws {
        let time = try Handmade.column(
            .time32(.millisecond),
            Handmade(length: 1, buffers: [nil, Handmade.bytes([86_399_500] as [Int32])])
        )
        #expect(time.text(at: 0) == "23:59:59.5")
        let duration = try Handmade.column(
            .duration(.millisecond),
            Handmade(length: 2, buffers: [nil, Handmade.bytes([1_500, -20] as [Int64])])
        )
        #expect((0..<2).map { duration.text(at: $0) } == ["PT1.5S", "PT-0.02S"])
    }

    @Test("lists of every kind, nested and sliced") func lists() throws {
        let numbers = Handmade(length: 5, buffers: [nil, Handmade.bytes([1, 2, 3, 4, 5] as [Int32])])
        let item = Field("item", .int32)
        let large = try Handmade.column(
            .largeList(item),
            Handmade(
                length: 2,
                offset: 1,
                buffers: [Handmade.bits([true, false, true]), Handmade.bytes([0, 2, 2, 5] as [Int64])],
                children: [numbers]
            )
        )
        #expect((0..<2).map { large.json(at: $0) } == ["null", "[3,4,5]"])
        let fixed = try Handmade.column(
            .fixedSizeList(item, 2),
            Handmade(length: 1, offset: 1, buffers: [nil], children: [numbers])
        )
        #expect(fixed.json(at: 0) == "[3,4]")
        let inner = Handmade(length: 2, buffers: [nil, Handmade.bytes([0, 2, 5] as [Int32])], children: [numbers])
        let outer = try Handmade.column(
            .list(Field("item", .list(item))),
            Handmade(length: 1, buffers: [nil, Handmade.bytes([0, 2] as [Int32])], children: [inner])
        )
        #expect(outer.json(at: 0) == "[[1,2],[3,4,5]]")
        let view = try outer.lists()
        #expect(view[0]?.count == 2)
        #expect(try view[0]?.lists().values.integer(at: 4) == 5)
    }

    @Test("structs with an offset of their own, and null structs") func structs() throws {
        let fields = [Field("a", .int32), Field("b", .utf8)]
        let column = try Handmade.column(
            .structure(fields),
            Handmade(
                length: 2,
                offset: 1,
                buffers: [Handmade.bits([true, true, false])],
                children: [
                    Handmade(length: 3, buffers: [nil, Handmade.bytes([1, 2, 3] as [Int32])]),
                    Handmade(
                        length: 3,
                        buffers: [nil, Handmade.bytes([0, 1, 3, 6] as [Int32]), Array("xyyzzz".utf8)]
                    ),
                ]
            )
        )
        #expect(column.json(at: 0) == #"{"a":2,"b":"yy"}"#)
        #expect(column.text(at: 1) == nil)
        #expect(try column.child(named: "b").string(at: 0) == "yy")
        #expect(try column.fields().count == 2)
        #expect(throws: ArrowError.self) { try column.child(named: "c") }
    }

    @Test("a dictionary with nulls in its indices and in its values", arguments: [DataType.int8, .uint16, .int64])
    func dictionary(index: DataType) throws {
        func indices() -> [UInt8] {
            switch index {
            case .int8: Handmade.bytes([2, 0, 1, 0] as [Int8])
            case .uint16: Handmade.bytes([2, 0, 1, 0] as [UInt16])
            default: Handmade.bytes([2, 0, 1, 0] as [Int64])
            }
        }
        let values = Handmade(
            length: 3,
            buffers: [Handmade.bits([true, false, true]), Handmade.bytes([0, 1, 1, 3] as [Int32]), Array("abc".utf8)]
        )
        let column = try Handmade.column(
            .dictionary(index: index, value: .utf8),
            Handmade(
                length: 4,
                buffers: [Handmade.bits([true, true, true, false]), indices()],
                dictionary: [values]
            )
        )
        let view = try column.utf8()
        #expect((0..<4).map { view[$0] } == ["bc", "a", nil, nil])
        #expect((0..<4).map { column.text(at: $0) } == ["bc", "a", nil, nil])
        #expect(column.json(at: 0) == "\"bc\"")
    }

    @Test("an index outside its dictionary reads as null") func wildIndex() throws {
        let values = Handmade(length: 1, buffers: [nil, Handmade.bytes([0, 1] as [Int32]), Array("a".utf8)])
        let column = try Handmade.column(
            .dictionary(index: .int32, value: .utf8),
            Handmade(length: 2, buffers: [nil, Handmade.bytes([7, -1] as [Int32])], dictionary: [values])
        )
        #expect(column.string(at: 0) == nil)
        #expect(column.string(at: 1) == nil)
    }

    @Test("unions, dense and sparse") func unions() throws {
        let fields = [Field("i", .int32), Field("s", .utf8)]
        let texts = Handmade(length: 2, buffers: [nil, Handmade.bytes([0, 1, 2] as [Int32]), Array("ab".utf8)])
        let dense = try Handmade.column(
            .union(isDense: true, typeCodes: [0, 5], fields: fields),
            Handmade(
                length: 3,
                buffers: [[5, 0, 5], Handmade.bytes([0, 0, 1] as [Int32])],
                children: [Handmade(length: 1, buffers: [nil, Handmade.bytes([9] as [Int32])]), texts]
            )
        )
        #expect((0..<3).map { dense.text(at: $0) } == ["a", "9", "b"])
        let sparse = try Handmade.column(
            .union(isDense: false, typeCodes: [0, 1], fields: fields),
            Handmade(
                length: 2,
                buffers: [[0, 1]],
                children: [Handmade(length: 2, buffers: [nil, Handmade.bytes([9, 8] as [Int32])]), texts]
            )
        )
        #expect((0..<2).map { sparse.json(at: $0) } == ["9", "\"b\""])
    }

    @Test("a column of nulls, and one of an unknown type") func nulls() throws {
        let nulls = try Handmade.column(.null, Handmade(length: 3, buffers: []))
        #expect(nulls.nullCount == 3)
        #expect(nulls.text(at: 1) == nil)
        let unknown = try Handmade.column(.other(format: "+r"), Handmade(length: 1, buffers: [nil]))
        #expect(unknown.text(at: 0) == nil)
        #expect(throws: ArrowError.self) { try unknown.values(as: Int64.self) }
    }

    @Test("a column read as what it is not says what it is") func mismatch() throws {
        let column = try Handmade.column(.int64, Handmade(length: 1, buffers: [nil, Handmade.bytes([1] as [Int64])]))
        let error = #expect(throws: ArrowError.self) { try column.utf8() }
        #expect(error?.code == .typeMismatch)
        #expect(error?.message.contains("int64") == true)
        #expect(throws: ArrowError.self) { try column.values(as: Double.self) }
        #expect(throws: ArrowError.self) { try column.lists() }
        #expect(column.string(at: 0) == nil)
        #expect(column.strings(at: 0) == nil)
        #expect(column.bool(at: 0) == nil)
    }

    @Test("a missing column says which there are") func missing() throws {
        var builder = try RecordBatchBuilder(schema: Schema([Field("a", .int64), Field("b", .int64)]))
        let batch = try builder.finish()
        let error = #expect(throws: ArrowError.self) { try batch.column(named: "c") }
        #expect(error?.code == .columnNotFound)
        #expect(error?.message.contains("a, b") == true)
    }

    @Test("arrays that break the interface are refused")
    func malformed() {
        let good = Handmade(length: 2, buffers: [nil, Handmade.bytes([1, 2] as [Int32])])
        let bad: [(DataType, Handmade)] = [
            (.int32, Handmade(length: 2, buffers: [nil])),
            (.int32, Handmade(length: 2, buffers: [nil, nil])),
            (.int32, Handmade(length: -1, buffers: [nil, [0]])),
            (.utf8, good),
            (.utf8View, Handmade(length: 1, buffers: [nil])),
            (.list(Field("item", .int32)), good),
            (.structure([Field("a", .int32)]), Handmade(length: 3, buffers: [nil], children: [good])),
            (.dictionary(index: .int32, value: .utf8), good),
            (.int32, Handmade(length: 2, buffers: [nil, [0]], children: [good])),
        ]
        for (type, array) in bad {
            let error = #expect(throws: ArrowError.self, "\(type)") { try Handmade.column(type, array) }
            #expect(error?.code == .malformed)
        }
        // A column shorter than its batch.
        var batch = Handmade(length: 3, buffers: [nil], children: [good]).make()
        #expect(throws: ArrowError.self) { try RecordBatch(importing: &batch, schema: Schema([Field("n", .int32)])) }
    }

    @Test("JSON escapes what it must, and knows no infinity") func json() throws {
        var builder = try RecordBatchBuilder(schema: Schema([Field("s", .utf8), Field("d", .float64)]))
        builder.append("a\"b\\c\n\u{1}☃", to: 0)
        builder.append(Double.infinity, to: 1)
        let batch = try builder.finish()
        #expect(batch.column(0).json(at: 0) == #""a\"b\\c\n\u0001☃""#)
        #expect(batch.column(1).json(at: 0) == "null")
        #expect(batch.column(1).text(at: 0) == "inf")
    }
}
