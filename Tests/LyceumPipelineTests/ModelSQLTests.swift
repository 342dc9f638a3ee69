// References in model SQL, and the order of models.

import Foundation
import LyceumCore
import Testing

@testable import LyceumPipeline

@Test("References are found and replaced")
func referencesAreReplaced() {
    let sql = ModelSQL("select * from ref('students') s join source( 'oracle_courses' ) using (id), seed('skills')")
    #expect(sql.references.map(\.name) == ["students", "oracle_courses", "skills"])
    #expect(
        sql.replacing { "\($0.kind.rawValue)/\($0.name)" }
            == "select * from ref/students s join source/oracle_courses using (id), seed/skills"
    )
}

@Test(
    "Text that only looks like a reference is left alone",
    arguments: [
        "select 'ref(''students'')'", "select 1 -- ref('students')\n", "select /* ref('students') */ 1",
        "select \"ref('students')\" from t", "select xref('students')", "select main.ref('students')",
        "select ref(students)",
        "select 'it''s ref(''a'')'",
    ]
)
func lookalikesAreLeft(text: String) {
    let sql = ModelSQL(text)
    #expect(sql.references.isEmpty)
    #expect(sql.replacing { _ in "X" } == text)
}

private func model(_ name: String, _ sql: String, yaml: String = "") throws -> ModelDefinition {
    try ModelDefinition(name: name, zone: .clean, sql: sql, yaml: "table: \(name)\n" + yaml, file: "clean/\(name).yml")
}

private func project(_ models: [ModelDefinition]) throws -> Project {
    try Project(definitions: models, sourceTables: [], prelude: "", seeds: [:], seedVersions: [:])
}

@Test("Models stand after everything they read, relationship tests included")
func modelsAreOrdered() throws {
    let models = try [
        model("a", "select * from ref('c')"),
        model("b", "select 1 as id", yaml: "columns:\n- name: id\n  tests:\n  - relationships: {to: a, column: id}\n"),
        model("c", "select 1 as id"),
    ]
    #expect(try project(models).models.map(\.name) == ["c", "a", "b"])
}

@Test("A circle of references is refused with its members")
func circlesAreRefused() throws {
    let models = try [model("a", "select * from ref('b')"), model("b", "select * from ref('a')")]
    let error = #expect(throws: PipelineError.self) { try project(models) }
    #expect(error?.code == .badModel)
    #expect(error?.message.contains("a, b") == true)
}

@Test("A reference to nothing suggests the nearest name")
func unknownReferences() throws {
    let models = try [model("students", "select 1 as id"), model("b", "select * from ref('student')")]
    let error = #expect(throws: PipelineError.self) { try project(models) }
    #expect(error?.message == "ref('student') does not exist; did you mean 'students'?")
    #expect(error?.location == "clean/b")
}

@Test(
    "Selectors reach down and up",
    arguments: [("b", ["b"]), ("b+", ["b", "c"]), ("+b", ["a", "b"]), ("+b+", ["a", "b", "c"])]
)
func selectors(selector: String, names: [String]) throws {
    let models = try [
        model("a", "select 1 as id"), model("b", "select * from ref('a')"), model("c", "select * from ref('b')"),
        model("d", "select 1 as id"),
    ]
    #expect(try project(models).select([selector]) == Set(names))
}

@Test("Selecting an unknown model fails")
func unknownSelector() throws {
    let models = try [model("students", "select 1 as id")]
    #expect(throws: PipelineError.self) { try project(models).select(["studnets"]) }
}

@Test(
    "Faults in a model's YAML are told with their line",
    arguments: [
        ("colums: []\n", "x.yml:2", "unknown key 'colums'; did you mean 'columns'?"),
        ("columns:\n- name: id\n  tests:\n  - not_nul\n", "x.yml:3", "unknown test 'not_nul'"),
        ("columns:\n- name: id\n  tests:\n  - range: {}\n", "x.yml:3", "neither min nor max"),
        ("columns:\n- name: id\n  pii: secret\n", "x.yml:4", "must be one of none, indirect, direct, education"),
        (
            "columns:\n- name: id\n  tests:\n  - range: {min: 0, maximum: 4}\n", "x.yml:5",
            "unknown key 'test.range.maximum'"
        ),
        ("grain: oracle_students\n", "x.yml:2", "which the model does not read"),
    ]
)
func yamlFaults(yaml: String, location: String, message: String) throws {
    let error = #expect(throws: PipelineError.self) {
        try ModelDefinition(name: "x", zone: .clean, sql: "select 1 as id", yaml: "table: x\n" + yaml, file: "x.yml")
    }
    #expect(error?.message.contains(message) == true, "\(error.map { "\($0)" } ?? "")")
    #expect(error?.location?.hasPrefix("x.yml") == true)
}
