// Files of different ages read as one table: columns by name, types widened, renamed columns under their new name.

import LyceumCore
import LyceumLake

/// Names that a table's columns had before: column → former names, the latest first.
public typealias FormerNames = [String: [String]]

extension Engine {
    /// A table expression of files that may have been written before columns were added, widened or renamed.
    ///
    /// A column that a file lacks is NULL there; a column has the narrowest type that holds every file's values, so nothing
    /// is ever narrowed; a file's column of a former name is read under the present one.
    func tableScan(_ files: [DataFile], formerly: FormerNames) async throws -> String {
        let scan = parquetScan(files)
        guard !formerly.isEmpty, !files.isEmpty else { return scan }
        let present = Set(try await columns(of: "SELECT * FROM \(scan)").map(\.name))
        var excluded: [String] = []
        var replaced: [String] = []
        var renamed: [String] = []
        var added: [String] = []
        for (name, formers) in formerly.sorted(by: { $0.key < $1.key }) {
            let old = formers.filter(present.contains)
            guard let first = old.first else { continue }
            let own = SQLText.identifier(name)
            let others = old.map(SQLText.identifier)
            if present.contains(name) {
                excluded += others
                replaced.append("coalesce(\(([own] + others).joined(separator: ", "))) AS \(own)")
            } else if old.count > 1 {
                excluded += others
                added.append(", coalesce(\(others.joined(separator: ", "))) AS \(own)")
            } else {
                renamed.append("\(SQLText.identifier(first)) AS \(own)")
            }
        }
        if renamed.isEmpty, replaced.isEmpty, added.isEmpty { return scan }
        let clauses = [("EXCLUDE", excluded), ("REPLACE", replaced), ("RENAME", renamed)].filter { !$0.1.isEmpty }
            .map { "\($0.0) (\($0.1.joined(separator: ", ")))" }
        return "(SELECT * \(clauses.joined(separator: " "))\(added.joined()) FROM \(scan))"
    }
}

extension Project {
    /// The names that a table's columns had before: the configuration's, or else the contract's or the model's.
    func formerNames(of table: TableID, _ configuration: Configuration) -> FormerNames {
        let stated =
            table.zone == .raw
            ? sourceTable(table.name)?.formerNames
            : model(table.name).flatMap { $0.zone == table.zone ? $0.formerNames : nil }
        let configured = table.zone == .raw ? configuration.contracts.formerNames[table.name] : nil
        return (stated ?? [:]).merging(configured ?? [:]) { _, configured in configured }
    }
}
