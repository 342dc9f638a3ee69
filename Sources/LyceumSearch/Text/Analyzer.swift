// Cuts text into the terms that are indexed and searched.

/// Cuts text into terms: Unicode words, folded and stemmed, with technical names kept whole.
///
/// - Words are runs of letters and digits; an ideograph is a word of its own.
/// - Folding is NFKD without marks, lowercased: `Zürich` and `ZURICH` are one term.
/// - An apostrophe joins (`don't` is `dont`), a final `'s` is dropped.
/// - `C++`, `C#`, `F#`, `A+` stay terms of their own and do not match `C`, `F`, `A`.
/// - `.NET`, `Node.js`, `ASP.NET` and other names in a known dotted suffix give the whole name and each part;
///   numbers keep their point (`3.11`).
/// - Words of the letters a-z are stemmed with Porter2; all others are kept as they are.
/// - A term is at most 64 bytes long; what is longer is cut.
///
/// A value type with scratch buffers: keep one a thread and reuse it.
struct Analyzer {
    /// The name recorded in the manifest; a snapshot with another one is not opened.
    static let name = "unicode-nfkd-porter2-1"

    private static let maximumTermLength = 64
    private static let dottedSuffixes: Set<[UInt8]> = Set(
        ["js", "net", "io", "py", "ai", "jl", "rs"].map { Array($0.utf8) }
    )

    private var stemmer = PorterStemmer()
    private var term: [UInt8] = []
    private var joined: [UInt8] = []
    private let isStemming: Bool

    /// Makes an analyzer; without stemming it gives the folded words themselves.
    init(isStemming: Bool = true) {
        self.isStemming = isStemming
    }

    /// Calls `body` with each term of the text, in order. Linear time.
    mutating func terms(of text: String, _ body: (UnsafeBufferPointer<UInt8>) -> Void) {
        var text = text
        text.withUTF8 { terms(of: $0, body) }
    }

    /// The terms as strings; for explanations and tests.
    mutating func terms(of text: String) -> [String] {
        var all: [String] = []
        terms(of: text) { all.append(String(decoding: $0, as: UTF8.self)) }
        return all
    }

    /// Calls `body` with each term of UTF-8 text, in order; malformed bytes separate words.
    mutating func terms(of bytes: UnsafeBufferPointer<UInt8>, _ body: (UnsafeBufferPointer<UInt8>) -> Void) {
        var position = 0
        let end = bytes.count
        while position < end {
            let byte = bytes[position]
            if byte < 0x80 {
                if Self.classes[Int(byte)] != 0 {
                    position = word(bytes, from: position, isAfterDot: false, body)
                } else if byte == UInt8(ascii: "."), position + 1 < end, Self.isLetter(bytes[position + 1]),
                    position == 0 || !Self.isWordByte(bytes[position - 1])
                {
                    position = word(bytes, from: position + 1, isAfterDot: true, body)
                } else {
                    position += 1
                }
                continue
            }
            let (scalar, length) = Self.decode(bytes, at: position)
            switch scalar.map(FoldedScalar.of) ?? .separator {
            case .separator, .ignored: position += length
            case .word: position = word(bytes, from: position, isAfterDot: false, body)
            case .ideograph(let folded):
                term = folded
                emit(body)
                position += length
            }
        }
    }

    // MARK: One word

    /// Reads the word that starts at `start`, emits its terms and returns the position after it.
    private mutating func word(
        _ bytes: UnsafeBufferPointer<UInt8>,
        from start: Int,
        isAfterDot: Bool,
        _ body: (UnsafeBufferPointer<UInt8>) -> Void
    ) -> Int {
        var position = run(bytes, from: start)
        let end = bytes.count
        if let length = symbolSuffix(bytes, at: position) {
            for offset in position..<position + length { term.append(bytes[offset]) }
            emit(body, isWhole: true)
            return position + length
        }
        if isAfterDot {
            joined = [UInt8(ascii: ".")] + term
            if Self.dottedSuffixes.contains(term) {
                swap(&term, &joined)
                emit(body, isWhole: true)
                swap(&term, &joined)
            }
            emit(body)
            return position
        }
        // Dotted names and decimal numbers: look at what follows each point before deciding.
        while position + 1 < end, term.count <= Self.maximumTermLength, bytes[position] == UInt8(ascii: "."),
            bytes[position + 1] < 0x80, Self.classes[Int(bytes[position + 1])] != 0
        {
            let head = term
            let next = run(bytes, from: position + 1)
            let isNumber = head.allSatisfy(Self.isDigit(orPoint:)) && term.allSatisfy(Self.isDigit(orPoint:))
            if isNumber {
                term = head + [UInt8(ascii: ".")] + term
                position = next
            } else if Self.dottedSuffixes.contains(term) {
                let tail = term
                term = head + [UInt8(ascii: ".")] + tail
                emit(body, isWhole: true)
                term = head
                emit(body)
                term = tail
                emit(body)
                return next
            } else {
                term = head
                emit(body)
                return position
            }
        }
        emit(body)
        return position
    }

