// What a table looked like last time, to notice what has changed since.

import Arrow
import Foundation

/// A table's columns and their types, kept between runs as the extraction's fingerprint.
struct TableSchema: Codable, Hashable, Sendable {
    /// Lower-case column name → type.
    var columns: [String: String]
    /// When all keys were last read, as ISO 8601; nil if never.
    var keysReadAt: String?

    init(columns: [String: String]) {
        self.columns = columns
    }

    init(_ fields: [Field]) {
        columns = Dictionary(fields.map { ($0.name.lowercased(), $0.type.description) }) { first, _ in first }
    }

    /// Reads a fingerprint; nil if it is none of ours.
    init?(fingerprint: String?) {
        guard let fingerprint, let read = try? JSONDecoder().decode(TableSchema.self, from: Data(fingerprint.utf8))
        else {
            return nil
        }
        self = read
    }

    /// The fingerprint.
    var fingerprint: String? {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        return (try? encoder.encode(self)).map { String(decoding: $0, as: UTF8.self) }
    }

    /// How the table differs from what is expected and from last time. What that means for a run, its contract says.
    ///
    /// - Throws: ``SourceError`` with code `schema` for a required column that is not there.
    func drift(
        from previous: TableSchema?,
        expected: [String],
        required: [String],
        table: String,
        location: String
    ) throws -> [SchemaDrift] {
        for name in required where columns[name] == nil {
            throw SourceError(
                .schema,
                "\(location) has no column '\(name)', which is needed as key or watermark. "
                    + "Correct 'key' or 'watermark' of \(table) in the configuration. It has: \(columnList).",
                location: "\(location).\(name)"
            )
        }
        let before = previous?.columns ?? [:]
        var drift = expected.filter { columns[$0] == nil }.map { name in
            SchemaDrift(
                table: table,
                column: name,
                kind: .missing,
                detail: before[name] == nil ? "read as NULL" : "lost since the last run; read as NULL"
            )
        }
        let known = Set(expected).union(before.keys)
        if !expected.isEmpty || previous != nil {
            drift += columns.keys.sorted().filter { !known.contains($0) }.map {
                SchemaDrift(table: table, column: $0, kind: .added, detail: columns[$0] ?? "")
            }
        }
        for (name, type) in columns.sorted(by: { $0.key < $1.key }) {
            if let earlier = before[name], earlier != type {
                drift.append(
                    SchemaDrift(table: table, column: name, kind: .retyped, detail: "\(earlier) is now \(type)")
                )
            }
        }
        return drift
    }

    private var columnList: String { columns.keys.sorted().joined(separator: ", ") }
}
