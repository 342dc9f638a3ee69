// A real embedded engine for tests, and rows written as SQL.

import ADBC
import Arrow
import Foundation
import LyceumCore
import LyceumLake
import Testing

@testable import LyceumPipeline

/// A folder of a test's own, removed afterwards.
func withTemporaryFolder<Result>(_ body: (URL) async throws -> Result) async throws -> Result {
    let folder = URL(filePath: NSTemporaryDirectory()).appending(path: "lyceum-test-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    return try await body(folder)
}

extension DuckDBEngine {
    static func forTest(prelude: String = "", keys: [DataKey]? = nil) async throws -> DuckDBEngine {
        try await DuckDBEngine(
            limits: Limits(memory: "512MB", threads: 2),
            spill: URL(filePath: NSTemporaryDirectory()).appending(path: "lyceum-spill-\(UUID().uuidString)"),
            prelude: prelude,
            encryption: keys
        )
    }

    /// A query's rows as text, columns joined by `|`, NULL as `-`.
    func rows(_ sql: String) async throws -> [String] {
        var result: [String] = []
        for try await batch in try await query(sql, []) {
            for row in 0..<batch.count {
                let values = (0..<batch.schema.fields.count).map { batch.column($0).text(at: row) ?? "-" }
                result.append(values.joined(separator: "|"))
            }
        }
        return result
    }
}
