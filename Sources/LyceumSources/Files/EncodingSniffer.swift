// Which encoding a text file is in, by its bytes.

/// Looks at a file's bytes, block by block, and says in which encoding they are most likely.
///
/// A byte order mark decides, and so do the zero bytes of UTF-16. Otherwise each run of bytes above 127 is tried as UTF-8,
/// as GB 18030 (a run of whole pairs as in GB 2312, mostly of its frequent characters), and as windows-1252 (one or two
/// letters beside ASCII letters, or typographic marks). An encoding other than UTF-8 is taken only when enough
/// lines agree and none disagrees: a file that is UTF-8 with a few broken lines stays UTF-8, and those lines are set aside.
/// One pass, constant memory.
struct EncodingSniffer: Sendable {
    /// What was found out.
    struct Conclusion: Sendable, Hashable {
        /// The encoding as `iconv` names it; nil is UTF-8.
        var encoding: String?
        /// How it was found out, in words.
        var reason: String
        /// With too little to go by, the encoding that would read the lines that are not UTF-8.
        var advice: String?
    }

    /// So many lines must agree before an encoding is guessed.
    static let linesNeeded = 3

    private static let longestRun = 256
    private static let wideSample = 1 << 16

    private var mark: [UInt8] = []
    private var position = 0
    private var zeroes = (even: 0, odd: 0)
    private var run: [UInt8] = []
    private var runLength = 0
    private var before: UInt8 = 0
    private var last: UInt8 = 0
    private var line: Evidence = []
    private var runs = 0
    private var utf8Runs = 0
    private var pairRuns = 0
    private var letterRuns = 0
    private var pairLines = 0
    private var letterLines = 0
    private var otherLines = 0

    /// What the runs of one line speak for.
    private struct Evidence: OptionSet {
        var rawValue: UInt8
        static let utf8 = Evidence(rawValue: 1)
        static let pairs = Evidence(rawValue: 2)
        static let letters = Evidence(rawValue: 4)
        static let nothing = Evidence(rawValue: 8)
    }

    /// Takes the next bytes of the file.
    mutating func add(_ bytes: UnsafeBufferPointer<UInt8>) {
        if mark.count < 4 { mark += bytes.prefix(4 - mark.count) }
        if position < Self.wideSample {
            for (index, byte) in bytes.prefix(Self.wideSample - position).enumerated() where byte == 0 {
                if (position + index).isMultiple(of: 2) { zeroes.even += 1 } else { zeroes.odd += 1 }
            }
        }
        position += bytes.count
        for byte in bytes {
            if byte >= 0x80 {
                if runLength == 0 { before = last }
                runLength += 1
                if run.count < Self.longestRun { run.append(byte) }
            } else {
                if runLength > 0 { endRun(after: byte) }
                if byte == 0x0A, !line.isEmpty { endLine() }
            }
            last = byte
        }
    }

    /// What all of the bytes together say.
    mutating func conclude() -> Conclusion {
        if runLength > 0 { endRun(after: 0x0A) }
        if !line.isEmpty { endLine() }
        if let marked = Transcoder.encoding(ofMark: mark) {
            return Conclusion(encoding: marked, reason: "by its byte order mark")
        }
        let sampled = min(position, Self.wideSample)
        if sampled >= 4, let wide = wideEncoding(sampled) {
            return Conclusion(encoding: wide, reason: "by its zero bytes")
        }
        let foreign = runs - utf8Runs
        guard foreign > 0, utf8Runs < foreign else { return Conclusion(reason: "as usual") }
        func guess(_ encoding: String, runs agreeing: Int, lines: Int) -> Conclusion? {
            guard agreeing == runs else { return nil }
            guard lines >= Self.linesNeeded else { return Conclusion(reason: "as usual", advice: encoding) }
            return Conclusion(encoding: encoding, reason: "by its bytes: \(lines) lines agree, none disagrees")
        }
        return guess("gb18030", runs: pairRuns, lines: pairLines)
            ?? guess("windows-1252", runs: letterRuns, lines: letterLines) ?? Conclusion(reason: "as usual")
    }

    private func wideEncoding(_ sampled: Int) -> String? {
        let half = sampled / 2
        if zeroes.odd * 3 > half, zeroes.even * 20 < half { return "UTF-16LE" }
        if zeroes.even * 3 > half, zeroes.odd * 20 < half { return "UTF-16BE" }
        return nil
    }

    private mutating func endRun(after next: UInt8) {
        defer {
            run.removeAll(keepingCapacity: true)
            runLength = 0
        }
        // The byte order mark of UTF-8 is a run like any other, and a valid one.
        runs += 1
        var speaks: Evidence = []
        // A run that was cut off may end within a character.
        let whole = runLength == run.count ? run[...] : run.dropLast(4)
        if String(validating: whole, as: UTF8.self) != nil {
            utf8Runs += 1
            speaks.insert(.utf8)
        }
        if arePairs(next) {
            pairRuns += 1
            speaks.insert(.pairs)
        }
        if areLetters(next) {
            letterRuns += 1
            speaks.insert(.letters)
        }
        line.formUnion(speaks.isEmpty ? .nothing : speaks)
    }

    private mutating func endLine() {
        if line.contains(.nothing) {
            otherLines += 1
        } else {
            if line.contains(.pairs) { pairLines += 1 }
            if line.contains(.letters) { letterLines += 1 }
        }
        line = []
    }

    /// Whether the run is whole characters of GB 2312, most of them of its first level, marks or full-width forms.
    private func arePairs(_ next: UInt8) -> Bool {
        guard runLength.isMultiple(of: 2), run.count >= 2 else { return false }
        var frequent = 0
        var index = 0
        while index + 1 < run.count {
            let (lead, trail) = (run[index], run[index + 1])
            guard (0xA1...0xF7).contains(lead), (0xA1...0xFE).contains(trail) else { return false }
            if (0xB0...0xD7).contains(lead) || (0xA1...0xA3).contains(lead) { frequent += 1 }
            index += 2
        }
        return frequent * 10 >= (run.count / 2) * 7
    }

    /// Whether the run is one or two letters of windows-1252 in a word, or its typographic marks.
    private func areLetters(_ next: UInt8) -> Bool {
        guard runLength <= 2 else { return false }
        func isWord(_ byte: UInt8) -> Bool {
            (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
        }
        let inWord = isWord(before) || isWord(next)
        return run.allSatisfy { byte in
            switch byte {
            case 0xD7, 0xF7, 0xFF: false
            case 0xC0...0xFE, 0x8A, 0x8C, 0x8E, 0x9A, 0x9C, 0x9E, 0x9F: inWord
            case 0x80, 0x82, 0x84, 0x85, 0x91...0x97, 0x99, 0xA0, 0xA3, 0xA7, 0xA9, 0xAB, 0xAE, 0xB0, 0xB7, 0xBB: true
            default: false
            }
        }
    }
}
