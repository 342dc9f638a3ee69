// Finds `source('…')`, `ref('…')` and `seed('…')` in a model's SQL and replaces them by engine names.

/// The table references of one SQL text.
struct ModelSQL {
    enum Kind: String, CaseIterable {
        case source, ref, seed
    }

    struct Reference: Hashable {
        let kind: Kind
        let name: String
    }

    /// The text between references, and the references between those texts (`pieces.count == references.count + 1`).
    private let pieces: [Substring]
    let references: [Reference]

    /// Reads a SQL text; references inside string literals, quoted identifiers and comments are left alone.
    init(_ sql: String) {
        var pieces: [Substring] = []
        var references: [Reference] = []
        var pieceStart = sql.startIndex
        var index = sql.startIndex
        var previous: Character = " "
        while index < sql.endIndex {
            let character = sql[index]
            if let end = Self.skip(sql, from: index) {
                index = end
                previous = " "
                continue
            }
            if !Self.isWord(previous), let (reference, end) = Self.reference(in: sql, at: index) {
                pieces.append(sql[pieceStart..<index])
                references.append(reference)
                pieceStart = end
                index = end
                previous = ")"
                continue
            }
            previous = character
            index = sql.index(after: index)
        }
        pieces.append(sql[pieceStart...])
        self.pieces = pieces
        self.references = references
    }

    /// The SQL with each reference replaced.
    func replacing(_ name: (Reference) -> String) -> String {
        var text = String(pieces[0])
        for (index, reference) in references.enumerated() {
            text += name(reference)
            text += pieces[index + 1]
        }
        return text
    }

    private static func isWord(_ character: Character) -> Bool {
        character.isLetter || character.isNumber || character == "_" || character == "."
    }

    /// The end of a literal, quoted identifier or comment that starts here, or nil.
    private static func skip(_ sql: String, from start: String.Index) -> String.Index? {
        let rest = sql[start...]
        if rest.hasPrefix("--") { return rest.firstIndex(where: \.isNewline) ?? sql.endIndex }
        if rest.hasPrefix("/*") { return rest.firstRange(of: "*/")?.upperBound ?? sql.endIndex }
        guard let quote = rest.first, quote == "'" || quote == "\"" else { return nil }
        var index = sql.index(after: start)
        while index < sql.endIndex {
            if sql[index] == quote {
                let next = sql.index(after: index)
                if next < sql.endIndex, sql[next] == quote {
                    index = sql.index(after: next)
                    continue
                }
                return next
            }
            index = sql.index(after: index)
        }
        return sql.endIndex
    }

    private static func reference(in sql: String, at start: String.Index) -> (Reference, String.Index)? {
        let rest = sql[start...]
        guard let kind = Kind.allCases.first(where: { rest.hasPrefix($0.rawValue + "(") }),
            let match = rest.prefixMatch(of: /[a-z]+\(\s*'([A-Za-z0-9_]+)'\s*\)/)
        else { return nil }
        return (Reference(kind: kind, name: String(match.1)), match.range.upperBound)
    }
}

extension ModelInputs {
    init(_ sql: ModelSQL) {
        for reference in sql.references {
            switch reference.kind {
            case .source: sources.insert(reference.name)
            case .ref: refs.insert(reference.name)
            case .seed: seeds.insert(reference.name)
            }
        }
    }
}
