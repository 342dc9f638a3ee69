// BERT's uncased tokenizer: what a sentence encoder reads instead of words.

import Foundation

/// Cuts text into the pieces of a vocabulary, as BERT's uncased models were trained with (Devlin, Chang, Lee and Toutanova,
/// "BERT", NAACL 2019; WordPiece: Wu et al., 2016): without case and marks, punctuation and CJK characters apart, the longest
/// piece first from the left.
struct WordPieces: Sendable {
    private let numbers: [String: Int32]
    private let unknown: Int32
    private let start: Int32
    private let end: Int32

    /// A longer word is one unknown piece.
    private static let longestWord = 100

    /// Reads `vocab.txt`: a piece a line, numbered from 0; nil when one of the special pieces is not among them.
    init?(vocabulary: String) {
        var numbers: [String: Int32] = [:]
        for (number, line) in vocabulary.split(whereSeparator: \.isNewline).enumerated() {
            numbers[String(line)] = Int32(number)
        }
        guard let unknown = numbers["[UNK]"], let start = numbers["[CLS]"], let end = numbers["[SEP]"] else {
            return nil
        }
        (self.numbers, self.unknown, self.start, self.end) = (numbers, unknown, start, end)
    }

    /// How many numbers pieces may have.
    var count: Int { Int(numbers.values.max() ?? -1) + 1 }

    /// The numbers of a text's pieces between those for start and end, at most `limit` in all. Linear time.
    func pieces(of text: String, limit: Int) -> [Int32] {
        var found = [start]
        var word = String.UnicodeScalarView()
        // Pieces are cut only until there are enough: a long document costs no more than what is read of it.
        func close() {
            if !word.isEmpty, found.count < limit { cut(word, into: &found) }
            word.removeAll(keepingCapacity: true)
        }
        for scalar in text.decomposedStringWithCanonicalMapping.unicodeScalars {
            if found.count >= limit { break }
            let properties = scalar.properties
            switch Self.kind(of: scalar, properties.generalCategory) {
            case .nothing: continue
            case .space: close()
            case .alone:
                close()
                word.append(contentsOf: properties.lowercaseMapping.unicodeScalars)
                close()
            case .letter: word.append(contentsOf: properties.lowercaseMapping.unicodeScalars)
            }
        }
        close()
        return Array(found.prefix(limit - 1)) + [end]
    }

    private func cut(_ word: String.UnicodeScalarView, into found: inout [Int32]) {
        guard word.count <= Self.longestWord else { return found.append(unknown) }
        let before = found.count
        var begin = word.startIndex
        while begin < word.endIndex {
            var end = word.endIndex
            let mark = begin == word.startIndex ? "" : "##"
            while begin < end {
                if let number = numbers[mark + String(word[begin..<end])] {
                    found.append(number)
                    break
                }
                end = word.index(before: end)
            }
            guard begin < end else {
                found.removeSubrange(before...)
                return found.append(unknown)
            }
            begin = end
        }
    }

    private enum Kind { case nothing, space, alone, letter }

    private static func kind(of scalar: Unicode.Scalar, _ category: Unicode.GeneralCategory) -> Kind {
        switch scalar.value {
        case 9, 10, 13, 32: return .space
        case 33...47, 58...64, 91...96, 123...126: return .alone
        case 48...57, 65...90, 97...122: return .letter
        case 0x4E00...0x9FFF, 0x3400...0x4DBF, 0x20000...0x2A6DF, 0x2A700...0x2B73F, 0x2B740...0x2B81F,
            0x2B820...0x2CEAF,
            0xF900...0xFAFF, 0x2F800...0x2FA1F:
            return .alone
        case 0xFFFD: return .nothing
        default: break
        }
        switch category {
        case .control, .format, .surrogate, .privateUse, .unassigned, .nonspacingMark: return .nothing
        case .spaceSeparator, .lineSeparator, .paragraphSeparator: return .space
        case .connectorPunctuation, .dashPunctuation, .openPunctuation, .closePunctuation, .initialPunctuation,
            .finalPunctuation, .otherPunctuation:
            return .alone
        default: return .letter
        }
    }
}
