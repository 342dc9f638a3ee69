// Which live segments to merge.

/// Tiered merging: a segment of n documents is in the tier floor(log4 n), and four of a tier become one of the next.
///
/// A document is written again once a tier, so n changes cost O(n log n) in all, and at most three segments of each tier are
/// searched. Only neighbours are merged, so that documents stay in the order they came.
enum MergePolicy {
    static let factor = 4

    static func tier(_ count: Int) -> Int {
        var tier = 0
        var bound = factor
        while count >= bound {
            tier += 1
            bound *= factor
        }
        return tier
    }

    /// The run of segments to merge next, nil when there is nothing to gain.
    ///
    /// - Parameter segments: documents held and documents left of each, the oldest first.
    static func run(_ segments: [(held: Int, left: Int)]) -> Range<Int>? {
        // What is mostly deleted is rewritten by itself: it takes memory and time for nothing.
        if let index = segments.firstIndex(where: { $0.left * 2 < $0.held }) { return index..<index + 1 }
        let highest = segments.map { tier($0.held) }.max() ?? 0
        guard segments.count >= factor else { return nil }
        for bound in 0...highest {
            let start = (segments.lastIndex { tier($0.held) > bound } ?? -1) + 1
            let peers = segments[start...].count { tier($0.held) == bound }
            if peers >= factor { return start..<segments.count }
        }
        return nil
    }
}
