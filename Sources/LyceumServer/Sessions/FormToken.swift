// The token in forms, written differently on each page.

/// Masks the token that forms carry back.
///
/// A page holds the token beside texts of the visitor's, and is compressed; were the token written the same each time, the
/// lengths of answers could tell it bit by bit (BREACH, CVE-2013-3587). So it stands there as a fresh pad and the exclusive
/// or of both.
enum FormToken {
    /// A token of 64 hexadecimal digits as 128 of them, others each time.
    static func masked(_ token: String) -> String {
        let pad = SessionStore.randomText()
        return pad + combined(pad, token)
    }

    /// Whether a form carries a token; takes a time that says nothing about either.
    static func carries(_ given: String?, _ token: String) -> Bool {
        guard let given, given.utf8.count == 128, SessionStore.isID(String(given.prefix(64))),
            SessionStore.isID(String(given.suffix(64)))
        else { return false }
        return SessionStore.isSame(combined(String(given.prefix(64)), String(given.suffix(64))), token)
    }

    /// The exclusive or of two texts of hexadecimal digits, digit by digit.
    private static func combined(_ left: String, _ right: String) -> String {
        let digits = Array("0123456789abcdef".utf8)
        func value(_ digit: UInt8) -> Int { Int(digit) - (digit < 0x40 ? 0x30 : 0x57) }
        let bytes = zip(left.utf8, right.utf8).map { digits[(value($0) ^ value($1)) & 15] }
        return String(decoding: bytes, as: UTF8.self)
    }
}
