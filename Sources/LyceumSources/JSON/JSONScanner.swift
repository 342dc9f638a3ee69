// A pull scanner over the bytes of one JSON text (RFC 8259).
//
// Why not Foundation's: a record must reach the lake verbatim (numbers as written, nested values as JSON text), a fault
// must name its byte, and 150,000 records must cost tens of milliseconds, not seconds.

/// A fault in a JSON text.
struct JSONFault: Error, Sendable, Hashable {
    /// What is wrong.
    var reason: String
    /// Zero-based number of the byte where it was noticed.
    var offset: Int
}

/// Reads JSON from a buffer, one token at a time. The buffer must outlive the scanner.
struct JSONScanner {
    /// What a value is, by its first byte.
    enum Kind {
        case object, array, string, number, bool, null
    }

    private let bytes: UnsafeBufferPointer<UInt8>
    /// The next byte's number.
    private(set) var position = 0
    /// Objects and arrays nest at most this deep, so that hostile input cannot exhaust the stack.
    private static let maximumDepth = 200

    init(_ bytes: UnsafeBufferPointer<UInt8>) {
        self.bytes = bytes
    }

    /// A fault at the scanner's position.
    func fault(_ reason: String) -> JSONFault { JSONFault(reason: reason, offset: position) }

    /// Goes on to the next byte that is not white space.
    mutating func skipSpace() {
        while position < bytes.count {
            switch bytes[position] {
            case 0x20, 0x0A, 0x0D, 0x09: position += 1
            default: return
            }
        }
    }

    /// The next byte after white space, without taking it.
    mutating func peek() throws(JSONFault) -> UInt8 {
        skipSpace()
        guard position < bytes.count else { throw fault("the text ends too early") }
        return bytes[position]
    }

    /// Takes one byte of punctuation, or says that something else is there.
    mutating func expect(_ byte: UInt8, _ what: String) throws(JSONFault) {
        guard try peek() == byte else { throw fault("\(what) is missing") }
        position += 1
    }

    /// Takes a byte of punctuation if it is next.
    mutating func take(_ byte: UInt8) throws(JSONFault) -> Bool {
        guard try peek() == byte else { return false }
        position += 1
        return true
    }

    /// What the next value is.
    mutating func kind() throws(JSONFault) -> Kind {
        switch try peek() {
        case UInt8(ascii: "{"): .object
        case UInt8(ascii: "["): .array
        case UInt8(ascii: "\""): .string
        case UInt8(ascii: "t"), UInt8(ascii: "f"): .bool
        case UInt8(ascii: "n"): .null
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): .number
        default: throw fault("a value is missing")
        }
    }

    /// Takes a string and gives the range of its bytes between the quotes, and whether it has escapes.
    mutating func string() throws(JSONFault) -> (range: Range<Int>, hasEscapes: Bool) {
        try expect(UInt8(ascii: "\""), "a quote")
        let start = position
        var hasEscapes = false
        while position < bytes.count {
            let byte = bytes[position]
            if byte == UInt8(ascii: "\"") {
                position += 1
                return (start..<(position - 1), hasEscapes)
            }
            if byte == UInt8(ascii: "\\") {
                hasEscapes = true
                try escape()
            } else if byte < 0x20 {
                throw fault("a control character stands in a string")
            } else {
                position += 1
            }
        }
        position = bytes.count
        throw fault("a string does not end")
    }

    private mutating func escape() throws(JSONFault) {
        guard position + 1 < bytes.count else {
            position = bytes.count
            throw fault("a string does not end")
        }
        switch bytes[position + 1] {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"), UInt8(ascii: "f"),
            UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"):
            position += 2
        case UInt8(ascii: "u"):
            let digits = position + 2..<position + 6
            guard digits.upperBound <= bytes.count, digits.allSatisfy({ Self.isHexadecimal(bytes[$0]) }) else {
                throw fault("an escape is not one")
            }
            position += 6
        default:
            throw fault("an escape is not one")
        }
    }

    private static func isHexadecimal(_ byte: UInt8) -> Bool {
        byte &- UInt8(ascii: "0") < 10 || (byte | 0x20) &- UInt8(ascii: "a") < 6
    }

    /// Takes any value and gives the range of its bytes.
    mutating func skipValue(depth: Int = 0) throws(JSONFault) -> Range<Int> {
        guard depth < Self.maximumDepth else { throw fault("values nest too deep") }
        let kind = try kind()
        let start = position
        switch kind {
        case .string:
            _ = try string()
        case .number:
            try number()
        case .bool, .null:
            try word()
        case .array:
            position += 1
            if try !take(UInt8(ascii: "]")) {
                repeat { _ = try skipValue(depth: depth + 1) } while try take(UInt8(ascii: ","))
                try expect(UInt8(ascii: "]"), "a comma or ]")
            }
        case .object:
            position += 1
            if try !take(UInt8(ascii: "}")) {
                repeat {
                    _ = try string()
                    try expect(UInt8(ascii: ":"), "a colon")
                    _ = try skipValue(depth: depth + 1)
                } while try take(UInt8(ascii: ","))
                try expect(UInt8(ascii: "}"), "a comma or }")
            }
        }
        return start..<position
    }

    /// Takes what is left, which must be white space.
    mutating func expectEnd() throws(JSONFault) {
        skipSpace()
        guard position == bytes.count else { throw fault("something follows the end") }
    }

    private mutating func number() throws(JSONFault) {
        if bytes[position] == UInt8(ascii: "-") { position += 1 }
        if position < bytes.count, bytes[position] == UInt8(ascii: "0") {
            position += 1
        } else {
            try digits()
        }
        if position < bytes.count, bytes[position] == UInt8(ascii: ".") {
            position += 1
            try digits()
        }
        if position < bytes.count, bytes[position] | 0x20 == UInt8(ascii: "e") {
            position += 1
            if position < bytes.count, bytes[position] == UInt8(ascii: "+") || bytes[position] == UInt8(ascii: "-") {
                position += 1
            }
            try digits()
        }
    }

    private mutating func digits() throws(JSONFault) {
        let start = position
        while position < bytes.count, bytes[position] &- UInt8(ascii: "0") < 10 { position += 1 }
        if position == start { throw fault("a digit is missing") }
    }

    private mutating func word() throws(JSONFault) {
        for word: StaticString in ["true", "false", "null"] {
            let count = word.utf8CodeUnitCount
            guard position + count <= bytes.count else { continue }
            var isEqual = true
            for index in 0..<count where bytes[position + index] != word.utf8Start[index] { isEqual = false }
            if isEqual {
                position += count
                return
            }
        }
        throw fault("a value is missing")
    }
}
