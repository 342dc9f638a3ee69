// The Porter2 stemmer for English, on bytes, in place.

/// The Porter2 (Snowball English) stemmer, after the algorithm's description at
/// https://snowballstem.org/algorithms/english/stemmer.html (Martin Porter; rules as of Snowball 3).
///
/// Works on lowercase ASCII words; a word with any other byte is left as it is. No allocation.
struct PorterStemmer {
    private let word: UnsafeMutablePointer<UInt8>
    private var count: Int
    private var region1 = 0
    private var region2 = 0

    /// Shortens the word of `count` bytes at `word` in place and returns its new length, which is never greater.
    /// Linear in the word's length.
    static func stem(_ word: UnsafeMutablePointer<UInt8>, count: Int) -> Int {
        guard count > 2 else { return count }
        for index in 0..<count where word[index] &- UInt8(ascii: "a") > 25 { return count }
        if count <= 6, let length = exception(word, count) { return length }
        var stemmer = PorterStemmer(word: word, count: count)
        stemmer.markConsonantYs()
        stemmer.findRegions()
        stemmer.step1a()
        if !stemmer.isKeptAfterStep1a {
            stemmer.step1b()
            stemmer.step1c()
            stemmer.step2()
            stemmer.step3()
            stemmer.step4()
            stemmer.step5()
        }
        for index in 0..<stemmer.count where word[index] == consonantY { word[index] = UInt8(ascii: "y") }
        return stemmer.count
    }

    /// The stem of a word.
    static func stem(_ text: String) -> String {
        var bytes = Array(text.utf8)
        let count = bytes.withUnsafeMutableBufferPointer { buffer in
            buffer.baseAddress.map { stem($0, count: buffer.count) } ?? 0
        }
        return String(decoding: bytes.prefix(count), as: UTF8.self)
    }

    // MARK: Exceptions

    /// A word of up to eight letters as one integer.
    private static func key(_ text: StaticString) -> UInt64 { key(text.utf8Start, text.utf8CodeUnitCount) }

    private static func key(_ word: UnsafePointer<UInt8>, _ count: Int) -> UInt64 {
        var key: UInt64 = 0
        for index in 0..<count { key = key << 8 | UInt64(word[index]) }
        return key
    }

    /// The words the rules get wrong: what they shorten to is their own beginning, but for a last letter.
    private static let exceptions: [(key: UInt64, length: Int, last: UInt8?)] = [
        (key("skis"), 3, nil), (key("skies"), 3, UInt8(ascii: "y")), (key("idly"), 3, nil), (key("gently"), 5, nil),
        (key("ugly"), 4, UInt8(ascii: "i")), (key("early"), 5, UInt8(ascii: "i")),
        (key("only"), 4, UInt8(ascii: "i")),
        (key("singly"), 5, nil), (key("sky"), 3, nil), (key("news"), 4, nil), (key("howe"), 4, nil),
        (key("atlas"), 5, nil), (key("cosmos"), 6, nil), (key("bias"), 4, nil), (key("andes"), 5, nil),
    ]

    private static func exception(_ word: UnsafeMutablePointer<UInt8>, _ count: Int) -> Int? {
        let wanted = key(word, count)
        for exception in exceptions where exception.key == wanted {
            if let last = exception.last { word[exception.length - 1] = last }
            return exception.length
        }
        return nil
    }

    private static let kept: [UInt64] = [
        key("inning"), key("outing"), key("canning"), key("herring"), key("earring"), key("proceed"), key("exceed"),
        key("succeed"), key("evening"),
    ]

    private var isKeptAfterStep1a: Bool {
        guard count == 6 || count == 7 else { return false }
        let wanted = Self.key(word, count)
        for key in Self.kept where key == wanted { return true }
        return false
    }

    // MARK: Letters and regions

    private static let consonantY = UInt8(ascii: "Y")
    /// Bit n is set when the n-th letter is a vowel: a, e, i, o, u, y.
    private static let vowels: UInt32 = 1 << 0 | 1 << 4 | 1 << 8 | 1 << 14 | 1 << 20 | 1 << 24

    private func isVowel(_ index: Int) -> Bool {
        let letter = word[index] &- UInt8(ascii: "a")
        return letter < 26 && Self.vowels >> UInt32(letter) & 1 == 1
    }

    private func markConsonantYs() {
        for index in 0..<count where word[index] == UInt8(ascii: "y") {
            if index == 0 || isVowel(index - 1) { word[index] = Self.consonantY }
        }
    }

