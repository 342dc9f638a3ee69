// The models' SQL as Spark understands it: macros expanded, a few constructs written its way.

import LyceumCore

/// Renders the SQL that models and the builder share in Spark's dialect.
///
/// What differs in functions stands in `prelude.spark.sql`, as macros of the same names as DuckDB's; they are expanded
/// here, since Spark's own functions are typed and cannot be used in lambdas. What differs in grammar is this file.
struct SparkSQL: Sendable {
    /// By name and number of arguments.
    private var macros: [String: SQLMacro] = [:]

    /// Reads the macros of a prelude: `CREATE OR REPLACE MACRO name(a, b) AS expression;`.
    ///
    /// - Throws: ``PipelineError`` with code `badModel` for anything else in it.
    init(prelude: String) throws(PipelineError) {
        for macro in try SQLMacro.read(prelude, file: "prelude.spark.sql") {
            macros[Self.key(macro.name, macro.parameters.count)] = macro
        }
    }

    private static func key(_ name: String, _ arguments: Int) -> String { "\(name.lowercased())/\(arguments)" }

    /// A statement in Spark's words.
    ///
    /// - Throws: ``PipelineError`` with code `badModel` for brackets and quotes that do not match.
    func render(_ sql: String) throws(PipelineError) -> String {
        render(try SQLNode.parse(sql), Scope())
    }

    /// What stands for a macro's parameters, and the macros being expanded, which do not expand themselves.
    private struct Scope {
        var arguments: [String: String] = [:]
        var open: Set<String> = []
    }

    private func render(_ nodes: [SQLNode], _ scope: Scope) -> String {
        var out: [String] = []
        let nodes = rowsFromLists(nodes)
        var index = 0
        /// Where in `out` the operand begins that a subscript belongs to.
        var operand: Int?
        while index < nodes.count {
            let node = nodes[index]
            let next = index + 1 < nodes.count ? nodes[index + 1] : nil
            var isOperand = false
            let follows = index > 0 && nodes[index - 1].isSymbol(".")
            switch node {
            case .word(let word):
                isOperand = true
                if word.uppercased() == "LAMBDA", let colon = nodes[index...].firstIndex(where: { $0.isSymbol(":") }) {
                    let names = Array(nodes[(index + 1)..<colon])
                    out.append((names.count > 1 ? "(\(render(names, scope)))" : render(names, scope)) + " ->")
                    index = colon
                    isOperand = false
                } else if word.uppercased() == "ORDER", let next, next.isWord("BY") {
                    let (text, end) = order(nodes, from: index + 2, scope)
                    out.append("ORDER BY \(text)")
                    index = end - 1
                    isOperand = false
                } else if case .group("(", let inner)? = next, !follows, let call = call(word, inner, scope) {
                    operand = out.count
                    out.append(call)
                    index += 1
                } else if word.uppercased() == "MATERIALIZED" {
                    isOperand = false
                } else if case .group("[", let inner)? = next, inner.isEmpty {
                    out.append("ARRAY<\(Self.type(word))>")
                    index += 1
                    isOperand = false
                } else if !follows, !(next?.isSymbol(".") ?? false), let argument = scope.arguments[word.lowercased()] {
                    operand = out.count
                    out.append(argument)
                } else {
                    if !follows { operand = out.count }
                    out.append(Self.type(word))
                    isOperand = follows || !Self.keywords.contains(word.uppercased())
                }
            case .number(let text): out.append(text)
            case .text(let text): out.append(Self.literal(text))
            case .quoted(let name):
                isOperand = true
                if !follows { operand = out.count }
                if EngineSchema(rawValue: name) != nil, let next, next.isSymbol("."), index + 2 < nodes.count,
                    case .quoted(let table) = nodes[index + 2]
                {
                    out.append(Self.identifier("\(name).\(table)"))
                    index += 2
                } else {
                    out.append(Self.identifier(name))
                }
            case .symbol(let text):
                isOperand = text == "."
                out.append(text == "==" ? "=" : text)
            case .group("[", let inner):
                if let begin = operand, begin < out.count {
                    let value = out[begin...].joined(separator: "")
                    out.removeSubrange(begin...)
                    out.append(subscripted(value, inner, scope))
                    isOperand = true
                } else {
                    out.append("array(\(render(inner, scope)))")
                }
            case .group(_, let inner):
                isOperand = true
                if let previous = index > 0 ? nodes[index - 1] : nil, case .word(let name) = previous,
                    operand == out.count - 1,
                    !Self.keywords.contains(name.uppercased())
                {
                    // A function's arguments belong to the operand that its name began.
                    out[out.count - 1] += "(\(render(inner, scope)))"
                } else {
                    operand = out.count
                    out.append("(\(render(inner, scope)))")
                }
            }
            if !isOperand { operand = nil }
            index += 1
        }
        return out.joined(separator: " ")
    }

    /// Words after which a bracket begins a value of its own.
    private static let keywords: Set<String> = [
        "IN", "AS", "AND", "OR", "NOT", "ON", "WHEN", "THEN", "ELSE", "FROM", "JOIN", "WHERE", "EXISTS", "OVER",
        "FILTER",
        "SELECT", "UNION", "ALL", "CASE", "BY", "BETWEEN", "LIKE", "HAVING", "USING",
    ]

