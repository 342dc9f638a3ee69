// The syntax of queries: which stretches of the text are words, phrases, fields and exclusions.

/// A stretch of a query with one meaning.
struct QueryPiece: Hashable {
    enum Kind: Hashable {
        /// Words without any syntax, possibly several.
        case words
        /// One word asked for as a beginning: `engin*`.
        case prefix
        /// What stood in quotes.
        case phrase
    }

    var kind: Kind
    /// The words, in bytes of the query, without quotes, stars, signs and field names.
    var range: Range<Int>
    /// The same with quotes and star.
    var outerRange: Range<Int>
    var isExcluded = false
    /// The position of a field among the schema's text fields.
    var field: Int?

    var isPlain: Bool { kind == .words && !isExcluded && field == nil }
}

/// Reads queries such as `engineer "machine learning" -senior title:data python*`.
///
/// Nothing is an error: what does not fit the syntax is text. An unclosed quote, a sign without a word, a name before a
/// colon that is no text field are all read as the words they stand among.
struct QuerySyntax {
    /// Names of the text fields, in the schema's order.
    let fields: [[UInt8]]

    init(fields: [String]) {
        self.fields = fields.map { Array($0.utf8) }
    }

    /// Cuts a query into pieces, in order. Linear time.
    func pieces(_ text: UnsafeBufferPointer<UInt8>) -> [QueryPiece] {
        guard Self.hasSyntax(text) else {
            return text.isEmpty
                ? [] : [QueryPiece(kind: .words, range: 0..<text.count, outerRange: 0..<text.count)]
        }
        var pieces: [QueryPiece] = []
        var at = 0
        // Where an opening quote is known to have no closing one, so that many of them take linear time.
        var unclosed = Int.max
        while at < text.count {
            guard text[at] > 0x20 else {
                at += 1
                continue
            }
            var piece = QueryPiece(kind: .words, range: at..<at, outerRange: at..<at)
            if text[at] == ASCII.hyphen, at + 1 < text.count, text[at + 1] > 0x20, text[at + 1] != ASCII.hyphen {
                piece.isExcluded = true
                at += 1
            }
            if let (field, next) = field(text, at) {
                piece.field = field
                at = next
            }
            if at < unclosed, let opening = Self.quote(text, at) {
                var end = at + opening
                while end < text.count, Self.quote(text, end) == nil { end += 1 }
                if let closing = end < text.count ? Self.quote(text, end) : nil {
                    piece.kind = .phrase
                    piece.range = at + opening..<end
                    piece.outerRange = at..<end + closing
                    at = end + closing
                    pieces.append(piece)
                    continue
                }
                unclosed = at
            }
            let start = at
            while at < text.count, text[at] > 0x20, at == start || at >= unclosed || Self.quote(text, at) == nil {
                at += 1
            }
            piece.range = start..<at
            piece.outerRange = start..<at
            if at - start > 1, text[at - 1] == UInt8(ascii: "*"), text[at - 2] != UInt8(ascii: "*") {
                piece.kind = .prefix
                piece.range = start..<at - 1
            }
            Self.append(piece, to: &pieces, text)
        }
        return pieces
    }

    /// Plain words next to each other are one piece, so that synonyms and skills of several words are seen.
    private static func append(
        _ piece: QueryPiece,
        to pieces: inout [QueryPiece],
        _ text: UnsafeBufferPointer<UInt8>
    ) {
        if piece.isPlain, let last = pieces.last, last.isPlain {
            pieces[pieces.count - 1].range = last.range.lowerBound..<piece.range.upperBound
            pieces[pieces.count - 1].outerRange = last.outerRange.lowerBound..<piece.outerRange.upperBound
        } else {
            pieces.append(piece)
        }
    }

    /// Whether a query has any character of the syntax where it could mean something.
    private static func hasSyntax(_ text: UnsafeBufferPointer<UInt8>) -> Bool {
        for (index, byte) in text.enumerated() {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: ":"), UInt8(ascii: "*"), 0xE2: return true
            case ASCII.hyphen where index == 0 || text[index - 1] <= 0x20: return true
            default: continue
            }
        }
        return false
    }

    /// The length of a quotation mark: straight, or one of the curly ones that text editors put in its place.
    private static func quote(_ text: UnsafeBufferPointer<UInt8>, _ at: Int) -> Int? {
        if text[at] == UInt8(ascii: "\"") { return 1 }
        guard text[at] == 0xE2, at + 2 < text.count, text[at + 1] == 0x80 else { return nil }
        return (0x9C...0x9E).contains(text[at + 2]) ? 3 : nil
    }

    /// A field's name and a colon, with something after it.
    private func field(_ text: UnsafeBufferPointer<UInt8>, _ start: Int) -> (Int, Int)? {
        var at = start
        while at < text.count, at - start <= 64, ASCII.folded(text[at]) == text[at], text[at] != 0 { at += 1 }
        guard at > start, at + 1 < text.count, text[at] == UInt8(ascii: ":"), text[at + 1] > 0x20 else { return nil }
        let name = UnsafeBufferPointer(rebasing: text[start..<at])
        guard let field = fields.firstIndex(where: { $0.elementsEqual(name) }), field < 64 else { return nil }
        return (field, at + 1)
    }
}