    private mutating func findRegions() {
        region1 = regionAfter(0)
        switch word[0] {
        case UInt8(ascii: "g"): if starts("gener") { region1 = 5 }
        case UInt8(ascii: "c"): if starts("commun") { region1 = 6 }
        case UInt8(ascii: "a"): if starts("arsen") { region1 = 5 }
        case UInt8(ascii: "p"): if starts("past") { region1 = 4 }
        case UInt8(ascii: "u"): if starts("univers") { region1 = 7 }
        case UInt8(ascii: "l"): if starts("later") { region1 = 5 }
        case UInt8(ascii: "e"): if starts("emerg") { region1 = 5 }
        case UInt8(ascii: "o"): if starts("organ") { region1 = 5 }
        case UInt8(ascii: "i"): if starts("inter") { region1 = 5 }
        default: break
        }
        region2 = regionAfter(region1)
    }

    private func regionAfter(_ start: Int) -> Int {
        var index = start
        while index + 1 < count {
            if isVowel(index), !isVowel(index + 1) { return index + 2 }
            index += 1
        }
        return count
    }

    private func starts(_ prefix: StaticString) -> Bool {
        let length = prefix.utf8CodeUnitCount
        guard count >= length else { return false }
        for index in 0..<length where word[index] != prefix.utf8Start[index] { return false }
        return true
    }

    @inline(__always)
    private func ends(_ suffix: StaticString) -> Bool {
        let length = suffix.utf8CodeUnitCount
        guard count >= length else { return false }
        let tail = word + (count - length)
        var index = length - 1
        while index >= 0 {
            if tail[index] != suffix.utf8Start[index] { return false }
            index -= 1
        }
        return true
    }

    /// Puts a text, never longer than the suffix, in the place of the last `length` letters.
    private mutating func replace(_ length: Int, with text: StaticString) {
        count -= length
        for index in 0..<text.utf8CodeUnitCount { word[count + index] = text.utf8Start[index] }
        count += text.utf8CodeUnitCount
    }

    private func hasVowel(before end: Int) -> Bool {
        var index = 0
        while index < end {
            if isVowel(index) { return true }
            index += 1
        }
        return false
    }

    /// Whether the word up to `end` finishes in a short syllable.
    private func endsInShortSyllable(_ end: Int) -> Bool {
        if end == 4, starts("past") { return true }
        if end == 2 { return isVowel(0) && !isVowel(1) }
        guard end >= 3, !isVowel(end - 3), isVowel(end - 2), !isVowel(end - 1) else { return false }
        let last = word[end - 1]
        return last != UInt8(ascii: "w") && last != UInt8(ascii: "x") && last != Self.consonantY
    }

    private var isShort: Bool { region1 >= count && endsInShortSyllable(count) }

    // MARK: Steps

    private mutating func step1a() {
        switch word[count - 1] {
        case UInt8(ascii: "s"):
            if ends("sses") {
                count -= 2
            } else if ends("ies") {
                count -= count > 4 ? 2 : 1
            } else if ends("us") || ends("ss") {
                return
            } else if hasVowel(before: count - 2) {
                count -= 1
            }
        case UInt8(ascii: "d"):
            if ends("ied") { count -= count > 4 ? 2 : 1 }
        default: break
        }
    }

    private mutating func step1b() {
        switch word[count - 1] {
        case UInt8(ascii: "d"):
            if ends("eed") {
                if count - 3 >= region1 { count -= 1 }
            } else if ends("ed") {
                removeEnding(2)
            }
        case UInt8(ascii: "g"):
            guard ends("ing") else { return }
            if count == 5, word[1] == UInt8(ascii: "y"), !isVowel(0) {
                // dying, lying, tying: the y was an ie.
                replace(4, with: "ie")
            } else {
                removeEnding(3)
            }
        case UInt8(ascii: "y"):
            if ends("eedly") {
                if count - 5 >= region1 { count -= 3 }
            } else if ends("ingly") {
                removeEnding(5)
            } else if ends("edly") {
                removeEnding(4)
            }
        default: break
        }
    }

    private mutating func removeEnding(_ length: Int) {
        guard hasVowel(before: count - length) else { return }
        count -= length
        if ends("at") || ends("bl") || ends("iz") {
            word[count] = UInt8(ascii: "e")
            count += 1
        } else if endsInDouble {
            let first = word[0]
            let isKept =
                count == 3
                && (first == UInt8(ascii: "a") || first == UInt8(ascii: "e") || first == UInt8(ascii: "o"))
            if !isKept { count -= 1 }
        } else if isShort {
            word[count] = UInt8(ascii: "e")
            count += 1
        }
    }

    private var endsInDouble: Bool {
        guard count >= 2, word[count - 1] == word[count - 2] else { return false }
        switch word[count - 1] {
        case UInt8(ascii: "b"), UInt8(ascii: "d"), UInt8(ascii: "f"), UInt8(ascii: "g"), UInt8(ascii: "m"),
            UInt8(ascii: "n"), UInt8(ascii: "p"), UInt8(ascii: "r"), UInt8(ascii: "t"):
            return true
        default: return false
        }
    }