    /// A call that Spark writes in another way; nil for one that it takes as it is.
    private func call(_ name: String, _ inner: [SQLNode], _ scope: Scope) -> String? {
        let arguments = inner.split()
        if name.lowercased() == "struct_pack" {
            let members = arguments.map { argument -> String in
                guard argument.count > 2, argument[1].isSymbol(":=") else { return render(argument, scope) }
                let name =
                    switch argument[0] {
                    case .word(let text), .quoted(let text): text
                    default: ""
                    }
                return "\(Self.literal(name)), \(render(Array(argument[2...]), scope))"
            }
            return "named_struct(\(members.joined(separator: ", ")))"
        }
        let key = Self.key(name, arguments.count)
        guard !scope.open.contains(key), let macro = macros[key] else { return nil }
        var inside = Scope(arguments: [:], open: scope.open.union([key]))
        for (parameter, argument) in zip(macro.parameters, arguments) {
            let text = render(argument, scope)
            let isAtom = argument.count == 1 || argument.allSatisfy { $0.isSymbol(".") || $0.isName }
            inside.arguments[parameter.lowercased()] =
                isAtom || argument.contains { $0.isSymbol("->") || $0.isWord("LAMBDA") }
                ? text : "(\(text))"
        }
        return "(\(render(macro.body, inside)))"
    }

    /// `x[i]`, `x[a:b]`, `x[a:]`: counted from 1, NULL and short where there is nothing.
    private func subscripted(_ value: String, _ inner: [SQLNode], _ scope: Scope) -> String {
        let parts = inner.split(at: ":")
        guard parts.count == 2 else { return "try_element_at(\(value), CAST(\(render(inner, scope)) AS INT))" }
        let begin = "CAST(\(render(parts[0], scope)) AS INT)"
        if parts[1].isEmpty { return "slice(\(value), \(begin), size(\(value)))" }
        return "slice(\(value), \(begin), greatest(CAST(\(render(parts[1], scope)) AS INT) - \(begin) + 1, 0))"
    }

    /// The items of an ORDER BY, NULLs last unless they say where, and where they end.
    private func order(_ nodes: [SQLNode], from begin: Int, _ scope: Scope) -> (String, Int) {
        let ends = ["ROWS", "RANGE", "LIMIT", "QUALIFY", "WINDOW"]
        let end = nodes[begin...].firstIndex { node in ends.contains { node.isWord($0) } } ?? nodes.count
        let items = Array(nodes[begin..<end]).split().map { item in
            render(item, scope) + (item.contains { $0.isWord("NULLS") } ? "" : " NULLS LAST")
        }
        return (items.joined(separator: ", "), end)
    }

    /// Lists that a SELECT turns into rows: one by `explode`, several, which advance together, by one `inline`.
    private func rowsFromLists(_ nodes: [SQLNode]) -> [SQLNode] {
        guard let select = nodes.firstIndex(where: { $0.isWord("SELECT") }) else { return nodes }
        var result = Array(nodes[...select])
        var begin = select + 1
        let end = nodes[begin...].firstIndex { $0.isWord("FROM") } ?? nodes.count
        if begin < end, nodes[begin].isWord("DISTINCT") {
            result.append(nodes[begin])
            begin += 1
        }
        var items = Array(nodes[begin..<end]).split()
        let lists = items.indices.filter { index in
            guard case .word(let name)? = items[index].first, items[index].count > 1,
                case .group("(", _) = items[index][1]
            else { return false }
            return ["unnest", "generate_subscripts"].contains(name.lowercased())
        }
        if lists.count == 1 {
            items[lists[0]][0] = .word("explode")
        } else if lists.count > 1 {
            var values: [[SQLNode]] = []
            var names: [SQLNode] = []
            for index in lists {
                let item = items[index]
                guard item.count == 4, case .group(_, let inner) = item[1] else { continue }
                if item[0].isWord("UNNEST") { values.append(inner) } else { values.append(Array(item[0...1])) }
                if !names.isEmpty { names.append(.symbol(",")) }
                names.append(item[3])
            }
            let zipped = SQLNode.group("(", Array(values.joined(separator: [.symbol(",")])))
            let inline: [SQLNode] = [
                .word("inline"), .group("(", [.word("arrays_zip"), zipped]), .word("AS"), .group("(", names),
            ]
            items = items.indices.compactMap { $0 == lists[0] ? inline : lists.contains($0) ? nil : items[$0] }
        }
        result += items.joined(separator: [.symbol(",")])
        return result + rowsFromLists(Array(nodes[end...]))
    }

    private static func type(_ word: String) -> String {
        switch word.uppercased() {
        case "VARCHAR": "STRING"
        case "UBIGINT": "DECIMAL(20, 0)"
        case "HUGEINT": "DECIMAL(38, 0)"
        default: word
        }
    }

    static func identifier(_ name: String) -> String { "`" + name.replacing("`", with: "``") + "`" }

    /// Spark reads escapes with a backslash in its literals.
    static func literal(_ text: String) -> String {
        "'" + text.replacing("\\", with: "\\\\").replacing("'", with: "\\'").replacing("\n", with: "\\n") + "'"
    }
}

extension SQLNode {
    fileprivate var isName: Bool {
        switch self {
        case .word, .quoted, .number: true
        default: false
        }
    }
}
