// The Porter2 stemmer for English, on bytes.

/// The Porter2 (Snowball English) stemmer, after the algorithm's description at
/// https://snowballstem.org/algorithms/english/stemmer.html (Martin Porter).
///
/// Works in place on lowercase ASCII words; a word with any other byte is left as it is.
struct PorterStemmer {
    private var word: [UInt8] = []
    private var region1 = 0
    private var region2 = 0

    /// Shortens a word in place. Linear in the word's length; the buffer is reused between calls.
    mutating func stem(_ bytes: inout [UInt8]) {
        guard bytes.count > 2, bytes.allSatisfy({ (0x61...0x7A).contains($0) }) else { return }
        if let fixed = Self.exceptions[Key(bytes)] {
            bytes = fixed
            return
        }
        swap(&word, &bytes)
        markConsonantYs()
        findRegions()
        step1a()
        if !Self.keptAfterStep1a.contains(Key(word)) {
            step1b()
            step1c()
            step2()
            step3()
            step4()
            step5()
        }
        for index in word.indices where word[index] == Self.consonantY { word[index] = UInt8(ascii: "y") }
        swap(&word, &bytes)
    }

    // MARK: Words and regions

    /// A short word packed into two integers, so that looking up exceptions hashes no array.
    private struct Key: Hashable {
        var low: UInt64 = 0
        var high: UInt64 = 0
        init(_ bytes: some Sequence<UInt8>) {
            for byte in bytes {
                high = high << 8 | low >> 56
                low = low << 8 | UInt64(byte)
            }
        }
        init(_ text: StaticString) {
            self.init(UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
        }
    }

    private static let consonantY = UInt8(ascii: "Y")

    private static let exceptions: [Key: [UInt8]] = {
        let pairs: [(StaticString, String)] = [
            ("skis", "ski"), ("skies", "sky"), ("idly", "idl"), ("gently", "gentl"), ("ugly", "ugli"),
            ("early", "earli"),
            ("only", "onli"), ("singly", "singl"), ("sky", "sky"), ("news", "news"), ("howe", "howe"),
            ("atlas", "atlas"),
            ("cosmos", "cosmos"), ("bias", "bias"), ("andes", "andes"),
        ]
        return Dictionary(uniqueKeysWithValues: pairs.map { (Key($0.0), Array($0.1.utf8)) })
    }()

    private static let keptAfterStep1a: Set<Key> = [
        Key("inning"), Key("outing"), Key("canning"), Key("herring"), Key("earring"), Key("proceed"), Key("exceed"),
        Key("succeed"), Key("evening"),
    ]

    private func isVowel(_ index: Int) -> Bool {
        switch word[index] {
        case UInt8(ascii: "a"), UInt8(ascii: "e"), UInt8(ascii: "i"), UInt8(ascii: "o"), UInt8(ascii: "u"),
            UInt8(ascii: "y"):
            true
        default: false
        }
    }

    private mutating func markConsonantYs() {
        for index in word.indices where word[index] == UInt8(ascii: "y") {
            if index == 0 || isVowel(index - 1) { word[index] = Self.consonantY }
        }
    }

    private mutating func findRegions() {
        region1 = regionAfter(0)
        for (prefix, length) in [("gener", 5), ("commun", 6), ("arsen", 5)] as [(StaticString, Int)] {
            if starts(prefix) { region1 = length }
        }
        for (prefix, length) in [("past", 4), ("univers", 7), ("later", 5), ("emerg", 5), ("organ", 5), ("inter", 5)]
            as [(StaticString, Int)]
        {
            if starts(prefix) { region1 = length }
        }
        region2 = regionAfter(region1)
    }

    private func regionAfter(_ start: Int) -> Int {
        var index = start
        while index + 1 < word.count {
            if isVowel(index), !isVowel(index + 1) { return index + 2 }
            index += 1
        }
        return word.count
    }

    private func starts(_ prefix: StaticString) -> Bool {
        let count = prefix.utf8CodeUnitCount
        guard word.count >= count else { return false }
        for index in 0..<count where word[index] != prefix.utf8Start[index] { return false }
        return true
    }

    private func ends(_ suffix: StaticString) -> Bool {
        let count = suffix.utf8CodeUnitCount
        guard word.count >= count else { return false }
        let offset = word.count - count
        for index in 0..<count where word[offset + index] != suffix.utf8Start[index] { return false }
        return true
    }