    /// Collects one run of letters and digits, folded, into `term`; returns the position after it.
    private mutating func run(_ bytes: UnsafeBufferPointer<UInt8>, from start: Int) -> Int {
        term.removeAll(keepingCapacity: true)
        var position = start
        let end = bytes.count
        while position < end {
            let byte = bytes[position]
            if byte < 0x80 {
                let folded = Self.classes[Int(byte)]
                if folded != 0 {
                    term.append(folded)
                    position += 1
                } else if byte == UInt8(ascii: "'"), let next = apostrophe(bytes, at: position, length: 1) {
                    position = next
                } else {
                    break
                }
                continue
            }
            let (scalar, length) = Self.decode(bytes, at: position)
            if scalar == "\u{2019}" {
                guard let next = apostrophe(bytes, at: position, length: length) else { break }
                position = next
                continue
            }
            guard let scalar else { break }
            switch FoldedScalar.of(scalar) {
            case .word(let folded): term.append(contentsOf: folded)
            case .ignored: break
            case .separator, .ideograph: return position
            }
            position += length
        }
        return position
    }

    /// Where reading goes on after an apostrophe within a word: past a final `s`, or at the letter that follows.
    private func apostrophe(_ bytes: UnsafeBufferPointer<UInt8>, at position: Int, length: Int) -> Int? {
        let next = position + length
        guard next < bytes.count, Self.isWordByte(bytes[next]) else { return nil }
        if bytes[next] | 0x20 == UInt8(ascii: "s"), next + 1 == bytes.count || !Self.isWordByte(bytes[next + 1]) {
            return next + 1
        }
        return next
    }

    /// The length of a `++`, `#` or `+` that belongs to the word just read (`C++`, `C#`, `A+`), nil when there is none.
    private func symbolSuffix(_ bytes: UnsafeBufferPointer<UInt8>, at position: Int) -> Int? {
        guard position < bytes.count, let last = term.last, Self.isLetter(last) else { return nil }
        func isFree(_ next: Int) -> Bool {
            next >= bytes.count
                || !(Self.isLetter(bytes[next]) || bytes[next] == UInt8(ascii: "+") || bytes[next] >= 0x80)
        }
        if bytes[position] == UInt8(ascii: "+") {
            if position + 1 < bytes.count, bytes[position + 1] == UInt8(ascii: "+") {
                return isFree(position + 2) ? 2 : nil
            }
            return term.count == 1 && isFree(position + 1) ? 1 : nil
        }
        return bytes[position] == UInt8(ascii: "#") && term.count <= 2 && isFree(position + 1) ? 1 : nil
    }

    private mutating func emit(_ body: (UnsafeBufferPointer<UInt8>) -> Void, isWhole: Bool = false) {
        guard !term.isEmpty else { return }
        if term.count > Self.maximumTermLength {
            var length = Self.maximumTermLength
            while length > 0, term[length] & 0xC0 == 0x80 { length -= 1 }
            term.removeLast(term.count - length)
        }
        if isStemming, !isWhole { stemmer.stem(&term) }
        term.withUnsafeBufferPointer(body)
    }

    // MARK: Bytes

    /// For each ASCII byte its folded form when it belongs to a word, otherwise 0.
    private static let classes: [UInt8] = (0..<128).map { value in
        let byte = UInt8(value)
        if isLetter(byte) { return byte | 0x20 }
        return isDigit(orPoint: byte) && byte != UInt8(ascii: ".") ? byte : 0
    }

    private static func isLetter(_ byte: UInt8) -> Bool { (0x61...0x7A).contains(byte | 0x20) && byte < 0x80 }

    private static func isDigit(orPoint byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || byte == UInt8(ascii: ".")
    }

    private static func isWordByte(_ byte: UInt8) -> Bool { byte >= 0x80 || classes[Int(byte)] != 0 }

    /// The scalar at a position and its length in bytes; nil and 1 where the bytes are not UTF-8.
    private static func decode(_ bytes: UnsafeBufferPointer<UInt8>, at position: Int) -> (Unicode.Scalar?, Int) {
        let first = bytes[position]
        let length = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : first >= 0xC2 ? 2 : 1
        guard length > 1, first < 0xF5, position + length <= bytes.count else { return (nil, 1) }
        var value = UInt32(first) & (0x7F >> UInt32(length))
        for offset in 1..<length {
            let byte = bytes[position + offset]
            guard byte & 0xC0 == 0x80 else { return (nil, 1) }
            value = value << 6 | UInt32(byte & 0x3F)
        }
        guard let scalar = Unicode.Scalar(value) else { return (nil, 1) }
        return (scalar, length)
    }
}
