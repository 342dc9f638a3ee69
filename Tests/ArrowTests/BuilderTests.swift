// What is built can be read back.

import Arrow
import Testing

@Suite struct BuilderTests {
    @Test("integers are read back") func integers() throws {
        var builder = try RecordBatchBuilder(schema: Schema([Field("n", .int64)]))
        builder.append(5, to: 0)
        builder.appendNull(to: 0)
        let batch = try builder.finish()
        #expect(batch.column(0).integer(at: 0) == 5)
        #expect(batch.column(0).isNull(1))
    }
}
