// The text of an API key: what a caller holds, and the store never does.

import LyceumCore

/// The form `lyc_<key id>_<secret>`: a public id of 12 lower-case letters and digits, and a secret of 43 letters and digits.
enum KeyText {
    /// What every key begins with, so that programs that look for leaked secrets find it.
    static let prefix = "lyc_"
    /// The length of an id. 36^12 ids are enough never to meet one twice.
    static let idLength = 12
    /// The length of a secret. 43 of 62 characters carry 256 bits.
    static let secretLength = 43
    /// The length of a whole key, in bytes.
    static let length = prefix.utf8.count + idLength + 1 + secretLength

    private static let idCharacters = Array("abcdefghijklmnopqrstuvwxyz0123456789")
    private static let secretCharacters = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789")

    /// A new key.
    static func generate() -> (id: String, text: Secret) {
        // The system's generator is the kernel's, which is fit for secrets; each choice is without bias.
        var generator = SystemRandomNumberGenerator()
        let id = text(of: idLength, from: idCharacters, &generator)
        let secret = text(of: secretLength, from: secretCharacters, &generator)
        return (id, Secret("\(prefix)\(id)_\(secret)"))
    }

    /// The id within a key; nil for a text that is no key.
    static func id(in text: String) -> String? {
        let bytes = text.utf8
        guard bytes.count == length, text.hasPrefix(prefix) else { return nil }
        let start = bytes.index(bytes.startIndex, offsetBy: prefix.utf8.count)
        let end = bytes.index(start, offsetBy: idLength)
        guard bytes[end] == UInt8(ascii: "_"), let id = String(bytes[start..<end]), isID(id),
            bytes[bytes.index(after: end)...].allSatisfy(isLetterOrDigit)
        else { return nil }
        return id
    }

    /// Whether a text has the form of an id.
    static func isID(_ text: String) -> Bool {
        text.utf8.count == idLength
            && text.utf8.allSatisfy { byte in
                (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
                    || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
            }
    }

    private static func isLetterOrDigit(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default: false
        }
    }

    private static func text(
        of length: Int,
        from characters: [Character],
        _ generator: inout SystemRandomNumberGenerator
    ) -> String {
        var text = ""
        for _ in 0..<length { text.append(characters[Int.random(in: characters.indices, using: &generator)]) }
        return text
    }
}
