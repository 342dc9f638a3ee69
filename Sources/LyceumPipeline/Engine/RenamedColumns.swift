// Columns under their present names, written out: the form that every engine takes.

import LyceumCore

/// The select list that reads files' columns under a table's present names.
struct RenamedColumns {
    /// Whether any file has a column of a former name.
    private(set) var isNeeded = false
    private var items: [String] = []

    init(_ formerly: FormerNames, among present: [String]) {
        var hidden: Set<String> = []
        var values: [String: String] = [:]
        for (name, formers) in formerly.sorted(by: { $0.key < $1.key }) {
            let old = formers.filter(present.contains)
            guard !old.isEmpty else { continue }
            isNeeded = true
            hidden.formUnion(old)
            let names = ((present.contains(name) ? [name] : []) + old).map(SQLText.identifier)
            values[name] = names.count > 1 ? "coalesce(\(names.joined(separator: ", ")))" : names[0]
        }
        let stated = values.keys.filter { !present.contains($0) }.sorted()
        items = (present.filter { !hidden.contains($0) } + stated).map { name in
            values[name].map { "\($0) AS \(SQLText.identifier(name))" } ?? SQLText.identifier(name)
        }
    }

    var selectList: String { items.joined(separator: ", ") }
}
