// How keywords are compared: trimmed, without regard to case.

import Foundation

enum KeywordFolding {
    /// The form under which two keywords are the same: trimmed and lowercased.
    static func fold(_ text: String) -> String {
        let bytes = text.utf8
        if bytes.allSatisfy({ $0 < 0x80 }) {
            var folded: [UInt8] = []
            folded.reserveCapacity(bytes.count)
            for byte in bytes { folded.append((0x41...0x5A).contains(byte) ? byte | 0x20 : byte) }
            while let last = folded.last, last <= 0x20 { folded.removeLast() }
            let start = folded.firstIndex { $0 > 0x20 } ?? folded.endIndex
            return String(decoding: folded[start...], as: UTF8.self)
        }
        return text.precomposedStringWithCanonicalMapping.lowercased().trimmingCharacters(in: .whitespacesAndNewlines)
    }
}
