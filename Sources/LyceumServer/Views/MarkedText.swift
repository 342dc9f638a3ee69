// A text with the words in it that a query found.

import Foundation

/// The parts of a text, marked or not, as they were before the search escaped them.
///
/// Templates put each part in escaped, like any other text: nothing that was indexed ever reaches a page as markup.
struct MarkedText: Sendable, Hashable {
    struct Part: Sendable, Hashable {
        var text: String
        var isMarked: Bool
    }

    let parts: [Part]

    /// A text without marks.
    init(plain text: String) {
        parts = text.isEmpty ? [] : [Part(text: text, isMarked: false)]
    }

    /// Reads what a search with highlighting gives: text escaped for HTML, with `<mark>` and `</mark>` around matches.
    init(highlighted text: String) {
        var parts: [Part] = []
        for (index, piece) in text.split(separator: "<mark>", omittingEmptySubsequences: false).enumerated() {
            let halves =
                index == 0
                ? [piece[...]] : piece.split(separator: "</mark>", maxSplits: 1, omittingEmptySubsequences: false)
            for (position, half) in halves.enumerated() where !half.isEmpty {
                parts.append(Part(text: Self.unescaped(half), isMarked: halves.count == 2 && position == 0))
            }
        }
        self.parts = parts
    }

    var fields: [PageFields] {
        parts.map { part in
            var fields = PageFields(["text": part.text])
            fields.set("is_marked", part.isMarked)
            return fields
        }
    }

    /// Takes back what `Highlighter` escapes.
    private static func unescaped(_ text: Substring) -> String {
        String(text)
            .replacingOccurrences(of: "&lt;", with: "<")
            .replacingOccurrences(of: "&gt;", with: ">")
            .replacingOccurrences(of: "&quot;", with: "\"")
            .replacingOccurrences(of: "&#39;", with: "'")
            .replacingOccurrences(of: "&amp;", with: "&")
    }
}
