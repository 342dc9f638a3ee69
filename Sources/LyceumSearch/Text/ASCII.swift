// ASCII by table, and UTF-8 by hand: what the scanner asks of every byte.

/// The bytes the analyzer knows by name, and what each byte below 0x80 means to a word.
enum ASCII {
    static let space = UInt8(ascii: " ")
    static let point = UInt8(ascii: ".")
    static let comma = UInt8(ascii: ",")
    static let plus = UInt8(ascii: "+")
    static let hash = UInt8(ascii: "#")
    static let slash = UInt8(ascii: "/")
    static let ampersand = UInt8(ascii: "&")
    static let hyphen = UInt8(ascii: "-")
    static let apostrophe = UInt8(ascii: "'")
    static let underscore = UInt8(ascii: "_")
    static let at = UInt8(ascii: "@")

    @inline(__always)
    static func isLetter(_ byte: UInt8) -> Bool { (byte | 0x20) &- 0x61 < 26 && byte < 0x80 }

    @inline(__always)
    static func isDigit(_ byte: UInt8) -> Bool { byte &- 0x30 < 10 }

    @inline(__always)
    static func isAlphanumeric(_ byte: UInt8) -> Bool { isLetter(byte) || isDigit(byte) }

    /// The folded form of a byte that belongs to words (letter, digit or underscore), otherwise 0.
    @inline(__always)
    static func folded(_ byte: UInt8) -> UInt8 {
        if isLetter(byte) { return byte | 0x20 }
        return isDigit(byte) || byte == underscore ? byte : 0
    }

    /// ``TokenScanner/Contents`` of a letter, digit or underscore.
    @inline(__always)
    static func contents(_ byte: UInt8) -> UInt8 { byte >= 0x40 ? (byte == underscore ? 4 : 1) : 2 }

    /// Whether a byte may stand before the `@` of an address.
    static func isAddress(_ byte: UInt8) -> Bool {
        isAlphanumeric(byte) || byte == point || byte == underscore || byte == hyphen || byte == plus
            || byte == UInt8(ascii: "%")
    }

    /// Whether a byte may stand in the domain of an address.
    static func isDomain(_ byte: UInt8) -> Bool { isAlphanumeric(byte) || byte == point || byte == hyphen }
}

/// Decoding of UTF-8 that never reads past the end.
enum UTF8Reading {
    /// The character at a place and its length in bytes; nil and 1 where the bytes are not UTF-8.
    @inline(__always)
    static func scalar(_ base: UnsafePointer<UInt8>, _ at: Int, _ end: Int) -> (Unicode.Scalar?, Int) {
        let first = base[at]
        if first < 0x80 { return (Unicode.Scalar(first), 1) }
        let length = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : first >= 0xC2 ? 2 : 1
        guard length > 1, first < 0xF5, at + length <= end else { return (nil, 1) }
        var value = UInt32(first) & (0x7F >> UInt32(length))
        for offset in 1..<length {
            let byte = base[at + offset]
            guard byte & 0xC0 == 0x80 else { return (nil, 1) }
            value = value << 6 | UInt32(byte & 0x3F)
        }
        // Overlong forms and surrogates are not UTF-8 either.
        guard length == 2 || value >= (length == 3 ? 0x800 : 0x10000), let scalar = Unicode.Scalar(value) else {
            return (nil, 1)
        }
        return (scalar, length)
    }
}

/// Endings that make a dotted name one name: `Node.js`, `ASP.NET`, `socket.io`.
enum KnownNames {
    private static let suffixes: [StaticString] = ["js", "net", "io", "py", "ai", "jl", "rs", "ts", "sh"]
    static let longestSuffix = 3

    static func isDottedSuffix(_ bytes: UnsafePointer<UInt8>, _ count: Int) -> Bool {
        guard count == 2 || count == 3 else { return false }
        for suffix in suffixes where suffix.utf8CodeUnitCount == count {
            var isEqual = true
            for index in 0..<count where bytes[index] != suffix.utf8Start[index] { isEqual = false }
            if isEqual { return true }
        }
        return false
    }
}
