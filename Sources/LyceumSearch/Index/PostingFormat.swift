// The binary records of the term index.

/// A term's entry in section `terms`: where its postings are and what it can score at most.
///
/// Most terms of a collection are rare, so a list that fits into one block needs no block entry: `start` and the widths
/// are those of its only block. Longer lists have their blocks side by side in section `blocks`.
struct TermEntry: BitwiseCopyable {
    /// Documents that contain the term.
    var documentFrequency: UInt32
    /// With one block: where it starts in section `postings`, in bytes. With more: the first of them in section `blocks`.
    var start: UInt32
    /// The greatest saturated frequency, tf' / (k1 + tf'), in any document.
    var maximum: Float
    /// Bits of a gap, of a pattern code and of a position in the only block; zero with more blocks.
    var widths: BlockWidths

    var blockCount: Int { (Int(documentFrequency) + PostingBlock.size - 1) / PostingBlock.size }
}

/// A block of up to 128 postings: gaps of places, then pattern codes, then positions.
struct BlockEntry: BitwiseCopyable {
    /// The last place of the block; the gaps of the next block count from it.
    var lastPlace: UInt32
    /// Where the block starts in section `postings`, in bytes.
    var offset: UInt32
    /// The greatest saturated frequency in the block: the bound for skipping it.
    var maximum: Float
    /// Bits of a gap, of a pattern code and of a position.
    var widths: BlockWidths
}

/// How many bits the values of a block take.
struct BlockWidths: BitwiseCopyable {
    var gap: UInt8 = 0
    var code: UInt8 = 0
    var position: UInt8 = 0
    /// Reserved, zero.
    var reserved: UInt8 = 0

    var isValid: Bool { gap <= 32 && code <= 32 && position <= 32 }

    /// The bytes of gaps and codes, which the positions follow.
    func headSize(_ count: Int) -> Int {
        PostingBlock.byteCount(count, width: Int(gap)) + PostingBlock.byteCount(count, width: Int(code))
    }
}

/// How often a term occurs in one field, as part of a pattern.
struct FieldFrequency: BitwiseCopyable, Hashable {
    /// The position of the field among the searchable fields.
    var field: UInt16
    /// Occurrences, at most 65,535.
    var frequency: UInt16
}
