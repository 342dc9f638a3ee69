// Failures as people and scripts meet them.

import Foundation
import Testing

@testable import lyceum

@Suite("Failures")
struct FailureTests {
    private let failure = Failure(
        .configuration,
        code: "badConfiguration",
        message: "unknown key 'lakes'; did you mean 'lake'?",
        location: "lyceum.yaml:3",
        causes: ["the file says so"],
        remedy: "correct the key"
    )

    @Test("print as one block: what, where, why, what to do")
    func block() {
        #expect(
            failure.lines(width: 80, style: .plain) == [
                "  error: unknown key 'lakes'; did you mean 'lake'?",
                "     at: lyceum.yaml:3",
                "because: the file says so",
                "     do: correct the key",
            ]
        )
    }

    @Test("wrap to the terminal under their label")
    func wrapped() {
        let lines = Failure(code: "x", message: "one two three four five six").lines(width: 30, style: .plain)
        #expect(lines == ["  error: one two three four", "         five six"])
    }

    @Test("print as one JSON object for scripts")
    func json() throws {
        let object = try #require(try JSONSerialization.jsonObject(with: Data(failure.json.utf8)) as? [String: Any])
        let error = try #require(object["error"] as? [String: Any])
        #expect(error["code"] as? String == "badConfiguration")
        #expect(error["location"] as? String == "lyceum.yaml:3")
        #expect(error["exit_code"] as? Int == 78)
        #expect(!failure.json.contains("\n"))
    }

    @Test("after Ctrl-C say that nothing half-done was published, with status 130")
    func interrupted() {
        let failure = Failure(CancellationError(), interrupted: true)
        #expect(failure.status == .interrupted)
        #expect(failure.message.contains("nothing half-done"))
    }
}
