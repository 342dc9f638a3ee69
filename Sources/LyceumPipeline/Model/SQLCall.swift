// The function calls of an SQL text, with their lines.

/// A call of a function in an SQL text.
struct SQLCall: Sendable, Hashable {
    /// The function as written.
    let name: String
    /// How many arguments it is given.
    let arguments: Int
    /// The line of the name, from 1.
    let line: Int
    /// Whether it is called after a dot, as `x.f(y)`.
    var isMethod = false

    /// All calls of an SQL text in their order; what merely looks like one is left out: keywords before a bracket, types,
    /// names of common table expressions and aliases with a list of columns.
    ///
    /// - Throws: ``PipelineError`` with code `badModel` for brackets and quotes that do not match.
    static func calls(in sql: String) throws(PipelineError) -> [SQLCall] {
        let (nodes, lines) = try SQLNode.parseWithLines(sql)
        var finder = CallFinder(lines: lines)
        finder.visit(nodes)
        return finder.calls
    }

    /// Words after which a bracket is not a list of arguments.
    fileprivate static let keywords: Set<String> = [
        "ALL", "AND", "ANY", "AS", "BETWEEN", "BY", "CASE", "CUBE", "DISTINCT", "ELSE", "ESCAPE", "EXCEPT", "EXISTS",
        "FILTER", "FROM", "GROUP", "HAVING", "ILIKE", "IN", "INTERSECT", "INTERVAL", "IS", "JOIN", "LATERAL", "LIKE",
        "LIMIT", "MATERIALIZED", "NOT", "OFFSET", "ON", "OR", "OVER", "QUALIFY", "ROLLUP", "SELECT", "SETS", "SOME",
        "THEN", "UNION", "USING", "VALUES", "WHEN", "WHERE", "WITH",
    ]
}

/// Walks over nodes in the order of the text, which is that of the lines of names.
private struct CallFinder {
    let lines: [Int]
    private(set) var calls: [SQLCall] = []
    private var names = 0

    init(lines: [Int]) { self.lines = lines }

    mutating func visit(_ nodes: [SQLNode]) {
        for (index, node) in nodes.enumerated() {
            switch node {
            case .word(let name), .quoted(let name):
                let line = lines[names]
                names += 1
                guard case .group("(", let inner)? = nodes.at(index + 1), isCall(nodes, index) else { continue }
                calls.append(
                    SQLCall(
                        name: name,
                        arguments: inner.split().count,
                        line: line,
                        isMethod: index > 0 && nodes[index - 1].isSymbol(".")
                    )
                )
            case .group(_, let inner):
                if isType(nodes, index) { names += inner.countOfNames } else { visit(inner) }
            case .number, .text, .symbol: break
            }
        }
    }

    /// Whether a name before a bracket calls a function.
    private func isCall(_ nodes: [SQLNode], _ index: Int) -> Bool {
        if nodes[index].isKeyword || isTypeName(nodes, index) { return false }
        // `(SELECT …) t(a, b)`: an alias.
        if case .group? = nodes.at(index - 1) { return false }
        // `t(a, b) AS (…)`: a common table expression.
        guard let next = nodes.at(index + 2), next.isWord("AS") else { return true }
        var end = index + 3
        while let node = nodes.at(end), node.isWord("NOT") || node.isWord("MATERIALIZED") { end += 1 }
        if case .group("(", _)? = nodes.at(end) { return false }
        return true
    }

    /// Whether a name is that of a type, `AS DECIMAL(7, 2)` and `::DECIMAL(7, 2)`, or an alias after AS.
    private func isTypeName(_ nodes: [SQLNode], _ index: Int) -> Bool {
        guard let previous = nodes.at(index - 1) else { return false }
        return (previous.isWord("AS") || previous.isSymbol("::")) && !nodes[index].isKeyword
    }

    /// Whether a bracket belongs to such a name.
    private func isType(_ nodes: [SQLNode], _ index: Int) -> Bool {
        switch nodes.at(index - 1) {
        case .word, .quoted: isTypeName(nodes, index - 1)
        default: false
        }
    }
}

extension SQLNode {
    fileprivate var isKeyword: Bool {
        if case .word(let word) = self { return SQLCall.keywords.contains(word.uppercased()) }
        return false
    }
}

extension [SQLNode] {
    fileprivate func at(_ index: Int) -> SQLNode? { indices.contains(index) ? self[index] : nil }

    /// How many words and quoted names stand in it, at any depth.
    fileprivate var countOfNames: Int {
        reduce(0) { count, node in
            switch node {
            case .word, .quoted: count + 1
            case .group(_, let inner): count + inner.countOfNames
            case .number, .text, .symbol: count
            }
        }
    }
}
