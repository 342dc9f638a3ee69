// One pass over a text: finds words and names and hands out their tokens.

/// Reads one text from its beginning to its end.
///
/// Lives for one call of ``Analyzer/tokens(of:startingAt:_:)``; its pointers belong to the caller.
struct TokenScanner {
    let base: UnsafePointer<UInt8>
    let end: Int
    /// The term being read, its length and what was seen in it.
    let term: UnsafeMutablePointer<UInt8>
    var count = 0
    var contents: Contents = []
    let whole: UnsafeMutablePointer<UInt8>
    /// The position of the next word.
    var position: Int
    private let isStemming: Bool
    private let stopWords: StopWordTreatment
    /// Where the next `@` stands, `end` when there is none; addresses are looked for only before it.
    private var nextAt = -1
    private var addressEnd = 0

    /// What a term is made of.
    struct Contents: OptionSet {
        var rawValue: UInt8
        static let letter = Contents(rawValue: 1)
        static let digit = Contents(rawValue: 2)
        static let connector = Contents(rawValue: 4)
        static let beyondASCII = Contents(rawValue: 8)
        static let keptMark = Contents(rawValue: 16)
        static let katakana = Contents(rawValue: 32)
        /// The term reached its greatest length; the rest of the word is passed over.
        static let isCut = Contents(rawValue: 64)
    }

    init(
        _ base: UnsafePointer<UInt8>,
        _ end: Int,
        _ memory: AnalyzerMemory,
        _ position: Int,
        _ isStemming: Bool,
        _ stopWords: StopWordTreatment
    ) {
        self.base = base
        self.end = end
        term = memory.term
        whole = memory.whole
        self.position = position
        self.isStemming = isStemming
        self.stopWords = stopWords
    }

    // MARK: The text

    mutating func scan(_ body: (Token) -> Void) {
        var at = 0
        while at < end {
            let byte = base[at]
            if byte < 0x80 {
                if ASCII.isAlphanumeric(byte) {
                    at = word(at, body)
                } else if byte == ASCII.point, at + 1 < end, ASCII.isLetter(base[at + 1]), !isWord(before: at) {
                    at = leadingPoint(at, body)
                } else {
                    at += 1
                }
                continue
            }
            let (scalar, length) = UTF8Reading.scalar(base, at, end)
            switch scalar.map(WordClass.of) ?? .other {
            case .letter, .digit, .katakana: at = word(at, body)
            case .single: at = single(at, body)
            default: at += length
            }
        }
    }

    /// Reads the word or name that starts here, hands out its tokens and returns where reading goes on.
    private mutating func word(_ start: Int, _ body: (Token) -> Void) -> Int {
        if nextAt < start { findAt(from: start) }
        if nextAt < end, start >= addressEnd, let after = address(from: start) {
            addressEnd = after
            emitWhole(start, after, kind: .email, isOverlap: true, body)
        }
        let after = readRun(start)
        guard after < end, base[after] != ASCII.space else {
            emitRun(start, after, body)
            return after
        }
        switch base[after] {
        case ASCII.plus, ASCII.hash:
            if let length = symbols(after) {
                for offset in 0..<length { term[count + offset] = base[after + offset] }
                count += length
                emit(start, after + length, kind: .name, isOverlap: false, body)
                position += 1
                return after + length
            }
        case ASCII.point: return point(start, after, body)
        case ASCII.comma:
            if contents == .digit { return number(start, after, body) }
        case ASCII.slash, ASCII.ampersand:
            if let next = joinedNames(start, after, body) { return next }
        case ASCII.hyphen:
            if let next = joinedLetter(start, after, body) { return next }
        default: break
        }
        emitRun(start, after, body)
        return after
    }

