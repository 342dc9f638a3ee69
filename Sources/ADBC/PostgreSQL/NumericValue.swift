// PostgreSQL's numeric: digits of base 10,000.

/// Reads the binary format of `numeric`: how many digits, the first one's place, sign and scale as 16-bit integers, then
/// the digits.
enum NumericValue {
    /// The value in units of its last digit.
    ///
    /// - Parameter scale: how many digits after the point are kept, at most 18; a value that has more is out of range.
    @inline(__always)
    static func unscaled(_ bytes: UnsafeRawBufferPointer, scale: Int) -> Result<Int64, CopyFault> {
        guard bytes.count >= 8, let base = bytes.baseAddress else { return .failure(.length) }
        @inline(__always) func word(_ index: Int) -> UInt16 {
            base.loadUnaligned(fromByteOffset: index &* 2, as: UInt16.self).byteSwapped
        }
        let count = Int(word(0))
        let sign = word(2)
        guard bytes.count == 8 + count * 2 else { return .failure(.length) }
        // 0xC000 is NaN, 0xD000 and 0xF000 are infinite.
        guard sign == 0 || sign == 0x4000 else { return .failure(.notANumber) }
        // The number of decimal digits between the last digit group and the last digit that is kept.
        let shift = 4 * (Int(Int16(bitPattern: word(1))) - count + 1) + scale
        // Most values: no step below can leave 18 digits.
        guard count <= 4, shift >= -16, count * 4 + shift <= 18 else { return wide(count, sign, shift, word) }
        var value: Int64 = 0
        for index in 0..<count { value = value &* 10_000 &+ Int64(word(4 &+ index)) }
        if shift < 0 {
            let divisor = tens(-shift)
            let (quotient, rest) = value.quotientAndRemainder(dividingBy: divisor)
            guard rest == 0 else { return .failure(.range) }
            value = quotient
        } else {
            value = value &* tens(shift)
        }
        return .success(sign == 0 ? value : -value)
    }

    /// Values of many digits, or far from the point.
    private static func wide(
        _ count: Int,
        _ sign: UInt16,
        _ shift: Int,
        _ word: (Int) -> UInt16
    ) -> Result<Int64, CopyFault> {
        var value: Int128 = 0
        for index in 0..<count {
            let (product, isOver) = value.multipliedReportingOverflow(by: 10_000)
            if isOver { return .failure(.range) }
            value = product + Int128(word(4 + index))
        }
        if value == 0 { return .success(0) }
        for _ in 0..<max(0, shift) {
            let (product, isOver) = value.multipliedReportingOverflow(by: 10)
            if isOver { return .failure(.range) }
            value = product
        }
        for _ in 0..<max(0, -shift) {
            guard value % 10 == 0 else { return .failure(.range) }
            value /= 10
        }
        guard let value = Int64(exactly: sign == 0 ? value : -value) else { return .failure(.range) }
        return .success(value)
    }

    /// A power of ten up to 10^18.
    @inline(__always)
    private static func tens(_ exponent: Int) -> Int64 {
        switch exponent {
        case 0: 1
        case 1: 10
        case 2: 100
        case 3: 1_000
        case 4: 10_000
        case 5: 100_000
        case 6: 1_000_000
        default: (6..<exponent).reduce(1_000_000) { power, _ in power * 10 }
        }
    }
}
