// The tokens of one text kept for a moment, so that phrases can be found among them.

/// Keeps tokens with their terms; reused from text to text.
///
/// The terms of consecutive words stand side by side with a space between, so that every phrase is a stretch of bytes.
final class TokenList {
    private struct Entry {
        var start: Int
        var end: Int
        var position: Int
        var textStart: Int
        var textEnd: Int
        var kind: TokenKind
        var isOverlap: Bool
        var isStopWord: Bool
    }

    private var entries: [Entry] = []
    /// Entries that are words, in order, and the place of each among them.
    private var words: [Int] = []
    private var bytes: [UInt8] = []
    private var overlapBytes: [UInt8] = []

    func removeAll() {
        entries.removeAll(keepingCapacity: true)
        words.removeAll(keepingCapacity: true)
        bytes.removeAll(keepingCapacity: true)
        overlapBytes.removeAll(keepingCapacity: true)
    }

    func append(_ token: Token) {
        let start: Int
        if token.isOverlap {
            start = overlapBytes.count
            overlapBytes.append(contentsOf: token.term)
        } else {
            if !bytes.isEmpty { bytes.append(ASCII.space) }
            start = bytes.count
            bytes.append(contentsOf: token.term)
            words.append(entries.count)
        }
        entries.append(
            Entry(
                start: start,
                end: start + token.term.count,
                position: token.position,
                textStart: token.start,
                textEnd: token.end,
                kind: token.kind,
                isOverlap: token.isOverlap,
                isStopWord: token.isStopWord
            )
        )
    }

    /// Calls `body` with each token and the number of words before it.
    func forEach(_ body: (Int, Token) -> Void) {
        bytes.withUnsafeBufferPointer { bytes in
            overlapBytes.withUnsafeBufferPointer { overlapBytes in
                var word = 0
                for entry in entries {
                    let source = entry.isOverlap ? overlapBytes : bytes
                    body(
                        word,
                        Token(
                            term: UnsafeBufferPointer(rebasing: source[entry.start..<entry.end]),
                            position: entry.position,
                            start: entry.textStart,
                            end: entry.textEnd,
                            kind: entry.kind,
                            isOverlap: entry.isOverlap,
                            isStopWord: entry.isStopWord
                        )
                    )
                    if !entry.isOverlap { word += 1 }
                }
            }
        }
    }

    /// Calls `body` with every phrase of the table that begins at a word, the shortest first, and where it ends.
    func forEachPhrase(in table: PhraseTable, from word: Int, _ body: (UnsafeBufferPointer<UInt8>, Int) -> Void) {
        bytes.withUnsafeBufferPointer { bytes in
            let first = entries[words[word]]
            let longest = table.longest(startingWith: UnsafeBufferPointer(rebasing: bytes[first.start..<first.end]))
            guard longest > 1 else { return }
            for last in (word + 1)..<max(word + 1, min(words.count, word + longest)) {
                let end = entries[words[last]]
                let key = UnsafeBufferPointer(rebasing: bytes[first.start..<end.end])
                if table.number(of: key) != nil { body(key, end.textEnd) }
            }
        }
    }
}