    /// Collects one run of letters, digits and connectors, folded, into the term; returns where it ends.
    mutating func readRun(_ start: Int) -> Int {
        count = 0
        contents = []
        var at = start
        while at < end {
            let byte = base[at]
            if byte < 0x80 {
                let folded = ASCII.folded(byte)
                if folded != 0 {
                    if count < Analyzer.maximumTermLength {
                        term[count] = folded
                        count &+= 1
                    } else {
                        contents.insert(.isCut)
                    }
                    contents.insert(Contents(rawValue: ASCII.contents(byte)))
                    at &+= 1
                } else if byte == ASCII.apostrophe, let next = afterApostrophe(at + 1) {
                    at = next
                } else {
                    break
                }
                continue
            }
            let (scalar, length) = UTF8Reading.scalar(base, at, end)
            guard let scalar, let next = append(scalar, at, length) else { break }
            at = next
        }
        while count > 0, term[count - 1] == ASCII.underscore { count -= 1 }
        return at
    }

    /// Takes a character beyond ASCII into the run; nil when the run ends before it.
    private mutating func append(_ scalar: Unicode.Scalar, _ at: Int, _ length: Int) -> Int? {
        switch WordClass.of(scalar) {
        case .letter:
            guard !contents.contains(.katakana) else { return nil }
            contents.insert([.letter, .beyondASCII])
        case .digit:
            guard !contents.contains(.katakana) else { return nil }
            contents.insert([.digit, .beyondASCII])
        case .katakana:
            guard contents.isSubset(of: [.katakana, .beyondASCII, .keptMark, .isCut]) else { return nil }
            contents.insert([.katakana, .beyondASCII])
        case .connector:
            contents.insert(.connector)
        case .extend:
            if CharacterFolding.isKeptMark(scalar) { contents.insert([.keptMark, .beyondASCII]) }
        case .apostrophe: return afterApostrophe(at + length)
        case .middle:
            guard contents.contains(.letter), isLetter(at + length) else { return nil }
            return at + length
        case .other, .point, .comma, .single: return nil
        }
        if !contents.contains(.isCut) {
            let added = CharacterFolding.fold(scalar, into: term + count)
            if count + added <= Analyzer.maximumTermLength { count += added } else { contents.insert(.isCut) }
        }
        return at + length
    }

    /// An ideograph or a character of a script without spaces, with the marks that follow it.
    private mutating func single(_ start: Int, _ body: (Token) -> Void) -> Int {
        count = 0
        contents = [.beyondASCII]
        var at = start
        while at < end, base[at] >= 0x80 {
            let (scalar, length) = UTF8Reading.scalar(base, at, end)
            guard let scalar, at == start || WordClass.of(scalar) == .extend else { break }
            if CharacterFolding.isKeptMark(scalar) { contents.insert(.keptMark) }
            if count <= Analyzer.maximumTermLength - 4 {
                let added = CharacterFolding.fold(scalar, into: term + count)
                if count + added <= Analyzer.maximumTermLength { count += added }
            }
            at += length
        }
        emitRun(start, at, body)
        return at
    }

    // MARK: Apostrophes and points

    /// Where reading goes on after an apostrophe within a word: past a final `s`, or at the letter that follows.
    private func afterApostrophe(_ next: Int) -> Int? {
        guard next < end, isLetter(next) else { return nil }
        if base[next] | 0x20 == UInt8(ascii: "s"), next + 1 == end || !isWord(next + 1) { return next + 1 }
        return next
    }

    /// `.NET` gives the whole name and the part.
    private mutating func leadingPoint(_ start: Int, _ body: (Token) -> Void) -> Int {
        let after = readRun(start + 1)
        if KnownNames.isDottedSuffix(term, count) {
            whole[0] = ASCII.point
            (whole + 1).update(from: term, count: count)
            emit(whole, count + 1, start, after, kind: .name, isOverlap: true, body)
            emitRun(start + 1, after, body)
            return after
        }
        return word(start + 1, body)
    }

