// A source for tests: a folder of Parquet files named after raw tables, read as a whole snapshot.

import ADBC
import Arrow
import Foundation
import LyceumSources

@testable import LyceumPipeline

struct ParquetFolderSource: Source {
    let name: String
    let kind = "files"
    let folder: URL
    let tables: [Contract]

    func datasets() async throws -> [Dataset] {
        tables.filter { FileManager.default.fileExists(atPath: file($0.table)) }.map {
            Dataset(table: $0.table, key: $0.key, columns: $0.columns, mode: .snapshot)
        }
    }

    func extract(_ request: ExtractRequest, into sink: any ExtractSink) async throws -> Extraction {
        let database = try Database(driver: try Driver.load("duckdb"), options: ["path": ":memory:"])
        let connection = try await database.connect()
        let rows = try await connection.query("SELECT * FROM read_parquet('\(file(request.dataset.table))')")
        let count = try await sink.write(rows)
        request.onProgress(count)
        return Extraction(rows: count, isComplete: true)
    }

    func check() async -> [SourceFinding] { [] }
    func close() async {}

    private func file(_ table: String) -> String { folder.appending(path: table + ".parquet").path }
}
