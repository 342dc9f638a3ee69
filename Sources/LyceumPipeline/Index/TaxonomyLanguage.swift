// What the taxonomy says of the language of jobs: names of skills, and titles that mean the same occupation.

import Foundation
import LyceumLake
import LyceumSearch

/// Reads synonyms and phrases for the search snapshot out of the taxonomy.
///
/// - Every name of a skill in two to eight words is a phrase.
/// - A skill's names find each other (`NLP`, `natural language processing`); a name that is also an ordinary word finds
///   the others but is not found by them.
/// - A job title of one occupation only finds the occupation's own title (`RN` finds `Registered Nurses`), not the
///   other way round: an occupation has fifty such titles on average.
struct TaxonomyLanguage {
    let engine: any Engine
    let seeds: [String: URL]

    /// What a skill's other name and an occupation's title count beside the words typed.
    private static let skillWeight: Float = 0.8
    private static let titleWeight: Float = 0.4

    /// Which tables of the taxonomy are read.
    static let tables = ["skill_phrases", "occupation_titles", "occupations"]

    /// Nothing for a project without a taxonomy.
    func resources() async throws -> LanguageResources {
        guard Self.tables.contains(where: { seeds[$0] != nil }) else { return LanguageResources() }
        return LanguageResources(
            synonyms: try await skillNames() + titles(),
            phrases: try await texts(
                "SELECT DISTINCT phrase FROM \(try scan("skill_phrases")) WHERE token_count BETWEEN 2 AND 8 ORDER BY 1"
            ).map { $0[0] }
        )
    }

    private func skillNames() async throws -> [SynonymRule] {
        // A name is ambiguous when it means a skill only near others or in one spelling, and when two skills have it.
        let rows = try await texts(
            """
            SELECT s.skill_id, s.phrase, CAST(bool_or(s.match_case OR s.needs_context) OR any_value(n.skills) > 1 AS VARCHAR)
            FROM \(try scan("skill_phrases")) s
            JOIN (
                SELECT lower(phrase) AS name, count(DISTINCT skill_id) AS skills
                FROM \(try scan("skill_phrases")) GROUP BY 1
            ) n ON n.name = lower(s.phrase)
            GROUP BY s.skill_id, s.phrase ORDER BY s.skill_id, s.phrase
            """
        )
        var rules: [SynonymRule] = []
        for group in Self.groups(rows) where group.count > 1 {
            for row in group {
                let others = group.filter { $0[1] != row[1] && $0[2] == "false" }.map { $0[1] }
                if !others.isEmpty { rules.append(SynonymRule(row[1], others, weight: Self.skillWeight)) }
            }
        }
        return rules
    }

    private func titles() async throws -> [SynonymRule] {
        try await texts(
            """
            SELECT t.title_key, any_value(o.occupation)
            FROM \(try scan("occupation_titles")) t
            JOIN \(try scan("occupations")) o USING (occupation_code)
            WHERE t.token_count <= 6
            GROUP BY t.title_key
            HAVING count(DISTINCT t.occupation_code) = 1 AND NOT contains(any_value(o.occupation), 'All Other')
            ORDER BY t.title_key
            """
        ).map { SynonymRule($0[0], [$0[1]], weight: Self.titleWeight) }
    }

    private func scan(_ seed: String) throws -> String {
        guard let url = seeds[seed] else {
            throw PipelineError(.notFound, "the taxonomy has no table \(seed), which the search index is built with")
        }
        return engine.parquetScan([DataFile(url)])
    }

    /// The rows of a query whose columns are all texts.
    private func texts(_ sql: String) async throws -> [[String]] {
        var texts: [[String]] = []
        for try await batch in try await engine.query(sql, []) {
            let columns = batch.columns
            for row in 0..<batch.count { texts.append(columns.map { $0.text(at: row) ?? "" }) }
        }
        return texts
    }

    /// Consecutive rows with the same first text.
    private static func groups(_ rows: [[String]]) -> [[[String]]] {
        var groups: [[[String]]] = []
        for row in rows {
            if groups.last?.first?[0] == row[0] { groups[groups.count - 1].append(row) } else { groups.append([row]) }
        }
        return groups
    }
}