    private mutating func replace(_ suffix: StaticString, with text: StaticString) {
        word.removeLast(suffix.utf8CodeUnitCount)
        word.append(contentsOf: UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    private func isInRegion1(_ suffix: StaticString) -> Bool { word.count - suffix.utf8CodeUnitCount >= region1 }
    private func isInRegion2(_ suffix: StaticString) -> Bool { word.count - suffix.utf8CodeUnitCount >= region2 }

    private func hasVowel(before end: Int) -> Bool {
        for index in 0..<max(0, end) where isVowel(index) { return true }
        return false
    }

    /// Whether the word up to `end` finishes in a short syllable.
    private func endsInShortSyllable(_ end: Int) -> Bool {
        if end == 4, starts("past") { return true }
        if end == 2 { return isVowel(0) && !isVowel(1) }
        guard end >= 3, !isVowel(end - 3), isVowel(end - 2), !isVowel(end - 1) else { return false }
        return word[end - 1] != UInt8(ascii: "w") && word[end - 1] != UInt8(ascii: "x")
            && word[end - 1] != Self.consonantY
    }

    private var isShort: Bool { region1 >= word.count && endsInShortSyllable(word.count) }

    // MARK: Steps

    private mutating func step1a() {
        if ends("sses") {
            replace("sses", with: "ss")
        } else if ends("ied") || ends("ies") {
            word.removeLast(word.count > 4 ? 2 : 1)
        } else if ends("us") || ends("ss") {
            return
        } else if ends("s"), hasVowel(before: word.count - 2) {
            word.removeLast()
        }
    }

    private mutating func step1b() {
        for suffix in ["eedly", "eed"] as [StaticString] where ends(suffix) {
            if isInRegion1(suffix) { replace(suffix, with: "ee") }
            return
        }
        for suffix in ["ingly", "edly", "ing", "ed"] as [StaticString] where ends(suffix) {
            let stemLength = word.count - suffix.utf8CodeUnitCount
            guard hasVowel(before: stemLength) else { return }
            if suffix.utf8CodeUnitCount == 3, stemLength == 2, word[1] == UInt8(ascii: "y"), !isVowel(0) {
                // dying, lying, tying: the y was an ie.
                replace("ying", with: "ie")
                return
            }
            word.removeLast(suffix.utf8CodeUnitCount)
            if ends("at") || ends("bl") || ends("iz") {
                word.append(UInt8(ascii: "e"))
            } else if endsInDouble {
                let isKept =
                    word.count == 3 && [UInt8(ascii: "a"), UInt8(ascii: "e"), UInt8(ascii: "o")].contains(word[0])
                if !isKept { word.removeLast() }
            } else if isShort {
                word.append(UInt8(ascii: "e"))
            }
            return
        }
    }

    private var endsInDouble: Bool {
        guard word.count >= 2, let last = word.last, word[word.count - 2] == last else { return false }
        return "bdfgmnprt".utf8.contains(last)
    }

    private mutating func step1c() {
        guard let last = word.last, last == UInt8(ascii: "y") || last == Self.consonantY, word.count > 2,
            !isVowel(word.count - 2)
        else { return }
        word[word.count - 1] = UInt8(ascii: "i")
    }

    private static let step2Pairs: [(StaticString, StaticString)] = [
        ("ational", "ate"), ("ization", "ize"), ("fulness", "ful"), ("ousness", "ous"), ("iveness", "ive"),
        ("tional", "tion"), ("biliti", "ble"), ("lessli", "less"), ("entli", "ent"), ("ation", "ate"), ("alism", "al"),
        ("aliti", "al"), ("fulli", "ful"), ("ousli", "ous"), ("iviti", "ive"), ("enci", "ence"), ("anci", "ance"),
        ("abli", "able"), ("izer", "ize"), ("ator", "ate"), ("alli", "al"), ("bli", "ble"),
    ]

    private mutating func step2() {
        for (suffix, text) in Self.step2Pairs where ends(suffix) {
            if isInRegion1(suffix) { replace(suffix, with: text) }
            return
        }
        if ends("ogist") {
            if isInRegion1("ogist") { replace("ogist", with: "og") }
        } else if ends("ogi") {
            if isInRegion1("ogi"), word.count > 3, word[word.count - 4] == UInt8(ascii: "l") {
                replace("ogi", with: "og")
            }
        } else if ends("li") {
            if isInRegion1("li"), word.count > 2, "cdeghkmnrt".utf8.contains(word[word.count - 3]) {
                word.removeLast(2)
            }
        }
    }

    private static let step3Pairs: [(StaticString, StaticString)] = [
        ("ational", "ate"), ("tional", "tion"), ("alize", "al"), ("icate", "ic"), ("iciti", "ic"), ("ical", "ic"),
        ("ness", ""), ("ful", ""),
    ]

    private mutating func step3() {
        for (suffix, text) in Self.step3Pairs where ends(suffix) {
            if isInRegion1(suffix) { replace(suffix, with: text) }
            return
        }
        if ends("ative"), isInRegion2("ative") { word.removeLast(5) }
    }

    private static let step4Suffixes: [StaticString] = [
        "ement", "ance", "ence", "able", "ible", "ment", "ant", "ent", "ism", "ate", "iti", "ous", "ive", "ize", "al",
        "er", "ic",
    ]

    private mutating func step4() {
        for suffix in Self.step4Suffixes where ends(suffix) {
            if isInRegion2(suffix) { word.removeLast(suffix.utf8CodeUnitCount) }
            return
        }
        if ends("ion"), isInRegion2("ion"), word.count > 3,
            word[word.count - 4] == UInt8(ascii: "s") || word[word.count - 4] == UInt8(ascii: "t")
        {
            word.removeLast(3)
        }
    }

    private mutating func step5() {
        if ends("e") {
            if isInRegion2("e") || (isInRegion1("e") && !endsInShortSyllable(word.count - 1)) { word.removeLast() }
        } else if ends("l"), isInRegion2("l"), word.count > 1, word[word.count - 2] == UInt8(ascii: "l") {
            word.removeLast()
        }
    }
}
