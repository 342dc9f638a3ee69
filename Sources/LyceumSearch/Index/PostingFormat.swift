// The binary records of the term index.

/// A term's entry in section `terms`: where its blocks are and what it can score at most.
struct TermEntry: BitwiseCopyable {
    /// Documents that contain the term.
    var documentFrequency: UInt32
    /// The term's first block in section `blocks`; it has `ceil(documentFrequency / 128)` of them.
    var firstBlock: UInt32
    /// The greatest saturated frequency, tf' / (k1 + tf'), in any document.
    var maximum: Float
    /// Reserved, zero.
    var reserved: UInt32 = 0

    var blockCount: Int { (Int(documentFrequency) + PostingBlock.size - 1) / PostingBlock.size }
}

/// A block of up to 128 postings: gaps of document ordinals, then frequency pattern codes.
struct BlockEntry: BitwiseCopyable {
    /// The last document of the block; the gaps of the next block count from it.
    var lastDocument: UInt32
    /// Where the block starts in section `postings`, in bytes.
    var offset: UInt32
    /// The greatest saturated frequency in the block: the bound for skipping it.
    var maximum: Float
    /// Bits of a gap, bits of a pattern code.
    var gapWidth: UInt8
    var codeWidth: UInt8
    /// Reserved, zero.
    var reserved: UInt16 = 0
}

/// How often a term occurs in one field, as part of a pattern.
struct FieldFrequency: BitwiseCopyable, Hashable {
    /// The position of the field among the searchable fields.
    var field: UInt16
    /// Occurrences, at most 65,535.
    var frequency: UInt16
}
