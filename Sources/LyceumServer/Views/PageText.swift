// How numbers, dates and names of fields are written on pages.

import Foundation

/// Texts of pages, in English and in UTC.
enum PageText {
    /// A whole number with its thousands apart.
    static func number(_ value: Int) -> String {
        let digits = String(value.magnitude)
        var groups: [Substring] = []
        var rest = digits[...]
        while rest.count > 3 {
            groups.insert(rest.suffix(3), at: 0)
            rest = rest.dropLast(3)
        }
        return (value < 0 ? "−" : "") + ([rest] + groups).joined(separator: ",")
    }

    /// A number without needless decimals.
    static func number(_ value: Double, decimals: Int? = nil) -> String {
        if let decimals { return String(format: "%.\(decimals)f", value) }
        guard value.isFinite else { return "" }
        return value == value.rounded() && abs(value) < 1e12 ? number(Int(value)) : String(format: "%g", value)
    }

    /// How many of something there are.
    static func count(_ value: Int, _ one: String, _ many: String) -> String {
        "\(number(value)) \(value == 1 ? one : many)"
    }

    private static let months = [
        "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
        "December",
    ]

    /// `2026-01-15` or a time that begins so as `15 January 2026`; anything else as it is.
    static func day(_ text: String?) -> String? {
        guard let text else { return nil }
        let parts = text.prefix(10).split(separator: "-")
        guard parts.count == 3, text.utf8.count == 10 || text.dropFirst(10).first == "T", let month = Int(parts[1]),
            let day = Int(parts[2]), months.indices.contains(month - 1)
        else { return text }
        return "\(day) \(months[month - 1]) \(parts[0])"
    }

    /// `2026-01-15T09:30:12Z` as `15 January 2026, 09:30:12 UTC`.
    static func moment(_ text: String?) -> String? {
        guard let text, let day = day(text) else { return nil }
        let time = text.dropFirst(10)
        guard time.first == "T", time.utf8.count >= 9 else { return day }
        return "\(day), \(time.dropFirst().prefix(8)) UTC"
    }

    /// `skill_gaps` as `Skill gaps`.
    static func title(_ name: String) -> String {
        let words = name.replacing("_", with: " ")
        return words.prefix(1).uppercased() + words.dropFirst()
    }

    /// The first letters of the first and last word, for the circle beside a name.
    static func initials(_ name: String) -> String {
        let words = name.split(separator: " ").filter { $0.first?.isLetter == true }
        return [words.first, words.count > 1 ? words.last : nil].compactMap { $0?.first }.map { $0.uppercased() }
            .joined()
    }

    /// The beginning of a text, at most so many characters, ended at a word.
    static func beginning(of text: String, atMost count: Int = 240) -> String {
        let line = text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
        guard line.count > count else { return line }
        let cut = line.prefix(count)
        return (cut.lastIndex(of: " ").map { cut[..<$0] } ?? cut) + "…"
    }
}
