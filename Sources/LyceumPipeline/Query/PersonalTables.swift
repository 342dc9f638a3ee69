// Which tables that are about people a query reads: what its look leaves in the audit record.

import ADBC
import Foundation
import LyceumCore
import LyceumLake

extension LakeQuery {
    /// The tables about people that a SELECT reads, `clean.students`, in order; `*` stands for files read by other means.
    ///
    /// Rather one too many than one too few: a name that the query gives to something of its own counts as the table of that
    /// name, and a table function that is not known to make rows by itself counts as reading files.
    ///
    /// - Throws: ``PipelineError`` with code `badQuery` for a text that is no valid SELECT.
    public func personalTables(in sql: String) async throws -> [String] {
        let read = try TableReferences(await syntaxTree(of: sql))
        let named = personal.filter { table in
            read.tables.contains { name in
                name.table == table.name.lowercased()
                    && (name.schema == table.zone.rawValue
                        || ["", "main"].contains(name.schema) && table.zone != .quarantine)
            }
        }
        return (read.readsFiles ? ["*"] : []) + named.map { "\($0.zone.rawValue).\($0.name)" }
    }

    /// The tables about people among those whose quarantined rows are shown, `quarantine.students`, in order.
    ///
    /// - Parameter table: the table; nil for all.
    public func personalQuarantine(of table: String?) -> [String] {
        personal.filter { $0.zone == .quarantine && (table == nil || $0.name == table) }
            .map { "\($0.zone.rawValue).\($0.name)" }
    }
}

extension Pipeline {
    /// Whether rows of a source's table are about people; one that no contract describes may be.
    ///
    /// - Parameter table: a raw table (`oracle_students`), or that name without its role (`students`).
    public func isPersonal(sourceTable table: String) -> Bool {
        let name = table.lowercased()
        let contracts = project.sourceTables.filter { $0.table == name || $0.table.hasSuffix("_" + name) }
        return contracts.isEmpty || contracts.contains { $0.subject?.columns.isEmpty == false }
    }

    /// The names of columns that name a person, the best known first.
    public var identifierColumns: [String] {
        let kinds = project.subjectKinds.sorted()
        return kinds.filter { $0 == "student_id" } + kinds.filter { $0 != "student_id" }
    }
}

extension LakeQuery.QuarantineRow {
    /// The value of the first of some members that the row has; nil for a row that has none, or could not be read.
    public func identifier(_ names: [String]) -> String? {
        guard let row, let members = try? JSONSerialization.jsonObject(with: Data(row.utf8)) as? [String: Any] else {
            return nil
        }
        return names.lazy.compactMap { members[$0] }.first { !($0 is NSNull) }.map { "\($0)" }
    }
}

/// What the syntax tree of a SELECT, as DuckDB writes it in JSON, says it reads.
private struct TableReferences {
    struct Name: Hashable {
        let schema: String
        let table: String
    }

    private(set) var tables: Set<Name> = []
    private(set) var readsFiles = false
    /// Table functions that make rows by themselves.
    private static let harmless: Set<String> = ["range", "generate_series", "unnest", "repeat", "repeat_row"]

    init(_ tree: String) throws {
        note(try JSONSerialization.jsonObject(with: Data(tree.utf8)))
    }

    private mutating func note(_ node: Any) {
        if let list = node as? [Any] { return list.forEach { note($0) } }
        guard let object = node as? [String: Any] else { return }
        if let table = object["table_name"] as? String, !table.isEmpty {
            let schema = (object["schema_name"] as? String ?? "").lowercased()
            tables.insert(Name(schema: schema, table: table.lowercased()))
            // `FROM 'lake/…/1.parquet'`: a file is written like a table.
            if table.contains("/") || table.contains(".") { readsFiles = true }
        }
        if object["type"] as? String == "TABLE_FUNCTION" {
            let name = (object["function"] as? [String: Any])?["function_name"] as? String ?? ""
            if !Self.harmless.contains(name.lowercased()) { readsFiles = true }
        }
        object.values.forEach { note($0) }
    }
}
