// Reads the Link header (RFC 8288).

import Foundation

/// Links of an answer.
enum LinkHeader {
    /// The target of the first link whose relation is `relation`.
    ///
    /// - Parameter values: the header's values; each may hold several links.
    static func target(_ relation: String, in values: [String]) -> String? {
        for value in values {
            var rest = value[...]
            while let open = rest.firstIndex(of: "<"), let close = rest[open...].firstIndex(of: ">") {
                let target = String(rest[rest.index(after: open)..<close])
                let (parameters, after) = parameters(rest[rest.index(after: close)...])
                if let names = parameters.first(where: { $0.name == "rel" })?.value,
                    names.split(separator: " ").contains(where: { $0.lowercased() == relation })
                {
                    return target
                }
                rest = after
            }
        }
        return nil
    }

    /// The parameters behind a target, up to the comma that ends the link; commas may stand in quoted values.
    private static func parameters(_ text: Substring) -> ([(name: String, value: String)], Substring) {
        var found: [(name: String, value: String)] = []
        var piece = ""
        var isQuoted = false
        var index = text.startIndex
        func add() {
            let parts = piece.split(separator: "=", maxSplits: 1).map {
                $0.trimmingCharacters(in: .whitespaces)
            }
            if parts.count == 2 { found.append((parts[0].lowercased(), parts[1])) }
        }
        while index < text.endIndex {
            let character = text[index]
            index = text.index(after: index)
            if character == "\"" {
                isQuoted.toggle()
            } else if character == "\\", isQuoted, index < text.endIndex {
                piece.append(text[index])
                index = text.index(after: index)
            } else if !isQuoted, character == ";" || character == "," {
                add()
                piece = ""
                if character == "," { return (found, text[index...]) }
            } else {
                piece.append(character)
            }
        }
        add()
        return (found, text[index...])
    }

    /// A link as an absolute URL of the same server, or nil: credentials must not follow it elsewhere.
    static func resolve(_ link: String, against base: String) -> String? {
        guard let here = URL(string: base), let there = URL(string: link, relativeTo: here)?.absoluteURL,
            there.scheme == here.scheme, there.host() == here.host(), there.port == here.port
        else { return nil }
        return there.absoluteString
    }
}