    /// A run followed by a point: a number, an abbreviation, a known dotted name, or the end of a sentence.
    private mutating func point(_ start: Int, _ after: Int, _ body: (Token) -> Void) -> Int {
        guard after + 1 < end, ASCII.isAlphanumeric(base[after + 1]) else {
            emitRun(start, after, body)
            return after
        }
        if contents == .digit { return number(start, after, body) }
        if let next = abbreviation(start, body) { return next }
        // The part after the point, where it is a known one (`js`, `net`).
        var next = after + 1
        while next < end, next - after <= KnownNames.longestSuffix + 1, ASCII.isAlphanumeric(base[next]) { next += 1 }
        let isFree = next == end || !isWord(next)
        let suffix = next - after - 1
        if isFree, !contents.contains(.isCut), count + suffix < Analyzer.maximumTermLength {
            whole.update(from: term, count: count)
            whole[count] = ASCII.point
            for offset in 0..<suffix { whole[count + 1 + offset] = ASCII.folded(base[after + 1 + offset]) }
            if KnownNames.isDottedSuffix(whole + count + 1, suffix) {
                emit(whole, count + 1 + suffix, start, next, kind: .name, isOverlap: true, body)
                emitRun(start, after, body)
                _ = readRun(after + 1)
                emitRun(after + 1, next, body)
                return next
            }
        }
        emitRun(start, after, body)
        return after
    }

    /// Digits with points (`3.11`) or with commas between thousands (`1,000`, without which they are indexed).
    private mutating func number(_ start: Int, _ first: Int, _ body: (Token) -> Void) -> Int {
        var after = first
        while after + 1 < end, ASCII.isDigit(base[after + 1]), count < Analyzer.maximumTermLength {
            var next = after + 1
            while next < end, ASCII.isDigit(base[next]) { next += 1 }
            let length = next - after - 1
            let isWhole = next == end || !isWord(next)
            guard isWhole, count + length < Analyzer.maximumTermLength else { break }
            if base[after] == ASCII.comma {
                guard length == 3 else { break }
            } else if base[after] == ASCII.point {
                term[count] = ASCII.point
                count += 1
            } else {
                break
            }
            for offset in 0..<length { term[count + offset] = base[after + 1 + offset] }
            count += length
            after = next
        }
        emit(start, after, kind: .number, isOverlap: false, body)
        position += 1
        return after
    }

    /// `U.S.`, `Ph.D.`, `e.g.`: parts of one or two letters, one of them a single letter, as one word.
    private mutating func abbreviation(_ start: Int, _ body: (Token) -> Void) -> Int? {
        var at = start
        var length = 0
        var parts = 0
        var hasSingle = false
        while length <= 10 {
            let from = at
            while at < end, at - from <= 2, ASCII.isLetter(base[at]) {
                whole[length] = base[at] | 0x20
                length += 1
                at += 1
            }
            guard (1...2).contains(at - from) else { return nil }
            hasSingle = hasSingle || at - from == 1
            parts += 1
            guard at + 1 < end, base[at] == ASCII.point, ASCII.isLetter(base[at + 1]) else { break }
            at += 1
        }
        guard parts > 1, hasSingle, at == end || !(isWord(at) || symbols(at) != nil) else { return nil }
        emit(whole, length, start, at, kind: .word, isOverlap: false, body)
        position += 1
        return at
    }

    // MARK: Names with signs

    /// The length of a `++`, `#` or `+` that belongs to the word just read (`C++`, `C#`, `A+`), nil when there is none.
    private func symbols(_ at: Int) -> Int? {
        guard at < end, at > 0, ASCII.isLetter(base[at - 1]), count <= Analyzer.maximumTermLength - 2 else {
            return nil
        }
        func isFree(_ next: Int) -> Bool {
            next >= end || !(ASCII.isLetter(base[next]) || base[next] == ASCII.plus || base[next] >= 0x80)
        }
        let isOneLetter = at == 1 || !isWord(before: at - 1)
        if base[at] == ASCII.plus {
            if at + 1 < end, base[at + 1] == ASCII.plus { return isFree(at + 2) ? 2 : nil }
            return isOneLetter && isFree(at + 1) ? 1 : nil
        }
        guard base[at] == ASCII.hash, isFree(at + 1) else { return nil }
        return isOneLetter || at == 2 || !isWord(before: at - 2) ? 1 : nil
    }

