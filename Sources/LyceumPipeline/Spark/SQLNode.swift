// The words of an SQL text with its brackets matched: what the renderer works on.

/// One word of SQL, or a bracket with what stands in it.
indirect enum SQLNode: Sendable {
    /// A keyword, name or function, as written.
    case word(String)
    /// A number.
    case number(String)
    /// A text literal's value.
    case text(String)
    /// A quoted identifier's name.
    case quoted(String)
    /// An operator, comma or dot.
    case symbol(String)
    /// `( … )`, `[ … ]`.
    case group(Character, [SQLNode])

    /// Whether it is this keyword, in any case.
    func isWord(_ name: String) -> Bool {
        if case .word(let text) = self { return text.uppercased() == name }
        return false
    }

    func isSymbol(_ name: String) -> Bool {
        if case .symbol(let text) = self { return text == name }
        return false
    }

    /// Reads an SQL text; comments are dropped.
    ///
    /// - Throws: ``PipelineError`` with code `badModel` for brackets and quotes that do not match.
    static func parse(_ sql: String) throws(PipelineError) -> [SQLNode] { try parseWithLines(sql).nodes }

    /// Reads an SQL text, and the line of each of its words and quoted names in the order in which they stand.
    static func parseWithLines(_ sql: String) throws(PipelineError) -> (nodes: [SQLNode], lines: [Int]) {
        var lexer = SQLLexer(characters: Array(sql))
        let nodes = try lexer.nodes(until: nil)
        return (nodes, lexer.lines)
    }
}

extension [SQLNode] {
    /// The parts between commas (or another symbol) outside brackets; none for an empty list.
    func split(at symbol: String = ",") -> [[SQLNode]] {
        guard !isEmpty else { return [] }
        return split(omittingEmptySubsequences: false) { $0.isSymbol(symbol) }.map(Array.init)
    }
}

/// Cuts an SQL text into nodes.
private struct SQLLexer {
    let characters: [Character]
    /// The lines of words and quoted names.
    private(set) var lines: [Int] = []
    private var index = 0
    /// How far lines have been counted, and how many there are up to there.
    private var counted = (index: 0, line: 1)

    init(characters: [Character]) { self.characters = characters }

    private static let long = [":=", "||", "<=", ">=", "<>", "!=", "->", "::", "<<", ">>", "=="]

    mutating func nodes(until end: Character?) throws(PipelineError) -> [SQLNode] {
        var result: [SQLNode] = []
        while index < characters.count {
            let character = characters[index]
            if character.isWhitespace {
                index += 1
            } else if starts(with: "--") {
                while index < characters.count, !characters[index].isNewline { index += 1 }
            } else if starts(with: "/*") {
                while index < characters.count, !starts(with: "*/") { index += 1 }
                index += 2
            } else if character == "(" || character == "[" {
                index += 1
                result.append(.group(character, try nodes(until: character == "(" ? ")" : "]")))
            } else if character == end {
                index += 1
                return result
            } else if character == ")" || character == "]" {
                throw PipelineError(.badModel, "'\(character)' closes a bracket that was not opened")
            } else if character == "'" {
                result.append(.text(try quoted("'")))
            } else if (character == "E" || character == "e"), index + 1 < characters.count, characters[index + 1] == "'"
            {
                index += 1
                result.append(.text(Self.unescaped(try quoted("'"))))
            } else if character == "\"" || character == "`" {
                noteLine()
                result.append(.quoted(try quoted(character)))
            } else if character.isNumber {
                let begin = index
                while index < characters.count,
                    characters[index].isNumber || characters[index].isLetter || characters[index] == "."
                { index += 1 }
                result.append(.number(String(characters[begin..<index])))
            } else if character.isLetter || character == "_" {
                noteLine()
                let begin = index
                while index < characters.count,
                    characters[index].isLetter || characters[index].isNumber || characters[index] == "_"
                { index += 1 }
                result.append(.word(String(characters[begin..<index])))
            } else if let symbol = Self.long.first(where: starts(with:)) {
                index += symbol.count
                result.append(.symbol(symbol))
            } else {
                index += 1
                result.append(.symbol(String(character)))
            }
        }
        if let end { throw PipelineError(.badModel, "a bracket is not closed: '\(end)' is missing") }
        return result
    }

    private mutating func noteLine() {
        counted.line += characters[counted.index..<index].count(where: \.isNewline)
        counted.index = index
        lines.append(counted.line)
    }

    private func starts(with text: String) -> Bool {
        index + text.count <= characters.count && String(characters[index..<index + text.count]) == text
    }

    /// The text between two quotes; a doubled quote stands for one.
    private mutating func quoted(_ quote: Character) throws(PipelineError) -> String {
        var value = ""
        index += 1
        while index < characters.count {
            if characters[index] == quote {
                index += 1
                guard index < characters.count, characters[index] == quote else { return value }
            }
            value.append(characters[index])
            index += 1
        }
        throw PipelineError(.badModel, "a quotation mark is not closed: \(quote)\(value.prefix(20))")
    }

    private static func unescaped(_ text: String) -> String {
        text.replacing("\\n", with: "\n").replacing("\\t", with: "\t").replacing("\\r", with: "\r")
            .replacing("\\\\", with: "\\")
    }
}
