// How long requests took, to within one per cent.

/// Counts of times in microseconds, in cells that grow with what they count: 128 for each doubling.
struct LatencyHistogram {
    private static let digits = 7
    private var cells = [Int](repeating: 0, count: (64 - digits) << digits)
    private(set) var count = 0
    private(set) var largest = 0
    private var sum = 0

    mutating func add(_ microseconds: Int) {
        let value = max(0, microseconds)
        cells[Self.cell(of: value)] += 1
        count += 1
        sum += value
        largest = max(largest, value)
    }

    /// The mean in milliseconds.
    var mean: Double { count == 0 ? 0 : Double(sum) / Double(count) / 1000 }

    /// The time, in milliseconds, that a share of the requests stayed within; the upper end of its cell.
    func quantile(_ share: Double) -> Double {
        var left = Int((Double(count) * share).rounded(.up))
        guard left > 0 else { return 0 }
        for (cell, found) in cells.enumerated() where found > 0 {
            left -= found
            if left <= 0 { return Double(min(Self.upperEnd(of: cell), largest)) / 1000 }
        }
        return Double(largest) / 1000
    }

    private static func cell(of value: Int) -> Int {
        let width = Int.bitWidth - value.leadingZeroBitCount
        guard width > digits + 1 else { return value }
        let shift = width - digits - 1
        return (shift << digits) + (value >> shift)
    }

    private static func upperEnd(of cell: Int) -> Int {
        guard cell >= (1 << (digits + 1)) else { return cell }
        let shift = (cell >> digits) - 1
        return ((cell - (shift << digits) + 1) << shift) - 1
    }
}
