// What Glue should say of a table of the catalog.

import Foundation
import LyceumAWS
import LyceumCore

/// One table of the catalog in the words of Glue: pure, so that it is tested without a service.
struct GlueDefinition {
    /// The version of this translation; raised when the same catalog would be described in another way.
    private static let version = "1"
    /// The parameter that tells whether Glue's definition is the one that was last brought there.
    static let fingerprintParameter = "lyceum_fingerprint"

    let table: GlueTable
    let partitions: [GluePartition]
    /// The columns as a JSON Schema, for the registry.
    let schema: String

    /// `<zone>_<table>`, for Glue has one level of names.
    static func name(of table: TableID) -> String { "\(table.zone.rawValue)_\(table.name)" }

    /// - Parameter location: the `s3://…/` under which the lake's zones stand.
    init(_ table: Catalog.Table, location: String) {
        let summary = table.summary
        let id = summary.id
        let folder = "\(location)\(id.zone.rawValue)/\(id.name)/"
        var columns = summary.columns.map { column in
            GlueColumn(
                column.name.lowercased(),
                type: GlueType.of(column.type),
                comment: column.description.isEmpty ? nil : String(column.description.prefix(255)),
                parameters: ["pii": column.pii.rawValue]
            )
        }
        // Every file of a table stands in folders of the same keys; a column of such a name would be there twice.
        let keys = table.files.first?.path.partitions.map(\.key) ?? []
        columns.removeAll { keys.contains($0.name) }
        let encrypted = table.files.filter { $0.data.key != nil }.count
        var parameters = [
            "EXTERNAL": "TRUE",
            "classification": "parquet",
            "parquet.compression": "SNAPPY",
            "lyceum_snapshot": summary.snapshot.map(String.init) ?? "",
            "lyceum_rows": String(summary.rows),
            // Athena and Spark have no key for these files and fail on them.
            "lyceum_encrypted": encrypted == 0 ? "false" : encrypted == table.files.count ? "true" : "partly",
            "lyceum_pii": Set(summary.columns.map(\.pii.rawValue)).subtracting(["none"]).sorted().joined(
                separator: ","
            ),
        ]
        let grouped = Dictionary(grouping: table.files) { $0.path.partitions.map(\.value) }
        partitions =
            keys.isEmpty
            ? []
            : grouped.sorted { $0.key.lexicographicallyPrecedes($1.key) }.map { values, files in
                let path = zip(keys, values).map { "\($0)=\($1)/" }.joined()
                return GluePartition(
                    values.map { $0.removingPercentEncoding ?? $0 },
                    storage: .parquet(columns, at: folder + path),
                    parameters: [
                        "lyceum_rows": String(files.reduce(0) { $0 + $1.rows }),
                        "lyceum_files": String(files.count),
                    ]
                )
            }
        schema = Self.schema(of: summary)
        var definition = GlueTable(
            Self.name(of: id),
            description: summary.description,
            partitionKeys: keys.map { GlueColumn($0, type: "string") },
            storage: .parquet(columns, at: folder),
            parameters: parameters
        )
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        let parts = [try? encoder.encode(definition), try? encoder.encode(partitions)].map {
            String(decoding: $0 ?? Data(), as: UTF8.self)
        }
        parameters[Self.fingerprintParameter] = ContentHash.of(parts: [Self.version] + parts)
        definition.parameters = parameters
        self.table = definition
    }

    private static func schema(of summary: TableSummary) -> String {
        struct Property: Encodable {
            var type: String
            var description: String?
            var pii: String
        }
        struct Document: Encodable {
            var schema = "http://json-schema.org/draft-07/schema#"
            var title: String
            var type = "object"
            var properties: [String: Property]

            enum CodingKeys: String, CodingKey {
                case title, type, properties
                case schema = "$schema"
            }
        }
        let properties = summary.columns.map { column -> (String, Property) in
            let hive = GlueType.of(column.type)
            let type =
                switch hive.prefix(while: { $0.isLetter }) {
                case "boolean": "boolean"
                case "tinyint", "smallint", "int", "bigint": "integer"
                case "float", "double", "decimal": "number"
                case "array": "array"
                case "struct", "map": "object"
                default: "string"
                }
            let description = column.description.isEmpty ? hive : "\(hive): \(column.description)"
            return (column.name, Property(type: type, description: description, pii: column.pii.rawValue))
        }
        let document = Document(
            title: "\(summary.id)",
            properties: Dictionary(properties) { first, _ in first }
        )
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return String(decoding: (try? encoder.encode(document)) ?? Data("{}".utf8), as: UTF8.self)
    }
}
