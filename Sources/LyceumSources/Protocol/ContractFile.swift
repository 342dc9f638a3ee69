// Reads sources.yml, the file of contracts.

import LyceumCore
import Yams

/// The file's shape. Reading is strict: a key that means nothing is an error.
struct ContractFile {
    /// Reads contracts from YAML.
    ///
    /// - Throws: `DecodingError` or Yams' own error, which name the place.
    static func read(_ yaml: String) throws -> [Contract] {
        try YAMLDecoder().decode(Document.self, from: yaml).tables.map { table in
            Contract(
                table: table.table,
                description: table.description ?? "",
                key: table.key ?? [],
                fields: table.columns.map { column in
                    Contract.Column(
                        ColumnDescription(
                            name: column.name,
                            type: column.type ?? "VARCHAR",
                            description: column.description ?? "",
                            pii: column.pii ?? .none
                        ),
                        isJSON: column.json ?? false,
                        isRequired: column.required ?? false,
                        values: column.values,
                        pattern: column.matches
                    )
                },
                modes: ContractModes(
                    columns: table.contract?.columns ?? .evolve,
                    types: table.contract?.types ?? .evolve,
                    data: table.contract?.data ?? .evolve
                )
            )
        }
    }

    private struct Document: Decodable {
        var tables: [Table]

        enum CodingKeys: String, CodingKey, CaseIterable { case tables }

        init(from decoder: any Decoder) throws {
            try decoder.refuseUnknownKeys(CodingKeys.self)
            tables = try decoder.container(keyedBy: CodingKeys.self).decode([Table].self, forKey: .tables)
        }
    }

    private struct Table: Decodable {
        var table: String
        var description: String?
        var key: [String]?
        var contract: Modes?
        var columns: [Column]

        enum CodingKeys: String, CodingKey, CaseIterable { case table, description, key, contract, columns }

        init(from decoder: any Decoder) throws {
            try decoder.refuseUnknownKeys(CodingKeys.self)
            let container = try decoder.container(keyedBy: CodingKeys.self)
            table = try container.decode(String.self, forKey: .table)
            description = try container.decodeIfPresent(String.self, forKey: .description)
            key = try container.decodeIfPresent([String].self, forKey: .key)
            contract = try container.decodeIfPresent(Modes.self, forKey: .contract)
            columns = try container.decode([Column].self, forKey: .columns)
        }
    }

    private struct Modes: Decodable {
        var columns: ContractMode?
        var types: ContractMode?
        var data: ContractMode?

        enum CodingKeys: String, CodingKey, CaseIterable { case columns, types, data }

        init(from decoder: any Decoder) throws {
            try decoder.refuseUnknownKeys(CodingKeys.self)
            let container = try decoder.container(keyedBy: CodingKeys.self)
            columns = try container.decodeIfPresent(ContractMode.self, forKey: .columns)
            types = try container.decodeIfPresent(ContractMode.self, forKey: .types)
            data = try container.decodeIfPresent(ContractMode.self, forKey: .data)
        }
    }

    private struct Column: Decodable {
        var name: String
        var type: String?
        var description: String?
        var pii: PIIClass?
        var json: Bool?
        var required: Bool?
        var values: [String]?
        var matches: String?

        enum CodingKeys: String, CodingKey, CaseIterable {
            case name, type, description, pii, json, required, values, matches
        }

        init(from decoder: any Decoder) throws {
            try decoder.refuseUnknownKeys(CodingKeys.self)
            let container = try decoder.container(keyedBy: CodingKeys.self)
            name = try container.decode(String.self, forKey: .name)
            type = try container.decodeIfPresent(String.self, forKey: .type)
            description = try container.decodeIfPresent(String.self, forKey: .description)
            pii = try container.decodeIfPresent(PIIClass.self, forKey: .pii)
            json = try container.decodeIfPresent(Bool.self, forKey: .json)
            required = try container.decodeIfPresent(Bool.self, forKey: .required)
            values = try container.decodeIfPresent([String].self, forKey: .values)
            matches = try container.decodeIfPresent(String.self, forKey: .matches)
        }
    }
}

/// A key of any name.
private struct AnyKey: CodingKey {
    var stringValue: String
    var intValue: Int? { nil }
    init?(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
}

extension Decoder {
    fileprivate func refuseUnknownKeys<Key: CodingKey & CaseIterable>(_ known: Key.Type) throws {
        let names = Set(known.allCases.map(\.stringValue))
        for key in try container(keyedBy: AnyKey.self).allKeys where !names.contains(key.stringValue) {
            throw DecodingError.dataCorrupted(
                DecodingError.Context(
                    codingPath: codingPath,
                    debugDescription: "unknown key '\(key.stringValue)'; known here: "
                        + names.sorted().joined(separator: ", ")
                )
            )
        }
    }
}
