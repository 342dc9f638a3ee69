// Packing of up to 128 small integers into as few bits as the largest needs.

/// Blocks of unsigned integers in fixed bit widths.
///
/// A full block of 128 is laid out in four interleaved lanes so that it unpacks four at a time; a shorter one, the last
/// of its list, is packed one value after the other. Both decoders may read up to 16 bytes past the block, which
/// segment padding allows.
enum PostingBlock {
    static let size = 128

    static func width(of largest: UInt32) -> Int { UInt32.bitWidth - largest.leadingZeroBitCount }

    /// Bytes taken by `count` values of `width` bits.
    static func byteCount(_ count: Int, width: Int) -> Int {
        count == size ? width * 16 : (count * width + 7) / 8
    }

    static func pack(_ values: ArraySlice<UInt32>, width: Int, into bytes: inout [UInt8]) {
        guard width > 0 else { return }
        let count = values.count
        let base = bytes.count
        bytes.append(contentsOf: repeatElement(0, count: byteCount(count, width: width)))
        for (index, value) in values.enumerated() {
            let bit: Int
            if count == size {
                // Lane (index mod 4), position (index div 4): word w of a lane stands at byte 16 w + 4 lane.
                let within = index / 4 * width
                for offset in 0..<width where value >> UInt32(offset) & 1 == 1 {
                    let at = within + offset
                    let byte = at / 32 * 16 + index % 4 * 4 + at % 32 / 8
                    bytes[base + byte] |= 1 << UInt8(at % 8)
                }
                continue
            }
            bit = index * width
            for offset in 0..<width where value >> UInt32(offset) & 1 == 1 {
                bytes[base + (bit + offset) / 8] |= 1 << UInt8((bit + offset) % 8)
            }
        }
    }

    /// Unpacks `count` values; `output` has room for 128 and `width` is at most 32.
    @inline(__always)
    static func unpack(
        _ input: UnsafeRawPointer,
        count: Int,
        width: Int,
        into output: UnsafeMutablePointer<UInt32>
    ) {
        if width == 0 {
            output.update(repeating: 0, count: count)
            return
        }
        let mask: UInt32 = width == 32 ? .max : (1 &<< UInt32(width)) &- 1
        if count == size {
            let target = UnsafeMutableRawPointer(output)
            let masks = SIMD4<UInt32>(repeating: mask)
            var word = input.loadUnaligned(as: SIMD4<UInt32>.self)
            var next = input + 16
            var used: UInt32 = 0
            let bits = UInt32(width)
            for index in 0..<32 {
                var value = word &>> SIMD4(repeating: used)
                used &+= bits
                if used >= 32 {
                    used &-= 32
                    // The last word is followed by padding or by the next block: reading it is safe, its bits are masked.
                    word = next.loadUnaligned(as: SIMD4<UInt32>.self)
                    next += 16
                    if used > 0 { value |= word &<< SIMD4(repeating: bits &- used) }
                }
                target.storeBytes(of: value & masks, toByteOffset: index &* 16, as: SIMD4<UInt32>.self)
            }
            return
        }
        for index in 0..<count {
            let bit = index &* width
            let word = input.loadUnaligned(fromByteOffset: bit &>> 3, as: UInt64.self)
            output[index] = UInt32(truncatingIfNeeded: word &>> UInt64(bit & 7)) & mask
        }
    }
}
