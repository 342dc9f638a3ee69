// The bundled skill model on tricky texts, written as data: Tests/Fixtures/skills.json.

import ADBC
import Foundation
import LyceumCore
import LyceumLake
import Testing

@testable import LyceumPipeline

private struct SkillCase: Decodable {
    var text: String
    var skills: [String]
}

@Test("Skills are found as a reader would find them: C++ is not C, R&D is not R, go to is not Go")
func trickySkills() async throws {
    let fixture = URL(filePath: #filePath).deletingLastPathComponent()
        .appending(path: "../Fixtures/skills.json").standardizedFileURL
    let cases = try JSONDecoder().decode([SkillCase].self, from: Data(contentsOf: fixture))
    #expect(cases.count > 50)
    let project = try Project.bundled()
    let model = try #require(project.model("skill_mentions"))
    let engine = try await DuckDBEngine.forTest(prelude: project.prelude)
    for (name, url) in project.seeds {
        try await engine.execute(
            "CREATE VIEW \(EngineSchema.seed.table(name).sql) AS FROM \(engine.parquetScan([DataFile(url)]))"
        )
    }
    let values = cases.map { "(\(SQLText.literal($0.text)), NULL::VARCHAR)" }.joined(separator: ", ")
    for statement in [
        "CREATE TABLE ref.courses AS SELECT * FROM (VALUES \(values)) v(title, description)",
        "CREATE TABLE ref.job_postings (title VARCHAR, description VARCHAR)",
        "CREATE TABLE ref.workday_students (skills VARCHAR[])",
        "CREATE TABLE found AS \(ModelBuilder.resolve(model.sql))",
    ] {
        try await engine.execute(statement)
    }
    for skillCase in cases {
        let found = try await engine.texts(
            "SELECT skill FROM found WHERE text_key = text_key(\(SQLText.literal(skillCase.text))) ORDER BY skill"
        )
        #expect(found.sorted() == skillCase.skills.sorted(), "\(skillCase.text)")
    }
}
