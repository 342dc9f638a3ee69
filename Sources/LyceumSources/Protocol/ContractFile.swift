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
                        formerNames: column.renamedFrom?.names ?? [],
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
                ),
                subject: table.subject?.declaration
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
        var subject: Subject?
        var columns: [Column]

        enum CodingKeys: String, CodingKey, CaseIterable { case table, description, key, contract, subject, columns }

        init(from decoder: any Decoder) throws {
            try decoder.refuseUnknownKeys(CodingKeys.self)
            let container = try decoder.container(keyedBy: CodingKeys.self)
            table = try container.decode(String.self, forKey: .table)
            description = try container.decodeIfPresent(String.self, forKey: .description)
            key = try container.decodeIfPresent([String].self, forKey: .key)
            contract = try container.decodeIfPresent(Modes.self, forKey: .contract)
            subject = try container.decodeIfPresent(Subject.self, forKey: .subject)
            columns = try container.decode([Column].self, forKey: .columns)
        }
    }

    /// `student_id`, `{column: …, kind: …}`, a list of these, or `{none: reason}`.
    private struct Subject: Decodable {
        let declaration: SubjectDeclaration

        private struct Entry: Decodable {
            var column: String
            var kind: String?

            enum CodingKeys: String, CodingKey, CaseIterable { case column, kind }

            init(from decoder: any Decoder) throws {
                if let name = try? decoder.singleValueContainer().decode(String.self) {
                    column = name
                    return
                }
                try decoder.refuseUnknownKeys(CodingKeys.self)
                let container = try decoder.container(keyedBy: CodingKeys.self)
                column = try container.decode(String.self, forKey: .column)
                kind = try container.decodeIfPresent(String.self, forKey: .kind)
            }
        }

        private struct Nobody: Decodable {
            var none: String

            enum CodingKeys: String, CodingKey, CaseIterable { case none }

            init(from decoder: any Decoder) throws {
                try decoder.refuseUnknownKeys(CodingKeys.self)
                none = try decoder.container(keyedBy: CodingKeys.self).decode(String.self, forKey: .none)
            }
        }

        init(from decoder: any Decoder) throws {
            if let nobody = try? Nobody(from: decoder) {
                declaration = .none(reason: nobody.none)
                return
            }
            let entries =
                if let list = try? decoder.singleValueContainer().decode([Entry].self) { list } else {
                    [try Entry(from: decoder)]
                }
            declaration = .columns(entries.map { SubjectColumn($0.column, kind: $0.kind) })
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
        var renamedFrom: Names?

        enum CodingKeys: String, CodingKey, CaseIterable {
            case name, type, description, pii, json, required, values, matches
            case renamedFrom = "renamed_from"
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
            renamedFrom = try container.decodeIfPresent(Names.self, forKey: .renamedFrom)
        }
    }

    /// One name or a list of them.
    private struct Names: Decodable {
        let names: [String]

        init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            if let name = try? container.decode(String.self) {
                names = [name]
            } else {
                names = try container.decode([String].self)
            }
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
