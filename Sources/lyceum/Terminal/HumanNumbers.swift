// Counts, sizes and times as people read them.

import Foundation

/// Writes numbers for people; scripts use `--json`.
enum HumanNumbers {
    /// `1,234,567`.
    static func count(_ value: some BinaryInteger) -> String {
        let digits = String(value.magnitude)
        var grouped = ""
        for (index, digit) in digits.enumerated() {
            if index > 0, (digits.count - index) % 3 == 0 { grouped.append(",") }
            grouped.append(digit)
        }
        return value < 0 ? "-" + grouped : grouped
    }

    /// `512 B`, `3.4 MB`: decimal units, as storage is sold and Parquet files are listed.
    static func bytes(_ value: some BinaryInteger) -> String {
        let units = ["kB", "MB", "GB", "TB", "PB"]
        var size = Double(value)
        guard abs(size) >= 1000 else { return "\(value) B" }
        var unit = -1
        // 999.95 would round to "1000.0", so it takes the next unit.
        while abs(size) >= 999.95, unit < units.count - 1 {
            size /= 1000
            unit += 1
        }
        return "\(fixed(size, digits: 1)) \(units[max(unit, 0)])"
    }

    /// `420 ms`, `3.2 s`, `2 min 05 s`, `1 h 04 min`, `3 d 02 h`.
    static func duration(_ seconds: Double) -> String {
        guard seconds.isFinite, seconds >= 0 else { return "-" }
        if seconds < 0.9995 { return "\(Int((seconds * 1000).rounded())) ms" }
        if seconds < 59.95 { return "\(fixed(seconds, digits: 1)) s" }
        let whole = Int(min(seconds.rounded(), 1e15))
        if whole < 3600 { return "\(whole / 60) min \(twoDigits(whole % 60)) s" }
        let minutes = whole / 60
        if minutes < 24 * 60 { return "\(minutes / 60) h \(twoDigits(minutes % 60)) min" }
        let hours = minutes / 60
        return "\(hours / 24) d \(twoDigits(hours % 24)) h"
    }

    /// `2 min ago`, `3 h ago`, `5 d ago`: how old something is, in its largest unit.
    static func age(_ seconds: Double) -> String {
        guard seconds.isFinite else { return "-" }
        switch max(0, seconds) {
        case ..<1: return "just now"
        case ..<60: return "\(Int(seconds)) s ago"
        case ..<3600: return "\(Int(seconds / 60)) min ago"
        case ..<(48 * 3600): return "\(Int(seconds / 3600)) h ago"
        default: return "\(Int(min(seconds / 86400, 1e15))) d ago"
        }
    }

    /// A number with that many digits after the point, never in scientific notation.
    static func fixed(_ value: Double, digits: Int) -> String {
        String(format: "%.\(digits)f", value)
    }

    private static func twoDigits(_ value: Int) -> String {
        value < 10 ? "0\(value)" : "\(value)"
    }
}
