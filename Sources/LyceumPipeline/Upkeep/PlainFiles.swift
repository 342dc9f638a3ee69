// Files from before a lake was encrypted, written anew.

import Foundation
import LyceumCore
import LyceumLake

/// What encrypting the plain files of a lake came to.
public struct PlainFilesEncrypted: Sendable, Codable {
    /// The run that wrote them; nil when there were none.
    public var run: String?
    /// How many files of each table.
    public var files: [String: Int]
}

extension Pipeline {
    /// Writes the plain current files of tables with data about people anew, encrypted, in one publication.
    ///
    /// The same rows, file by file; tables built from them stay up to date. The plain files go to history, from which
    /// `lyceum lake vacuum --keep 1` removes them.
    ///
    /// - Throws: `LakeError` with code `bad_key` in a lake without a master key, `locked` while a run is active.
    public func encryptPlainFiles() async throws -> PlainFilesEncrypted {
        let lake = try await openLake()
        guard lake.keys != nil else {
            throw LakeError(.badKey, "This lake is not encrypted: name a master key under 'encryption: master_key'.")
        }
        let tables = try await lake.ledger.tables().filter { $0.id.holdsPersonalData(columns: $0.columns) }
        let (files, receipt) = try await rewriting(lake, #"{"encrypt": "plain files"}"#) { run in
            var counts: [String: Int] = [:]
            var publications: [TablePublication] = []
            for table in tables {
                let plain = (run.state.files[table.id] ?? []).filter { $0.data.key == nil }
                if plain.isEmpty { continue }
                var written: [StagedFile] = []
                for (number, file) in plain.enumerated() {
                    let query = "SELECT * FROM \(run.engine.parquetScan([file.data]))"
                    written.append(try await run.write(query, in: table.id, like: file, number: number))
                }
                publications.append(
                    TablePublication(
                        table.id,
                        mode: .rewrite(removing: Set(plain.map(\.path)), .compaction),
                        files: written
                    )
                )
                counts["\(table.id)"] = plain.count
            }
            return (counts, publications)
        }
        return PlainFilesEncrypted(run: receipt?.run.text, files: files)
    }
}
