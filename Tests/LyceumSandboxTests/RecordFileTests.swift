// Pages of records cut out of a file.

import Foundation
import Testing

@testable import LyceumSandbox

@Suite("A file of records")
struct RecordFileTests {
    private func file(_ text: String) throws -> RecordFile {
        let url = try SampleCampus.temporaryFolder().appending(path: "records.ndjson")
        try Data(text.utf8).write(to: url)
        return try RecordFile(url)
    }

    @Test(
        "A page holds the records asked for, between commas",
        arguments: [
            (0, 2, "[{\"a\":1},{\"a\":22}]"), (1, 1, "[{\"a\":22}]"), (2, 20, "[{}]"),
            (0, 3, "[{\"a\":1},{\"a\":22},{}]"),
            (3, 5, "[]"), (99, 5, "[]"), (0, 0, "[]"),
        ]
    )
    func pages(offset: Int, limit: Int, expected: String) throws {
        for ending in ["\n", ""] {
            let records = try file("{\"a\":1}\n{\"a\":22}\n{}" + ending)
            #expect(String(buffer: records.page(offset: offset, limit: limit)) == "{\"total\":3,\"data\":\(expected)}")
        }
    }

    @Test("An empty file has no records, and a missing one is an error that says what to do")
    func empty() throws {
        let records = try file("")
        #expect(records.count == 0)
        #expect(String(buffer: records.page(offset: 0, limit: 20)) == "{\"total\":0,\"data\":[]}")
        let error = #expect(throws: SandboxError.self) { try RecordFile(URL(filePath: "/nonexistent/records.ndjson")) }
        #expect(error?.code == .files)
    }
}
