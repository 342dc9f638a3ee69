// Packing of up to 128 small integers into as few bits as the largest needs.

/// Blocks of unsigned integers in fixed bit widths.
///
/// A full block of 128 is laid out in four interleaved lanes so that it unpacks four at a time; a shorter one, the last
/// of its list, is packed one value after the other. Decoders may read up to 16 bytes past the block, which segment
/// padding allows.
enum PostingBlock {
    static let size = 128

    static func width(of largest: UInt32) -> Int { UInt32.bitWidth - largest.leadingZeroBitCount }

    /// Bytes taken by `count` values of `width` bits.
    @inline(__always)
    static func byteCount(_ count: Int, width: Int) -> Int {
        count == size ? width * 16 : (count * width + 7) / 8
    }

    /// Appends `count` values of at most `width` bits.
    static func pack(_ values: UnsafePointer<UInt32>, count: Int, width: Int, into bytes: inout [UInt8]) {
        guard width > 0 else { return }
        guard count == size else {
            packInSequence(values, count: count, width: width, into: &bytes)
            return
        }
        withUnsafeTemporaryAllocation(of: UInt32.self, capacity: size) { words in
            words.initialize(repeating: 0)
            for index in 0..<size {
                // Lane (index mod 4), position (index div 4): word w of a lane is word 4 w + lane of the block.
                let bit = index / 4 * width
                let at = bit / 32 * 4 + index % 4
                let shift = UInt32(bit % 32)
                words[at] |= values[index] << shift
                if Int(shift) + width > 32 { words[at + 4] |= values[index] >> (32 - shift) }
            }
            bytes.append(contentsOf: UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(words)[..<(width * 16)]))
        }
    }

    /// Appends values one after the other, the first in the lowest bits.
    static func packInSequence(_ values: UnsafePointer<UInt32>, count: Int, width: Int, into bytes: inout [UInt8]) {
        guard width > 0 else { return }
        var pending: UInt64 = 0
        var used = 0
        for index in 0..<count {
            pending |= UInt64(values[index]) << UInt64(used)
            used += width
            while used >= 8 {
                bytes.append(UInt8(truncatingIfNeeded: pending))
                pending >>= 8
                used -= 8
            }
        }
        if used > 0 { bytes.append(UInt8(truncatingIfNeeded: pending)) }
    }

    /// The value at `index` of values packed one after the other; reads up to eight bytes past it.
    @inline(__always)
    static func value(_ input: UnsafeRawPointer, at index: Int, width: Int) -> UInt32 {
        let bit = index &* width
        let word = input.loadUnaligned(fromByteOffset: bit &>> 3, as: UInt64.self) &>> UInt64(bit & 7)
        return UInt32(truncatingIfNeeded: word) & mask(width)
    }

    @inline(__always)
    static func mask(_ width: Int) -> UInt32 { UInt32(truncatingIfNeeded: (1 as UInt64) &<< UInt64(width) &- 1) }

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
        } else if count == size {
            let target = UnsafeMutableRawPointer(output)
            unpackLanes(input, width: width) { index, values in
                target.storeBytes(of: values, toByteOffset: index &* 16, as: SIMD4<UInt32>.self)
            }
        } else {
            for index in 0..<count { output[index] = value(input, at: index, width: width) }
        }
    }

    /// Unpacks gaps and adds them up: `output[i] = base + i + sum of the gaps up to i`.
    @inline(__always)
    static func unpackGaps(
        _ input: UnsafeRawPointer,
        count: Int,
        width: Int,
        base: UInt32,
        into output: UnsafeMutablePointer<UInt32>
    ) {
        if count == size, width > 0 {
            let target = UnsafeMutableRawPointer(output)
            var last = SIMD4<UInt32>(repeating: base &- 1)
            unpackLanes(input, width: width) { index, values in
                var sums = values &+ SIMD4(repeating: 1)
                sums &+= SIMD4(0, sums[0], sums[1], sums[2])
                sums &+= SIMD4(0, 0, sums[0], sums[1])
                sums &+= last
                last = SIMD4(repeating: sums[3])
                target.storeBytes(of: sums, toByteOffset: index &* 16, as: SIMD4<UInt32>.self)
            }
            return
        }
        var next = base
        for index in 0..<count {
            if width > 0 { next = next &+ value(input, at: index, width: width) }
            output[index] = next
            next = next &+ 1
        }
    }

    /// Calls `body` with each four values of a full block; `width` is 1 to 32.
    @inline(__always)
    private static func unpackLanes(_ input: UnsafeRawPointer, width: Int, _ body: (Int, SIMD4<UInt32>) -> Void) {
        let bits = UInt32(truncatingIfNeeded: width)
        let masks = SIMD4<UInt32>(repeating: mask(width))
        var word = input.loadUnaligned(as: SIMD4<UInt32>.self)
        var next = input + 16
        var used: UInt32 = 0
        for index in 0..<32 {
            var values = word &>> SIMD4(repeating: used)
            used &+= bits
            if used >= 32 {
                used &-= 32
                // The last word is followed by padding or by the next block: reading it is safe, its bits are masked.
                word = next.loadUnaligned(as: SIMD4<UInt32>.self)
                next += 16
                if used > 0 { values |= word &<< SIMD4(repeating: bits &- used) }
            }
            body(index, values & masks)
        }
    }
}
