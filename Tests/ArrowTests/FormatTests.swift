// Types as format strings, and schemas through the C data interface.

import CArrow
import Testing

@testable import Arrow

@Suite struct FormatTests {
    static let types: [(DataType, String)] = [
        (.null, "n"), (.bool, "b"), (.int8, "c"), (.uint8, "C"), (.int16, "s"), (.uint16, "S"), (.int32, "i"),
        (.uint32, "I"), (.int64, "l"), (.uint64, "L"), (.float16, "e"), (.float32, "f"), (.float64, "g"),
        (.binary, "z"), (.largeBinary, "Z"), (.binaryView, "vz"), (.utf8, "u"), (.largeUtf8, "U"), (.utf8View, "vu"),
        (.decimal128(precision: 19, scale: 10), "d:19,10"), (.decimal128(precision: 5, scale: -2), "d:5,-2"),
        (.decimal32(precision: 7, scale: 3), "d:7,3,32"), (.decimal64(precision: 12, scale: 0), "d:12,0,64"),
        (.decimal256(precision: 70, scale: 9), "d:70,9,256"), (.fixedSizeBinary(42), "w:42"), (.date32, "tdD"),
        (.date64, "tdm"), (.time32(.second), "tts"), (.time32(.millisecond), "ttm"), (.time64(.microsecond), "ttu"),
        (.time64(.nanosecond), "ttn"), (.timestamp(.second, timezone: nil), "tss:"),
        (.timestamp(.millisecond, timezone: "UTC"), "tsm:UTC"),
        (.timestamp(.microsecond, timezone: "+02:00"), "tsu:+02:00"),
        (.timestamp(.nanosecond, timezone: "America/New_York"), "tsn:America/New_York"),
        (.duration(.second), "tDs"), (.duration(.nanosecond), "tDn"), (.interval(.months), "tiM"),
        (.interval(.dayTime), "tiD"), (.interval(.monthDayNano), "tin"), (.structure([]), "+s"),
    ]

    @Test("a type and its format string are read and written alike", arguments: types)
    func format(type: DataType, format: String) throws {
        #expect(type.format == format)
        #expect(try DataType(format: format) == type)
    }

    @Test(
        "a format without what it needs is refused",
        arguments: ["d:5", "d:a,b", "d:5,2,77", "w:", "w:-1", "w:x", "+l", "+w:3", "+ud:0,1"]
    )
    func malformed(format: String) {
        let error = #expect(throws: ArrowError.self) { try DataType(format: format) }
        #expect(error?.code == .malformed)
    }

    @Test("an unknown format is kept, not refused") func unknown() throws {
        #expect(try DataType(format: "zz:new") == .other(format: "zz:new"))
    }

    @Test("a schema survives the C data interface") func schema() throws {
        let nested: [DataType] = [
            .list(Field("item", .utf8)), .largeList(Field("item", .int32, isNullable: false)),
            .fixedSizeList(Field("item", .float32), 3),
            .structure([Field("a", .bool), Field("b", .list(Field("", .date32)))]),
            .map(
                Field("entries", .structure([Field("key", .utf8, isNullable: false), Field("value", .int64)])),
                keysSorted: true
            ),
            .dictionary(index: .int8, value: .utf8),
            .union(isDense: true, typeCodes: [0, 5], fields: [Field("i", .int32), Field("s", .utf8)]),
        ]
        let fields = (FormatTests.types.map(\.0) + nested).enumerated().map { index, type in
            Field(
                "c\(index)",
                type,
                isNullable: index % 2 == 0,
                metadata: index % 3 == 0 ? ["ключ": "☃", "b": ""] : [:]
            )
        }
        let schema = Schema(fields, metadata: ["origin": "test"])
        var out = ArrowSchema()
        schema.export(to: &out)
        defer { out.release?(&out) }
        #expect(try Schema(importing: &out) == schema)
    }

    @Test("a released schema is refused") func released() {
        var empty = ArrowSchema()
        #expect(throws: ArrowError.self) { try Schema(importing: &empty) }
    }

    @Test("of columns with one name the first is found") func duplicateNames() {
        let schema = Schema([Field("a", .int64), Field("b", .utf8), Field("a", .bool)])
        #expect(schema.index(of: "a") == 0)
        #expect(schema.index(of: "b") == 1)
        #expect(schema.index(of: "c") == nil)
    }
}
