// Comparison whose time says nothing about the values.

/// Compares secrets, or what is derived from them.
enum ConstantTime {
    /// Whether two runs of bytes are the same; looks at every byte whatever the first ones are.
    static func equal(_ left: [UInt8], _ right: [UInt8]) -> Bool {
        guard left.count == right.count else { return false }
        var difference: UInt8 = 0
        for (a, b) in zip(left, right) { difference |= a ^ b }
        return difference == 0
    }
}