    /// `CI/CD`, `TCP/IP`, `R&D`: up to four parts of at most three letters, whole and in parts.
    ///
    /// Parts of one letter are left out, so that `R` does not find `R&D`.
    private mutating func joinedNames(_ start: Int, _ first: Int, _ body: (Token) -> Void) -> Int? {
        let sign = base[first]
        guard contents == .letter, count <= 3, first - start == count else { return nil }
        var at = first
        var parts = 1
        var isLong = count > 1
        while at + 1 < end, base[at] == sign, ASCII.isLetter(base[at + 1]) {
            var next = at + 1
            while next < end, next - at <= 4, ASCII.isLetter(base[next]) { next += 1 }
            guard next - at <= 4, parts < 4 else { return nil }
            isLong = isLong || next - at > 2
            parts += 1
            at = next
        }
        guard parts > 1, at == end || !(isWord(at) || base[at] == sign || symbols(at) != nil) else { return nil }
        emitWhole(start, at, kind: .name, isOverlap: isLong, body)
        guard isLong else {
            position += 1
            return at
        }
        var from = start
        while from < at {
            let after = readRun(from)
            if count > 1 { emitRun(from, after, body) } else { position += 1 }
            from = after + 1
        }
        return at
    }

    /// `e-mail`, `T-SQL`: a single letter joins the word after the hyphen; the word is found on its own as well.
    private mutating func joinedLetter(_ start: Int, _ first: Int, _ body: (Token) -> Void) -> Int? {
        guard contents == .letter, count == 1, first - start == 1, start == 0 || base[start - 1] != ASCII.hyphen else {
            return nil
        }
        let letter = term[0]
        var after = first + 1
        while after < end, after - first <= 16, ASCII.isLetter(base[after]) { after += 1 }
        let length = after - first - 1
        guard (2...15).contains(length), after == end || !(isWord(after) || symbols(after) != nil) else { return nil }
        if after + 1 < end, base[after] == ASCII.hyphen, isWord(after + 1) { return nil }
        term[0] = letter
        for offset in 0..<length { term[1 + offset] = base[first + 1 + offset] | 0x20 }
        count = length + 1
        stem()
        emit(start, after, kind: .word, isOverlap: false, body)
        _ = readRun(first + 1)
        stem()
        emit(first + 1, after, kind: .word, isOverlap: true, body)
        position += 1
        return after
    }

    // MARK: Addresses

    private mutating func findAt(from start: Int) {
        var at = start
        while at < end, base[at] != ASCII.at { at += 1 }
        nextAt = at
    }

    /// The end of an e-mail address that starts here; nil when there is none.
    private func address(from start: Int) -> Int? {
        guard nextAt - start <= 64, nextAt > start else { return nil }
        for index in start..<nextAt where !ASCII.isAddress(base[index]) { return nil }
        var at = nextAt + 1
        var lastPoint = 0
        while at < end, at - nextAt <= 255, ASCII.isDomain(base[at]) {
            if base[at] == ASCII.point { lastPoint = at }
            at += 1
        }
        while at > nextAt + 1, !ASCII.isAlphanumeric(base[at - 1]) { at -= 1 }
        guard lastPoint > nextAt + 1, at - lastPoint > 2, at - start <= Analyzer.maximumTermLength else { return nil }
        return at == end || !isWord(at) ? at : nil
    }

    // MARK: Tokens

    /// Hands out the run in the term: a stemmed word, a number, a code, or a name of parts with underscores.
    private mutating func emitRun(_ start: Int, _ after: Int, _ body: (Token) -> Void) {
        guard count > 0 else { return }
        if contents == .letter {
            var isStopWord = false
            if stopWords != .keep, StopWords.contains(UnsafeBufferPointer(start: term, count: count)) {
                guard stopWords == .mark else {
                    position += 1
                    return
                }
                isStopWord = true
            }
            stem()
            emit(term, count, start, after, kind: .word, isOverlap: false, isStopWord: isStopWord, body)
            position += 1
            return
        }
        if contents.contains(.keptMark) { compose() }
        if contents.contains(.connector), emitParts(start, after, body) { return }
        let hasDigit = contents.contains(.digit)
        let hasLetter = contents.contains(.letter)
        let kind: TokenKind = hasDigit ? (hasLetter ? .identifier : .number) : .word
        // A word whose folding left only the letters a to z is stemmed like any other.
        if kind == .word { stem() }
        emit(start, after, kind: kind, isOverlap: false, body)
        position += 1
    }

