// A place in one posting list, moving forward.

/// Walks one posting list: block by block without decoding, posting by posting where it matters.
///
/// Lives in the scratch of one query; its buffers are part of the scratch. Never leaves the mapped file, whatever the
/// file holds: offsets were checked when the index was opened, and places and codes are checked where they are used.
struct PostingCursor {
    /// The list's blocks, nil when it has only one.
    private let blocks: UnsafePointer<BlockEntry>?
    private let blockCount: Int
    private let postings: UnsafeRawPointer
    private let documentFrequency: Int
    /// The places of the current block once it is decoded, and its pattern codes.
    let places: UnsafeMutablePointer<UInt32>
    let codes: UnsafeMutablePointer<UInt32>
    /// What a saturated frequency is multiplied by.
    let weight: Float
    let fields: FieldMask
    let isMasked: Bool

    private(set) var block = 0
    /// Postings in the current block.
    private(set) var count = 0
    /// The last place of the current block.
    private(set) var lastPlace: UInt32 = 0
    /// The most a posting of the current block is worth.
    private(set) var blockBound: Float = 0
    private(set) var isDecoded = false
    /// The current posting within the decoded block.
    var index = 0
    /// Where the current block's bytes start, and their widths.
    private(set) var start = 0
    private(set) var widths = BlockWidths()
    /// For the positions: the number of them before posting `countedIndex` of the current block.
    private var countedIndex = 0
    private var countedPositions = 0

    init(_ list: CompiledQuery.List, _ index: TermIndex, buffer: UnsafeMutablePointer<UInt32>) {
        let entry = index.entries[list.term]
        documentFrequency = Int(entry.documentFrequency)
        blockCount = entry.blockCount
        // An index whose blocks take no bytes at all has no section to point into, and no byte is read then.
        postings = index.postings.baseAddress.map { UnsafeRawPointer($0) } ?? UnsafeRawPointer(buffer)
        places = buffer
        codes = buffer + PostingBlock.size
        weight = list.weight
        fields = list.fields
        isMasked =
            index.fieldCount < 64
            && list.fields.rawValue & ((1 << UInt64(index.fieldCount)) - 1)
                != (1 << UInt64(index.fieldCount)) - 1
            || index.fieldCount == 64 && list.fields != .all
        if blockCount == 1 {
            blocks = nil
            start = Int(entry.start)
            widths = entry.widths
            count = documentFrequency
            blockBound = weight * entry.maximum
            decode()
            lastPlace = places[count - 1]
        } else {
            blocks = index.blocks.baseAddress.map { $0 + Int(entry.start) }
            enter(0)
        }
    }

    @inline(__always)
    var isAtEnd: Bool { block >= blockCount }

    @inline(__always)
    private mutating func enter(_ number: Int) {
        block = number
        guard number < blockCount, let blocks else { return }
        let entry = blocks[number]
        count = min(PostingBlock.size, documentFrequency &- number &* PostingBlock.size)
        lastPlace = entry.lastPlace
        blockBound = weight * entry.maximum
        start = Int(entry.offset)
        widths = entry.widths
        isDecoded = false
        index = 0
    }

    /// The first place the current block can have.
    @inline(__always)
    private var base: UInt32 {
        guard block > 0, let blocks else { return 0 }
        return blocks[block &- 1].lastPlace &+ 1
    }

    @inline(__always)
    mutating func decode() {
        let gapWidth = Int(widths.gap)
        let bytes = postings + start
        PostingBlock.unpackGaps(bytes, count: count, width: gapWidth, base: base, into: places)
        PostingBlock.unpack(
            bytes + PostingBlock.byteCount(count, width: gapWidth),
            count: count,
            width: Int(widths.code),
            into: codes
        )
        isDecoded = true
        index = 0
        countedIndex = 0
        countedPositions = 0
    }

    /// Goes to the block that can have a place, without decoding it; false at the end of the list.
    @inline(__always)
    mutating func seekBlock(_ place: UInt32) -> Bool {
        if isAtEnd { return false }
        if lastPlace >= place { return true }
        return seekLaterBlock(place)
    }

    private mutating func seekLaterBlock(_ place: UInt32) -> Bool {
        guard let blocks else {
            block = blockCount
            return false
        }
        // Gallop, then halve.
        var step = 1
        var low = block + 1
        while low + step < blockCount, blocks[low + step - 1].lastPlace < place {
            low += step
            step *= 2
        }
        var high = min(blockCount, low + step)
        while low < high {
            let middle = (low + high) / 2
            if blocks[middle].lastPlace < place { low = middle + 1 } else { high = middle }
        }
        enter(low)
        return low < blockCount
    }

    /// Goes to the first posting at or after a place; false at the end of the list.
    @inline(__always)
    mutating func seek(_ place: UInt32) -> Bool {
        guard seekBlock(place) else { return false }
        if !isDecoded { decode() }
        if places[index] < place {
            // The block's last place is not before the one sought, unless the file lies about it.
            var step = 1
            var low = index + 1
            while low + step < count, places[low + step - 1] < place {
                low += step
                step *= 2
            }
            var high = min(count, low + step)
            while low < high {
                let middle = (low + high) / 2
                if places[middle] < place { low = middle + 1 } else { high = middle }
            }
            index = min(low, count - 1)
        }
        return true
    }

    /// A place before which, from `place` on, there is no posting; nil when there is none at all.
    @inline(__always)
    mutating func next(from place: UInt32) -> UInt32? {
        guard seekBlock(place) else { return nil }
        guard isDecoded else { return max(place, base) }
        return seek(place) ? max(place, places[index]) : nil
    }

    /// The most a posting from `start` up to `end` is worth, below zero when there is none.
    @inline(__always)
    mutating func bound(from start: UInt32, to end: UInt32) -> Float {
        guard let next = next(from: start), next < end else { return -1 }
        var most = blockBound
        guard let blocks, lastPlace < end &- 1 else { return most }
        var later = block + 1
        while later < blockCount {
            most = max(most, weight * blocks[later].maximum)
            if blocks[later].lastPlace >= end &- 1 { break }
            later += 1
        }
        return most
    }

    /// Leaves the current block for the next; false at the end of the list.
    @inline(__always)
    mutating func nextBlock() -> Bool {
        enter(block &+ 1)
        return !isAtEnd
    }

    /// Where the positions of the current posting begin among those of its block.
    mutating func firstPosition(_ patterns: PatternTable) -> Int {
        if index < countedIndex {
            countedIndex = 0
            countedPositions = 0
        }
        while countedIndex < index {
            let code = Int(codes[countedIndex])
            if code < patterns.count { countedPositions += patterns.total(code) }
            countedIndex += 1
        }
        return countedPositions
    }

    /// The bytes of the current block's positions.
    var positionBytes: UnsafeRawPointer { postings + (start + widths.headSize(count)) }
    /// Where they start in the section.
    var positionStart: Int { start + widths.headSize(count) }
}
