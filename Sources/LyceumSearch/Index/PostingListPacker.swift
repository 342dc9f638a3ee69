// Packs posting lists into blocks, on all cores.

import Dispatch
import Synchronization

/// Turns posting lists into the sections `terms`, `blocks` and `postings`.
struct PostingListPacker: Sendable {
    let lists: TermIndexMerge.Lists
    /// The positions of each chunk.
    let sources: [[UInt32]]
    let patterns: TermIndexMerge.Patterns
    let lengths: [UInt8]
    let norms: [[Float]]

    struct Packed: Sendable {
        var entries: [TermEntry] = []
        var blocks: [BlockEntry] = []
        var bytes: [UInt8] = []
    }

    /// Terms are packed in runs of about as many postings as this, whatever the number of cores.
    private static let runSize = 1 << 17

    func pack() throws -> Packed {
        let termCount = lists.starts.count - 1
        var runs: [Range<Int>] = []
        var start = 0
        for term in 0..<termCount where lists.starts[term + 1] - lists.starts[start] >= Self.runSize {
            runs.append(start..<term + 1)
            start = term + 1
        }
        if start < termCount { runs.append(start..<termCount) }
        let results = Mutex<[Packed?]>(Array(repeating: nil, count: runs.count))
        if runs.count == 1 {
            let packed = pack(runs[0])
            results.withLock { $0[0] = packed }
        } else {
            let runs = runs
            DispatchQueue.concurrentPerform(iterations: runs.count) { index in
                let packed = pack(runs[index])
                results.withLock { $0[index] = packed }
            }
        }
        var all = Packed()
        for part in results.withLock({ $0 }).compactMap(\.self) {
            guard all.bytes.count + part.bytes.count <= Int(UInt32.max) - 4096 else {
                throw SearchError(.invalidDocument, "the postings of one collection exceed 4 GiB; split it")
            }
            let firstBlock = UInt32(all.blocks.count)
            let firstByte = UInt32(all.bytes.count)
            all.entries += part.entries.map { entry in
                var entry = entry
                entry.start += entry.blockCount == 1 ? firstByte : firstBlock
                return entry
            }
            all.blocks += part.blocks.map { block in
                var block = block
                block.offset += firstByte
                return block
            }
            all.bytes += part.bytes
        }
        return all
    }

    private func pack(_ terms: Range<Int>) -> Packed {
        var packed = Packed()
        packed.entries.reserveCapacity(terms.count)
        var buffers = Buffers()
        for term in terms {
            let range = lists.starts[term]..<lists.starts[term + 1]
            var entry = TermEntry(
                documentFrequency: UInt32(range.count),
                start: UInt32(range.count <= PostingBlock.size ? packed.bytes.count : packed.blocks.count),
                maximum: 0,
                widths: BlockWidths()
            )
            var base: UInt32 = 0
            var at = range.lowerBound
            while at < range.upperBound {
                let end = min(range.upperBound, at + PostingBlock.size)
                let offset = UInt32(packed.bytes.count)
                let (widths, maximum) = pack(at..<end, base: base, &buffers, into: &packed.bytes)
                base = lists.places[end - 1] + 1
                entry.maximum = max(entry.maximum, maximum)
                if range.count <= PostingBlock.size {
                    entry.widths = widths
                } else {
                    packed.blocks.append(
                        BlockEntry(
                            lastPlace: lists.places[end - 1],
                            offset: offset,
                            maximum: maximum,
                            widths: widths
                        )
                    )
                }
                at = end
            }
            packed.entries.append(entry)
        }
        return packed
    }

    private struct Buffers {
        var gaps: [UInt32] = []
        var codes: [UInt32] = []
        var positions: [UInt32] = []
    }

    private func pack(
        _ range: Range<Int>,
        base: UInt32,
        _ buffers: inout Buffers,
        into bytes: inout [UInt8]
    ) -> (BlockWidths, maximum: Float) {
        buffers.gaps.removeAll(keepingCapacity: true)
        buffers.codes.removeAll(keepingCapacity: true)
        buffers.positions.removeAll(keepingCapacity: true)
        var next = base
        var largestGap: UInt32 = 0
        var largestCode: UInt32 = 0
        var largestPosition: UInt32 = 0
        var maximum: Float = 0
        for index in range {
            // `next` is one past the previous place, so that consecutive places give gaps of zero.
            let place = lists.places[index]
            let code = lists.codes[index]
            largestGap = max(largestGap, place - next)
            buffers.gaps.append(place - next)
            next = place + 1
            largestCode = max(largestCode, code)
            buffers.codes.append(code)
            maximum = max(maximum, saturated(Int(place), code: Int(code)))
            let chunk = Int(lists.positions[index] >> 32)
            let start = Int(lists.positions[index] & 0xFFFF_FFFF)
            for position in sources[chunk][start..<start + Int(patterns.totals[Int(code)])] {
                largestPosition = max(largestPosition, position)
                buffers.positions.append(position)
            }
        }
        let widths = BlockWidths(
            gap: UInt8(PostingBlock.width(of: largestGap)),
            code: UInt8(PostingBlock.width(of: largestCode)),
            position: UInt8(PostingBlock.width(of: largestPosition))
        )
        PostingBlock.pack(buffers.gaps, count: range.count, width: Int(widths.gap), into: &bytes)
        PostingBlock.pack(buffers.codes, count: range.count, width: Int(widths.code), into: &bytes)
        PostingBlock.packInSequence(
            buffers.positions,
            count: buffers.positions.count,
            width: Int(widths.position),
            into: &bytes
        )
        return (widths, maximum)
    }

    /// The same sum, in the same order, as the reader's.
    private func saturated(_ place: Int, code: Int) -> Float {
        var frequency: Float = 0
        for part in patterns.fields[Int(patterns.offsets[code])..<Int(patterns.offsets[code + 1])] {
            let field = Int(part.field)
            frequency += Float(part.frequency) * norms[field][Int(lengths[place * norms.count + field])]
        }
        return BM25F.saturated(frequency)
    }
}
