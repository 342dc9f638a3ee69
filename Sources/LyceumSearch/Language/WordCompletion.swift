// From the beginning of a word to the stems of the words it may become.

/// The dictionary holds stems, so `engineeri` begins no term although `engineering` was indexed as `engin`.
enum WordCompletion {
    /// Endings a half-typed English word may still get.
    private static let endings = [
        "", "e", "s", "es", "d", "ed", "r", "er", "ers", "g", "ng", "ing", "y", "ies", "t", "nt", "ent", "ment", "n",
        "on", "ion", "tion", "ation", "al", "ly", "ty", "ity", "ce", "nce", "ance", "able", "ve", "ive", "ness", "ism",
        "ist",
    ].map { Array($0.utf8) }
    static let maximumStems = 4

    /// Stems, known to the index and not beginning with the typed letters, of words that begin with them.
    ///
    /// At most four; about a microsecond.
    static func stems(of typed: [UInt8], isKnown: (UnsafeBufferPointer<UInt8>) -> Bool) -> [[UInt8]] {
        guard (4...32).contains(typed.count), typed.allSatisfy({ ASCII.isLetter($0) }) else { return [] }
        var found: [[UInt8]] = []
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 64) { word in
            guard let base = word.baseAddress else { return }
            for ending in endings where found.count < maximumStems {
                for (index, byte) in typed.enumerated() { base[index] = byte }
                for (index, byte) in ending.enumerated() { base[typed.count + index] = byte }
                let length = PorterStemmer.stem(base, count: typed.count + ending.count)
                let stem = UnsafeBufferPointer(start: UnsafePointer(base), count: length)
                if stem.starts(with: typed) || found.contains(where: { $0.elementsEqual(stem) }) { continue }
                if isKnown(stem) { found.append(Array(stem)) }
            }
        }
        return found
    }
}
