// Where a table says whom its rows are about.

import LyceumCore
import LyceumLake
import LyceumSources

/// How the rows of one person are found in one table of the lake.
struct SubjectTable: Sendable, Hashable {
    /// What in a row names the person.
    enum Form: Sendable, Hashable {
        /// Columns of the table.
        case columns([SubjectColumn])
        /// Members of the set-aside row, kept as JSON text; rows that could not be read are searched as text.
        case quarantined([SubjectColumn])
        /// Nothing is declared: identifiers are looked for as words in all text of a row.
        case text
    }

    let table: TableID
    let form: Form
    /// The table's business key.
    let key: [String]

    /// What names the person, or nil for a table that is about nobody.
    ///
    /// A table that neither a contract nor a model describes (one of a source of the user's own, or of a model that is no
    /// more) is searched by columns that are named as an identifier is, else as text.
    ///
    /// - Parameter formerly: names that columns had before: files landed under them are searched by them.
    init?(_ summary: TableSummary, in project: Project, formerly: FormerNames = [:]) {
        table = summary.id
        key = summary.key
        let declaration: SubjectDeclaration?
        let isDescribed: Bool
        let name = summary.id.name
        switch summary.id.zone {
        case .raw:
            (declaration, isDescribed) = (project.sourceTable(name)?.subject, project.sourceTable(name) != nil)
        case .quarantine:
            declaration = project.model(name)?.subject ?? project.sourceTable(name)?.subject
            isDescribed = project.model(name) != nil || project.sourceTable(name) != nil
            if isDescribed, declaration?.columns.isEmpty ?? true { return nil }
            form = declaration.map { .quarantined($0.columns) } ?? .text
            return
        default:
            let model = project.model(name).flatMap { $0.zone == summary.id.zone ? $0 : nil }
            (declaration, isDescribed) = (model?.subject, model != nil)
        }
        if let columns = declaration?.columns, !columns.isEmpty {
            form = .columns(columns.flatMap { $0.withFormerNames(formerly) })
        } else if isDescribed {
            return nil
        } else {
            let kinds = project.subjectKinds
            let named = summary.columns.map(\.name).filter(kinds.contains).map { SubjectColumn($0) }
            form = named.isEmpty ? .text : .columns(named)
        }
    }
}

extension SubjectColumn {
    /// The column, and itself under the names it had before.
    fileprivate func withFormerNames(_ formerly: FormerNames) -> [SubjectColumn] {
        [self]
            + (formerly[path[0]] ?? []).map { name in
                SubjectColumn(([name] + path.dropFirst()).joined(separator: "."), kind: kind)
            }
    }
}

extension Project {
    /// The kinds of identifiers that tables name people by.
    var subjectKinds: Set<String> { Set(subjectColumns.map(\.kind)) }

    private var subjectColumns: [SubjectColumn] {
        (models.map(\.subject) + sourceTables.map(\.subject)).flatMap { $0?.columns ?? [] }
    }

    /// Models that are about nobody and computed, at some remove, from rows that are about someone.
    var aggregates: [TableID] {
        var personal = Set(sourceTables.filter { $0.subject?.columns.isEmpty == false }.map(\.table))
        var result: [TableID] = []
        for model in models {
            let inputs = model.inputs.sources.union(model.inputs.refs)
            guard !personal.isDisjoint(with: inputs) else { continue }
            personal.insert(model.name)
            if model.subject?.columns.isEmpty ?? true { result.append(TableID(model.zone, model.name)) }
        }
        return result
    }
}
