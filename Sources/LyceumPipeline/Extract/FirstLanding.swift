// The first extraction of a table: nothing to compare with, so streams become raw files directly.

import ADBC
import Foundation
import LyceumCore
import LyceumLake

/// Turns each stream into one Parquet file of the raw table while it is being read.
///
/// Rows are in no table on their way, so that memory does not depend on how many there are. A stream that breaks off
/// leaves no file, so that reading its range again adds no row twice.
actor FirstLanding {
    /// A file that a stream became.
    struct Part: Sendable {
        let place: Staging.Place
        let rows: Int64
    }

    private let engine: any Engine
    private let statement: @Sendable (_ columns: [String], _ stream: String) -> String
    private let place: @Sendable (_ number: Int, _ columns: [String]) async throws -> Staging.Place
    private var next = 0
    /// The files so far, in the order in which their streams began.
    private(set) var parts: [Int: Part] = [:]
    /// Whether a stream was read, be it without rows.
    private(set) var hasRead = false

    /// - Parameters:
    ///   - statement: the SELECT that makes raw rows of a stream, given its columns and its name.
    ///   - place: where the file of a number goes, given its columns.
    init(
        engine: any Engine,
        statement: @escaping @Sendable (_ columns: [String], _ stream: String) -> String,
        place: @escaping @Sendable (_ number: Int, _ columns: [String]) async throws -> Staging.Place
    ) {
        self.engine = engine
        self.statement = statement
        self.place = place
    }

    /// Writes a stream's rows to a file of its own.
    func write(_ stream: RecordBatchStream) async throws -> Int64 {
        let number = next
        next += 1
        let columns = stream.schema.fields.map(\.name)
        let place = try await place(number, columns)
        let rows: Int64
        do {
            rows = try await engine.writeParquet(stream, to: place.data) { [statement] in statement(columns, $0) }
        } catch {
            try? await place.discard()
            throw error
        }
        hasRead = true
        // An empty file keeps its columns until it is known whether any other has rows.
        parts[number] = Part(place: place, rows: rows)
        return rows
    }

    /// Removes what was written.
    func restart() async throws {
        let written = parts.values
        parts = [:]
        for part in written { try await part.place.discard() }
        hasRead = false
    }

    /// Numbers for further files of the table.
    func takeNumber() -> Int {
        defer { next += 1 }
        return next
    }
}
