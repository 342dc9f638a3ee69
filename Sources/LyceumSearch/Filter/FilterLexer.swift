// Cuts a filter into tokens with their positions.

/// A token of a filter and where it starts, counted in characters from 1.
struct FilterToken: Equatable {
    enum Kind: Equatable {
        case word(String)
        case quoted(String)
        case number(Double)
        case comparison(Filter.Comparison)
        case open, close, openList, closeList, comma
        case end
    }

    var kind: Kind
    var position: Int

    /// The token as named in messages.
    var name: String {
        switch kind {
        case .word(let word): "'\(word.prefix(40))'"
        case .quoted(let text): "\"\(text.prefix(40))\""
        case .number(let number): "\(number)"
        case .comparison(let comparison): "'\(comparison.rawValue)'"
        case .open: "'('"
        case .close: "')'"
        case .openList: "'['"
        case .closeList: "']'"
        case .comma: "','"
        case .end: "the end"
        }
    }

    /// Whether the token is this word of the grammar, in any case.
    func isKeyword(_ keyword: String) -> Bool {
        if case .word(let word) = kind { word.uppercased() == keyword } else { false }
    }
}

struct FilterLexer {
    static let maximumLength = 8192

    /// All tokens, the last being `end`. Linear time.
    static func tokens(of text: String) throws -> [FilterToken] {
        guard text.utf8.count <= maximumLength else {
            throw SearchError(
                .invalidFilter,
                "the filter is \(text.utf8.count) bytes long; at most \(maximumLength) are read",
                location: "filter:1"
            )
        }
        let scalars = Array(text.unicodeScalars)
        var tokens: [FilterToken] = []
        var index = 0
        func add(_ kind: FilterToken.Kind, length: Int) {
            tokens.append(FilterToken(kind: kind, position: index + 1))
            index += length
        }
        while index < scalars.count {
            let scalar = scalars[index]
            let next = index + 1 < scalars.count ? scalars[index + 1] : nil
            switch scalar {
            case " ", "\t", "\n", "\r": index += 1
            case "(": add(.open, length: 1)
            case ")": add(.close, length: 1)
            case "[": add(.openList, length: 1)
            case "]": add(.closeList, length: 1)
            case ",": add(.comma, length: 1)
            case "=": add(.comparison(.equal), length: next == "=" ? 2 : 1)
            case "!" where next == "=": add(.comparison(.notEqual), length: 2)
            case "<":
                if next == "=" {
                    add(.comparison(.lessOrEqual), length: 2)
                } else if next == ">" {
                    add(.comparison(.notEqual), length: 2)
                } else {
                    add(.comparison(.less), length: 1)
                }
            case ">":
                if next == "=" {
                    add(.comparison(.greaterOrEqual), length: 2)
                } else {
                    add(.comparison(.greater), length: 1)
                }
            case "\"", "'":
                let (value, length) = try quoted(scalars, from: index)
                add(.quoted(value), length: length)
            default:
                guard isWord(scalar) else {
                    throw SearchError(
                        .invalidFilter,
                        "unexpected character '\(scalar)' at \(index + 1); put texts into \"quotes\"",
                        location: "filter:\(index + 1)"
                    )
                }
                var end = index
                while end < scalars.count, isWord(scalars[end]) { end += 1 }
                let word = String(String.UnicodeScalarView(scalars[index..<end]))
                if let number = number(word) {
                    add(.number(number), length: end - index)
                } else {
                    add(.word(word), length: end - index)
                }
            }
        }
        tokens.append(FilterToken(kind: .end, position: scalars.count + 1))
        return tokens
    }

    private static func isWord(_ scalar: Unicode.Scalar) -> Bool {
        if scalar.value < 0x80 {
            return ("a"..."z").contains(scalar) || ("A"..."Z").contains(scalar) || ("0"..."9").contains(scalar)
                || "_.:+-#".unicodeScalars.contains(scalar)
        }
        return scalar.properties.isAlphabetic
    }

    /// A decimal number; not `nan`, `inf` or hexadecimal, which `Double` would take.
    private static func number(_ word: String) -> Double? {
        guard word.unicodeScalars.allSatisfy({ ("0"..."9").contains($0) || "+-.eE".unicodeScalars.contains($0) }),
            let number = Double(word), number.isFinite
        else { return nil }
        return number
    }

    private static func quoted(_ scalars: [Unicode.Scalar], from start: Int) throws -> (String, Int) {
        var value = String.UnicodeScalarView()
        var index = start + 1
        while index < scalars.count {
            if scalars[index] == "\\", index + 1 < scalars.count {
                value.append(scalars[index + 1])
                index += 2
            } else if scalars[index] == scalars[start] {
                return (String(value), index + 1 - start)
            } else {
                value.append(scalars[index])
                index += 1
            }
        }
        throw SearchError(
            .invalidFilter,
            "the text that begins at \(start + 1) has no closing \(scalars[start])",
            location: "filter:\(start + 1)"
        )
    }
}
