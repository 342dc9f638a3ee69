// Cutting SQL text into statements and faults.

import Testing

@testable import LyceumSandbox

@Suite("The SQL of a campus")
struct CampusScriptTests {
    @Test("Statements end with a semicolon at the end of a line, and comments are left out")
    func statements() {
        let text = "-- a; comment;\nSELECT 1;\nSELECT ';' AS x,\n  2;\n\n-- end\nSELECT 3"
        #expect(CampusScript.statements(text) == ["SELECT 1", "SELECT ';' AS x,\n  2", "SELECT 3"])
    }

    @Test("A fault has a table, a kind, a meaning, perhaps a change, and a count")
    func faults() throws {
        let text =
            "-- head\n-- dirt: t | k | what | it is\nUPDATE t SET a = 1;\nSELECT 1;\n\n-- dirt: t | real | there\nSELECT 2;\n"
        #expect(
            try CampusScript.dirtSteps(text, file: "f") == [
                DirtStep(
                    table: "t",
                    kind: "k",
                    meaning: "what | it is",
                    change: "UPDATE t SET a = 1",
                    count: "SELECT 1"
                ),
                DirtStep(table: "t", kind: "real", meaning: "there", change: nil, count: "SELECT 2"),
            ]
        )
    }

    @Test(
        "A block that is not a fault is an error that names the file",
        arguments: ["-- dirt: t | k\nSELECT 1;\n", "-- dirt: t | k | m\n", "-- dirt: t | k | m\nA;\nB;\nC;\n"]
    )
    func malformed(text: String) {
        let error = #expect(throws: SandboxError.self) { try CampusScript.dirtSteps(text, file: "faults.sql") }
        #expect(error?.code == .resources)
        #expect(error?.location == "faults.sql")
    }

    @Test("Every fault of the package has a name of its own in its table")
    func names() throws {
        let resources = try CampusResources.bundled()
        let steps = try CampusResources.faults.flatMap { try CampusScript.dirtSteps(try resources.text($0), file: $0) }
        #expect(Set(steps.map { $0.table + " " + $0.kind }).count == steps.count)
        #expect(Set(steps.map(\.table)).isSubset(of: CampusBuilder.tables.map(\.raw)))
    }
}
