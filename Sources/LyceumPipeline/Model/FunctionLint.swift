// Finds calls in models that not every engine understands.

import LyceumCore

/// An SQL text of a model, and where it stands.
struct ModelStatement: Sendable, Hashable {
    /// The file below the folder of models, such as `curated/course.sql`.
    let file: String
    /// The line of the text's first line, from 1.
    let line: Int
    let sql: String
}

/// A call that is not in the shared set.
struct FunctionFinding: Sendable, Hashable, CustomStringConvertible {
    /// `Models/curated/course.sql:12`.
    let location: String
    /// What is wrong with it, and what to do.
    let complaint: String

    var description: String { "\(location): \(complaint)" }
}

extension Project {
    /// The calls of all models, in their SELECTs and in the SQL of their tests, that are not in the shared set; none for a
    /// project without a prelude for Spark, which is meant for the embedded engine.
    ///
    /// - Throws: ``PipelineError`` with code `badModel` for SQL whose brackets or quotes do not match, and for preludes that
    ///   do not define the same macros.
    func functionFindings() throws(PipelineError) -> [FunctionFinding] {
        guard !sparkPrelude.isEmpty else { return [] }
        let shared = try SharedFunctions(duckDB: prelude, spark: sparkPrelude)
        var findings: [FunctionFinding] = []
        for statement in models.flatMap(\.statements) {
            let calls: [SQLCall]
            do {
                calls = try SQLCall.calls(in: statement.sql)
            } catch {
                throw PipelineError(.badModel, error.message, location: "Models/\(statement.file)")
            }
            findings += calls.compactMap { call in
                shared.complaint(of: call).map {
                    FunctionFinding(
                        location: "Models/\(statement.file):\(statement.line + call.line - 1)",
                        complaint: $0
                    )
                }
            }
        }
        return findings
    }

    /// Refuses models that Spark would not understand.
    ///
    /// - Throws: ``PipelineError`` with code `badModel`, with file and line of each call.
    func requireSharedFunctions() throws(PipelineError) {
        let findings = try functionFindings()
        guard let first = findings.first else { return }
        let others = findings.dropFirst().map { "\n\($0)" }.joined()
        throw PipelineError(.badModel, first.complaint + others, location: first.location)
    }
}
