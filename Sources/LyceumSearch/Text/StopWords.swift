// English words so common that a collection may leave them out.

/// The stop words of English that a collection may leave out of its index and queries.
///
/// Kept short on purpose: words that are also names of skills, places or degrees (`it`, `us`, `who`, `can`, `ma`) stay.
enum StopWords {
    private static let words: [StaticString] = [
        "a", "an", "and", "are", "as", "at", "be", "but", "by", "for", "from", "has", "have", "if", "in", "into", "is",
        "of", "on", "or", "our", "such", "that", "the", "their", "then", "there", "these", "they", "this", "to", "was",
        "we", "were", "will", "with", "you", "your",
    ]

    /// The words packed into integers, sorted.
    private static let keys: [UInt64] = words.map {
        pack(UnsafeBufferPointer(start: $0.utf8Start, count: $0.utf8CodeUnitCount))
    }.sorted()

    private static func pack(_ word: UnsafeBufferPointer<UInt8>) -> UInt64 {
        var key: UInt64 = 0
        for byte in word { key = key << 8 | UInt64(byte) }
        return key
    }

    /// Whether a folded, unstemmed word is one of them. No allocation.
    static func contains(_ word: UnsafeBufferPointer<UInt8>) -> Bool {
        guard word.count <= 5 else { return false }
        let key = pack(word)
        var low = 0
        var high = keys.count
        while low < high {
            let middle = (low + high) / 2
            if keys[middle] == key { return true }
            if keys[middle] < key { low = middle + 1 } else { high = middle }
        }
        return false
    }
}

/// What an analyzer does with ``StopWords``.
enum StopWordTreatment: Sendable {
    /// They are words like others.
    case keep
    /// They make no tokens; their positions stay.
    case leaveOut
    /// They make tokens that say what they are.
    case mark
}
