// Which members of a JSON record become which columns.

/// The members of an object that are wanted, by name.
///
/// Paths are written `member`, `member.member`, and `member[].member` for every element of an array.
struct FieldTree: Sendable {
    /// One member.
    struct Node: Sendable {
        /// The column that a scalar here fills.
        var column: Int?
        /// The path's place among those of its column, 0 for the best.
        var rank = 0
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
    /// How many paths each column has been given.
    private var paths: [Int]

    /// A tree without members.
    init(_ columns: [String]) {
        self.columns = columns
        paths = Array(repeating: 0, count: columns.count)
    }

    /// Lets a path fill a column. Of a column's paths that have a value in a record, null aside, the one that was added
    /// first wins, wherever it stands in the record.
    mutating func add(_ path: String, to column: String, isJSON: Bool) {
        guard let leaf = leaf(of: column, isJSON: isJSON) else { return }
        Self.insert(path.split(separator: ".").map(String.init)[...], leaf, into: &root)
    }

    /// Lets a member fill a column, its name taken as it is, and nested values kept as JSON text.
    mutating func add(member: String, to column: String) {
        guard let leaf = leaf(of: column, isJSON: true) else { return }
        root.append(Entry(name: Array(member.utf8), node: leaf))
    }

    /// A node for a column's next path.
    private mutating func leaf(of column: String, isJSON: Bool) -> Node? {
        guard let index = columns.firstIndex(of: column) else { return nil }
        defer { paths[index] += 1 }
        return Node(column: index, rank: paths[index], isJSON: isJSON)
    }

    private static func insert(_ path: ArraySlice<String>, _ leaf: Node, into entries: inout [Entry]) {
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
                entries[position].node.column = leaf.column
                entries[position].node.rank = leaf.rank
                entries[position].node.isJSON = leaf.isJSON
            }
        } else if isArray {
            insert(rest, leaf, into: &entries[position].node.element)
        } else {
            insert(rest, leaf, into: &entries[position].node.children)
        }
    }
}
