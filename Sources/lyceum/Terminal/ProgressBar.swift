// One bar: how much of a known total is done.

/// Draws a bar of eighth blocks, so that it moves smoothly even when it is short.
enum ProgressBar {
    private static let eighths: [Character] = ["▏", "▎", "▍", "▌", "▋", "▊", "▉", "█"]

    /// A bar of exactly `columns` columns; `fraction` is brought into 0...1.
    static func text(fraction: Double, columns: Int) -> String {
        guard columns > 0 else { return "" }
        let share = fraction.isFinite ? min(max(fraction, 0), 1) : 0
        let filled = Int((share * Double(columns * 8)).rounded(.down))
        var bar = String(repeating: "█", count: filled / 8)
        if filled % 8 > 0 { bar.append(eighths[filled % 8 - 1]) }
        return DisplayWidth.padded(bar, to: columns)
    }
}
