// Exact decimal numbers as Arrow stores them.

/// A decimal number: an integer of up to 38 digits and the place of its point.
public struct Decimal128: Sendable, Hashable, CustomStringConvertible {
    /// The digits, without the point.
    public let unscaled: Int128
    /// How many digits follow the point; may be negative.
    public let scale: Int

    /// Creates the number `unscaled * 10^-scale`.
    public init(unscaled: Int128, scale: Int) {
        self.unscaled = unscaled
        self.scale = scale
    }

    /// Reads plain decimal notation such as `-12.50`; nil if `text` is anything else or has too many digits.
    public init?(_ text: String) {
        var unscaled: Int128 = 0
        var scale = 0
        var digits = 0
        var sawPoint = false
        var isNegative = false
        for (index, byte) in text.utf8.enumerated() {
            switch byte {
            case UInt8(ascii: "-") where index == 0: isNegative = true
            case UInt8(ascii: "+") where index == 0: break
            case UInt8(ascii: ".") where !sawPoint: sawPoint = true
            case UInt8(ascii: "0")...UInt8(ascii: "9"):
                let (product, overflow) = unscaled.multipliedReportingOverflow(by: 10)
                let (sum, carry) = product.addingReportingOverflow(Int128(byte - UInt8(ascii: "0")))
                if overflow || carry { return nil }
                unscaled = sum
                digits += 1
                if sawPoint { scale += 1 }
            default: return nil
            }
        }
        guard digits > 0 else { return nil }
        self.init(unscaled: isNegative ? -unscaled : unscaled, scale: scale)
    }

    /// The number in plain notation, with exactly `scale` digits after the point.
    public var description: String { Decimal128.format(digits: String(unscaled.magnitude), unscaled < 0, scale) }

    /// The nearest double.
    public var doubleValue: Double { Double(unscaled) / Decimal128.power(scale) }

    /// The whole part, or nil if it does not fit.
    public var integerValue: Int64? {
        var value = unscaled
        if scale > 0 {
            for _ in 0..<scale where value != 0 { value /= 10 }
        } else if scale < 0 {
            for _ in 0..<(-scale) {
                let (product, overflow) = value.multipliedReportingOverflow(by: 10)
                if overflow { return nil }
                value = product
            }
        }
        return Int64(exactly: value)
    }

    /// The same number with another scale, or nil if digits would be lost.
    public func rescaled(to newScale: Int) -> Decimal128? {
        var value = unscaled
        if newScale >= scale {
            for _ in 0..<(newScale - scale) {
                let (product, overflow) = value.multipliedReportingOverflow(by: 10)
                if overflow { return nil }
                value = product
            }
        } else {
            for _ in 0..<(scale - newScale) {
                let (quotient, remainder) = value.quotientAndRemainder(dividingBy: 10)
                if remainder != 0 { return nil }
                value = quotient
            }
        }
        return Decimal128(unscaled: value, scale: newScale)
    }

    /// Puts the point into a row of digits.
    static func format(digits: String, _ isNegative: Bool, _ scale: Int) -> String {
        var result = isNegative ? "-" : ""
        if scale <= 0 {
            result += digits
            if scale < 0, digits != "0" { result += String(repeating: "0", count: -scale) }
            return result
        }
        let padded = String(repeating: "0", count: max(0, scale + 1 - digits.utf8.count)) + digits
        let point = padded.index(padded.endIndex, offsetBy: -scale)
        return result + padded[..<point] + "." + padded[point...]
    }

    static func power(_ exponent: Int) -> Double {
        var result = 1.0
        for _ in 0..<abs(exponent) { result *= 10 }
        return exponent < 0 ? 1 / result : result
    }
}

/// A number of 256 bits as four 64-bit limbs, lowest first; only ever printed.
struct Decimal256 {
    var limbs: [UInt64]
    let isNegative: Bool

    init(_ pointer: UnsafeRawPointer) {
        var limbs = (0..<4).map { pointer.loadUnaligned(fromByteOffset: $0 * 8, as: UInt64.self) }
        isNegative = limbs[3] >> 63 == 1
        if isNegative {
            var carry = true
            for index in 0..<4 {
                limbs[index] = ~limbs[index]
                if carry {
                    let (sum, overflow) = limbs[index].addingReportingOverflow(1)
                    limbs[index] = sum
                    carry = overflow
                }
            }
        }
        self.limbs = limbs
    }

    /// The decimal digits, by repeated division by 10^19.
    var digits: String {
        var limbs = limbs
        var groups: [UInt64] = []
        let divisor: UInt64 = 10_000_000_000_000_000_000
        while limbs.contains(where: { $0 != 0 }) {
            var remainder: UInt64 = 0
            for index in stride(from: 3, through: 0, by: -1) {
                (limbs[index], remainder) = divisor.dividingFullWidth((remainder, limbs[index]))
            }
            groups.append(remainder)
        }
        guard let first = groups.last else { return "0" }
        return groups.dropLast().reversed().reduce(into: String(first)) { text, group in
            let part = String(group)
            text += String(repeating: "0", count: 19 - part.utf8.count) + part
        }
    }
}
