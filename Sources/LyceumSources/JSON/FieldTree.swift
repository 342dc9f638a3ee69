// Which members of a JSON record become which columns.

/// The members of an object that are wanted, by name.
///
/// Paths are written `member`, `member.member`, and `member[].member` for every element of an array.
struct FieldTree: Sendable {
    /// One member.
    struct Node: Sendable {
        /// The column that a scalar here fills.
        var column: Int?
        /// Whether the column holds arrays and objects as JSON text.
        var isJSON = false
        /// The members of an object here.
        var children: [Entry] = []
        /// The members of every element of an array of objects here.
        var element: [Entry] = []
    }

    /// A named member.
    struct Entry: Sendable {
        var name: [UInt8]
        var node: Node
    }

    /// The columns' names.
    let columns: [String]
    private(set) var root: [Entry] = []

    /// A tree without members.
    init(_ columns: [String]) {
        self.columns = columns
    }

    /// Lets a path fill a column; the first value in a record that is not null wins.
    mutating func add(_ path: String, to column: String, isJSON: Bool) {
        guard let index = columns.firstIndex(of: column) else { return }
        Self.insert(path.split(separator: ".").map(String.init)[...], index, isJSON, into: &root)
    }

    /// Lets a member fill a column, its name taken as it is, and nested values kept as JSON text.
    mutating func add(member: String, to column: String) {
        guard let index = columns.firstIndex(of: column) else { return }
        root.append(Entry(name: Array(member.utf8), node: Node(column: index, isJSON: true)))
    }

    private static func insert(_ path: ArraySlice<String>, _ column: Int, _ isJSON: Bool, into entries: inout [Entry]) {
        guard let first = path.first else { return }
        let isArray = first.hasSuffix("[]")
        let name = Array((isArray ? String(first.dropLast(2)) : first).utf8)
        let position: Int
        if let found = entries.firstIndex(where: { $0.name == name }) {
            position = found
        } else {
            position = entries.count
            entries.append(Entry(name: name, node: Node()))
        }
        let rest = path.dropFirst()
        if rest.isEmpty {
            // The first column to claim a path keeps it.
            if entries[position].node.column == nil {
                entries[position].node.column = column
                entries[position].node.isJSON = isJSON
            }
        } else if isArray {
            insert(rest, column, isJSON, into: &entries[position].node.element)
        } else {
            insert(rest, column, isJSON, into: &entries[position].node.children)
        }
    }
}
