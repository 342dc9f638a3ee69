// One line of the record as bytes: where its parts stand, and whether it is as it was written.

import Crypto
import Foundation

/// What a line is.
enum LineKind: String, Codable {
    /// The first line: which record this is, and by which key its checkpoints are checked.
    case begin
    /// An access or a disclosure.
    case entry
    /// A signature over all lines before.
    case checkpoint
    /// Says that the end of a line nobody was told of was set aside.
    case torn
}

/// The form of a line: `{"sequence":N,"previous":"H","kind":"K",…,"hash":"H"}`.
///
/// The canonical form of a line is its bytes up to `,"hash":`; `hash` is their SHA-256, and `previous` the hash of the line
/// before, so that no byte can be changed without changing every line after it.
enum LineForm {
    static let head = Array(#"{"sequence":"#.utf8)
    static let previous = Array(#","previous":""#.utf8)
    static let kind = Array(#"","kind":""#.utf8)
    static let hash = Array(#","hash":""#.utf8)
    static let end = Array(#""}"#.utf8)
    /// What the first line names as the hash of the line before it.
    static let origin = String(repeating: "0", count: 64)
    /// The longest line that is read, in bytes; none that is written comes near it.
    static let longest = 4 << 20
    /// The bytes of `,"hash":"…"}`.
    static let trailer = 9 + 64 + 2
}

/// A line of the right form, without its line break.
struct ChainLine {
    let sequence: UInt64
    /// The hash of the line before, as it is stated.
    let previous: String
    /// The hash of this line, as it is stated.
    let hash: String
    let kind: LineKind
    /// Whether the stated hash is that of the line's bytes.
    let isIntact: Bool

    /// Reads a line; nil if it has another form.
    init?(_ line: UnsafeRawBufferPointer) {
        var position = 0
        func take(_ text: [UInt8]) -> Bool {
            guard line.count - position >= text.count,
                zip(line[position..<(position + text.count)], text).allSatisfy(==)
            else { return false }
            position += text.count
            return true
        }
        func takeHash() -> String? {
            guard line.count - position >= 64 else { return nil }
            let digits = line[position..<(position + 64)]
            guard digits.allSatisfy(Hexadecimal.isDigit) else { return nil }
            position += 64
            return String(decoding: digits, as: UTF8.self)
        }
        guard take(LineForm.head) else { return nil }
        let number = line[position...].prefix(20).prefix { (0x30...0x39).contains($0) }
        guard number.first != 0x30, let sequence = UInt64(String(decoding: number, as: UTF8.self)) else { return nil }
        position += number.count
        guard take(LineForm.previous), let previous = takeHash(), take(LineForm.kind) else { return nil }
        let word = line[position...].prefix(16).prefix { (0x61...0x7A).contains($0) }
        guard let kind = LineKind(rawValue: String(decoding: word, as: UTF8.self)) else { return nil }
        position += word.count
        let body = line.count - LineForm.trailer
        guard body > position else { return nil }
        position = body
        guard take(LineForm.hash), let hash = takeHash(), take(LineForm.end), position == line.count else { return nil }
        self.sequence = sequence
        self.previous = previous
        self.hash = hash
        self.kind = kind
        isIntact = Self.hash(of: UnsafeRawBufferPointer(rebasing: line[..<body])) == hash
    }

    /// The hash of a line's canonical form.
    static func hash(of bytes: UnsafeRawBufferPointer) -> String {
        var hasher = SHA256()
        hasher.update(bufferPointer: bytes)
        return Hexadecimal.text(hasher.finalize())
    }
}
