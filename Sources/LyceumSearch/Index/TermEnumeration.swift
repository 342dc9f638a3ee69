// Terms like a given one: with the same beginning, or a few typing errors away.

extension FrozenTermTable {
    /// The numbers of the terms that begin with these bytes; the table is in bytewise order. O(log terms).
    func range(prefix: UnsafeBufferPointer<UInt8>) -> Range<Int> {
        let low = partition { isBefore($0, prefix) }
        let high = partition(from: low) { hasPrefix($0, prefix) }
        return low..<high
    }

    /// The first number from `start` on for which the condition, true at first and then false, is false.
    private func partition(from start: Int = 0, _ condition: (Int) -> Bool) -> Int {
        var low = start
        var high = count
        while low < high {
            let middle = (low + high) / 2
            if condition(middle) { low = middle + 1 } else { high = middle }
        }
        return low
    }

    private func isBefore(_ number: Int, _ key: UnsafeBufferPointer<UInt8>) -> Bool {
        let term = utf8(number)
        let shared = min(term.count, key.count)
        for index in 0..<shared where term[index] != key[index] { return term[index] < key[index] }
        return term.count < key.count
    }

    private func hasPrefix(_ number: Int, _ key: UnsafeBufferPointer<UInt8>) -> Bool {
        let term = utf8(number)
        guard term.count >= key.count else { return false }
        for index in 0..<key.count where term[index] != key[index] { return false }
        return true
    }

    /// Calls `body` with each term within `edits` insertions, deletions, replacements or exchanges of neighbours, and
    /// how many it takes (optimal string alignment distance: no part is edited twice).
    ///
    /// Walks the terms in order and keeps the rows of the dynamic programme that a term shares with the one before; where
    /// no continuation can come near enough, all terms with that beginning are passed over. After Oflazer, "Error-tolerant
    /// Finite-state Recognition" (Computational Linguistics 22, 1996), on a sorted list instead of an automaton.
    ///
    /// - Parameter prefix: so many characters at the beginning must be the same, of a shorter word all.
    func forEachTerm(
        near word: UnsafeBufferPointer<UInt8>,
        edits: Int,
        prefix: Int,
        _ body: (_ number: Int, _ edits: Int) -> Void
    ) {
        let characters = Array(String(decoding: word, as: UTF8.self).unicodeScalars)
        let fixed = String(String.UnicodeScalarView(characters.prefix(max(0, prefix))))
        let range = Array(fixed.utf8).withUnsafeBufferPointer { self.range(prefix: $0) }
        var rows = EditRows(characters, edits: edits)
        var number = range.lowerBound
        while number < range.upperBound {
            let term = utf8(number)
            switch rows.measure(term) {
            case .distance(let distance):
                if distance <= edits { body(number, distance) }
                number += 1
            case .tooFar(let bytes):
                // No term that begins like this one can be near: go to the first that does not.
                let beginning = UnsafeBufferPointer(rebasing: term[..<bytes])
                number = max(number + 1, min(range.upperBound, partition(from: number) { hasPrefix($0, beginning) }))
            }
        }
    }
}

/// The rows of an edit distance between a word and terms that come in order.
private struct EditRows {
    private let word: [Unicode.Scalar]
    private let edits: Int
    /// Row `i`: the distances of the term's first `i` characters to each beginning of the word.
    private var rows: [[Int]]
    private var characters: [Unicode.Scalar] = []
    /// Where each character of the term ends, in bytes.
    private var ends: [Int] = []

    enum Outcome {
        case distance(Int)
        /// Nothing that begins with so many bytes of the term is near enough.
        case tooFar(bytes: Int)
    }

    init(_ word: [Unicode.Scalar], edits: Int) {
        self.word = word
        self.edits = edits
        rows = [Array(0...word.count)]
    }

    mutating func measure(_ term: UnsafeBufferPointer<UInt8>) -> Outcome {
        var depth = 0
        var position = 0
        var decoder = UTF8()
        var bytes = term.makeIterator()
        var isShared = true
        while case .scalarValue(let scalar) = decoder.decode(&bytes) {
            position += UTF8.width(scalar)
            if isShared, depth < characters.count, characters[depth] == scalar {
                depth += 1
            } else {
                if isShared {
                    isShared = false
                    characters.removeLast(characters.count - depth)
                    ends.removeLast(ends.count - depth)
                }
                characters.append(scalar)
                ends.append(position)
                depth += 1
                fillRow(depth)
            }
            // A row that is too far everywhere stays so, but for an exchange, which looks back two rows.
            if rows[depth].min() ?? 0 > edits, depth < 2 || rows[depth - 1].min() ?? 0 >= edits {
                if isShared {
                    characters.removeLast(characters.count - depth)
                    ends.removeLast(ends.count - depth)
                }
                return .tooFar(bytes: min(position, term.count))
            }
        }
        if isShared {
            characters.removeLast(characters.count - depth)
            ends.removeLast(ends.count - depth)
        }
        return .distance(rows[depth][word.count])
    }

    private mutating func fillRow(_ depth: Int) {
        if rows.count == depth { rows.append(Array(repeating: 0, count: word.count + 1)) }
        rows[depth][0] = depth
        for column in 0..<word.count {
            let isSame = characters[depth - 1] == word[column]
            var least = min(
                rows[depth - 1][column] + (isSame ? 0 : 1),
                rows[depth - 1][column + 1] + 1,
                rows[depth][column] + 1
            )
            if depth > 1, column > 0, characters[depth - 1] == word[column - 1],
                characters[depth - 2] == word[column]
            {
                least = min(least, rows[depth - 2][column - 1] + 1)
            }
            rows[depth][column + 1] = least
        }
    }
}