    private mutating func step1c() {
        let last = word[count - 1]
        guard last == UInt8(ascii: "y") || last == Self.consonantY, count > 2, !isVowel(count - 2) else { return }
        word[count - 1] = UInt8(ascii: "i")
    }

    /// Replaces a suffix that lies in region 1; true when the word ends in it, replaced or not.
    @inline(__always)
    private mutating func step(_ suffix: StaticString, _ text: StaticString) -> Bool {
        guard ends(suffix) else { return false }
        if count - suffix.utf8CodeUnitCount >= region1 { replace(suffix.utf8CodeUnitCount, with: text) }
        return true
    }

    private mutating func step2() {
        guard count > 3 else { return }
        switch word[count - 1] {
        case UInt8(ascii: "l"):
            if step("ational", "ate") { return }
            _ = step("tional", "tion")
        case UInt8(ascii: "i"): step2EndingInI()
        case UInt8(ascii: "r"):
            if step("izer", "ize") { return }
            _ = step("ator", "ate")
        case UInt8(ascii: "n"):
            if step("ization", "ize") { return }
            _ = step("ation", "ate")
        case UInt8(ascii: "m"): _ = step("alism", "al")
        case UInt8(ascii: "s"):
            if step("fulness", "ful") { return }
            if step("ousness", "ous") { return }
            _ = step("iveness", "ive")
        case UInt8(ascii: "t"): _ = step("ogist", "og")
        default: break
        }
    }

    private mutating func step2EndingInI() {
        if step("biliti", "ble") { return }
        if step("lessli", "less") { return }
        if step("entli", "ent") { return }
        if step("aliti", "al") { return }
        if step("fulli", "ful") { return }
        if step("ousli", "ous") { return }
        if step("iviti", "ive") { return }
        if step("enci", "ence") { return }
        if step("anci", "ance") { return }
        if step("abli", "able") { return }
        if step("alli", "al") { return }
        if step("bli", "ble") { return }
        if ends("ogi") {
            if count - 3 >= region1, count > 3, word[count - 4] == UInt8(ascii: "l") { count -= 1 }
            return
        }
        guard ends("li"), count - 2 >= region1, count > 2 else { return }
        switch word[count - 3] {
        case UInt8(ascii: "c"), UInt8(ascii: "d"), UInt8(ascii: "e"), UInt8(ascii: "g"), UInt8(ascii: "h"),
            UInt8(ascii: "k"), UInt8(ascii: "m"), UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"):
            count -= 2
        default: break
        }
    }

    private mutating func step3() {
        guard count > 2 else { return }
        switch word[count - 1] {
        case UInt8(ascii: "l"):
            if step("ational", "ate") { return }
            if step("tional", "tion") { return }
            if step("ical", "ic") { return }
            _ = step("ful", "")
        case UInt8(ascii: "e"):
            if step("alize", "al") { return }
            if step("icate", "ic") { return }
            if ends("ative"), count - 5 >= region2 { count -= 5 }
        case UInt8(ascii: "i"): _ = step("iciti", "ic")
        case UInt8(ascii: "s"): _ = step("ness", "")
        default: break
        }
    }

    /// Removes a suffix that lies in region 2; true when the word ends in it, removed or not.
    @inline(__always)
    private mutating func remove(_ suffix: StaticString) -> Bool {
        guard ends(suffix) else { return false }
        if count - suffix.utf8CodeUnitCount >= region2 { count -= suffix.utf8CodeUnitCount }
        return true
    }

    private mutating func step4() {
        guard count > 1 else { return }
        switch word[count - 1] {
        case UInt8(ascii: "t"):
            if remove("ement") { return }
            if remove("ment") { return }
            if remove("ant") { return }
            _ = remove("ent")
        case UInt8(ascii: "e"):
            if remove("ance") { return }
            if remove("ence") { return }
            if remove("able") { return }
            if remove("ible") { return }
            if remove("ate") { return }
            if remove("ive") { return }
            _ = remove("ize")
        case UInt8(ascii: "m"): _ = remove("ism")
        case UInt8(ascii: "i"): _ = remove("iti")
        case UInt8(ascii: "s"): _ = remove("ous")
        case UInt8(ascii: "l"): _ = remove("al")
        case UInt8(ascii: "r"): _ = remove("er")
        case UInt8(ascii: "c"): _ = remove("ic")
        case UInt8(ascii: "n"):
            guard ends("ion"), count - 3 >= region2, count > 3 else { return }
            if word[count - 4] == UInt8(ascii: "s") || word[count - 4] == UInt8(ascii: "t") { count -= 3 }
        default: break
        }
    }

    private mutating func step5() {
        guard count > 0 else { return }
        if word[count - 1] == UInt8(ascii: "e") {
            if count - 1 >= region2 || (count - 1 >= region1 && !endsInShortSyllable(count - 1)) { count -= 1 }
        } else if ends("ll"), count - 1 >= region2 {
            count -= 1
        }
    }
}