    /// The parts of `snake_case`, after the whole; false when there is only one.
    private mutating func emitParts(_ start: Int, _ after: Int, _ body: (Token) -> Void) -> Bool {
        let length = count
        var parts = 0
        for index in 0..<length where term[index] != ASCII.underscore {
            if index == 0 || term[index - 1] == ASCII.underscore { parts += 1 }
        }
        guard parts > 1 else { return false }
        whole.update(from: term, count: length)
        emit(whole, length, start, after, kind: .identifier, isOverlap: true, body)
        var from = 0
        while from < length {
            guard whole[from] != ASCII.underscore else {
                from += 1
                continue
            }
            var to = from
            while to < length, whole[to] != ASCII.underscore { to += 1 }
            count = to - from
            term.update(from: whole + from, count: count)
            stem()
            emit(start, after, kind: .word, isOverlap: false, body)
            position += 1
            from = to
        }
        return true
    }

    @inline(__always)
    private mutating func stem() {
        if isStemming { count = PorterStemmer.stem(term, count: count) }
    }

    private mutating func compose() {
        let composed = CharacterFolding.composed(UnsafeBufferPointer(start: term, count: count))
        guard composed.count <= Analyzer.maximumTermLength else { return }
        for (index, byte) in composed.enumerated() { term[index] = byte }
        count = composed.count
    }

    /// Hands out a stretch of ASCII text, in lowercase, as one token.
    private func emitWhole(_ start: Int, _ after: Int, kind: TokenKind, isOverlap: Bool, _ body: (Token) -> Void) {
        for index in start..<after {
            let folded = ASCII.folded(base[index])
            whole[index - start] = folded == 0 ? base[index] : folded
        }
        emit(whole, after - start, start, after, kind: kind, isOverlap: isOverlap, body)
    }

    @inline(__always)
    private func emit(_ start: Int, _ after: Int, kind: TokenKind, isOverlap: Bool, _ body: (Token) -> Void) {
        emit(term, count, start, after, kind: kind, isOverlap: isOverlap, body)
    }

    @inline(__always)
    private func emit(
        _ bytes: UnsafeMutablePointer<UInt8>,
        _ length: Int,
        _ start: Int,
        _ after: Int,
        kind: TokenKind,
        isOverlap: Bool,
        isStopWord: Bool = false,
        _ body: (Token) -> Void
    ) {
        body(
            Token(
                term: UnsafeBufferPointer(start: bytes, count: length),
                position: position,
                start: start,
                end: after,
                kind: kind,
                isOverlap: isOverlap,
                isStopWord: isStopWord
            )
        )
    }

    // MARK: Neighbours

    /// Whether a letter, digit or connector stands at a place before the end.
    private func isWord(_ at: Int) -> Bool {
        if base[at] < 0x80 { return ASCII.folded(base[at]) != 0 }
        guard let scalar = UTF8Reading.scalar(base, at, end).0 else { return false }
        return [.letter, .digit, .katakana, .connector, .extend].contains(WordClass.of(scalar))
    }

    /// Whether the byte before a place belongs to a word; any byte beyond ASCII is taken for one.
    private func isWord(before at: Int) -> Bool {
        at > 0 && (base[at - 1] >= 0x80 || ASCII.folded(base[at - 1]) != 0)
    }

    private func isLetter(_ at: Int) -> Bool {
        guard at < end else { return false }
        if base[at] < 0x80 { return ASCII.isLetter(base[at]) }
        return UTF8Reading.scalar(base, at, end).0.map { WordClass.of($0) == .letter } ?? false
    }
}
