// Times as text: ISO 8601 in UTC, everywhere the same.

import Foundation

/// Formats and reads points in time as ISO 8601 in UTC.
public enum Timestamp {
    /// `2026-11-23T08:15:02Z`, with milliseconds when `fractional` is set.
    public static func iso(_ date: Date, fractional: Bool = false) -> String {
        date.formatted(Date.ISO8601FormatStyle(includingFractionalSeconds: fractional))
    }

    /// `2026-11-23`, the UTC day.
    public static func day(_ date: Date) -> String {
        String(iso(date).prefix(10))
    }

    /// `20261123T081502Z`, for file names.
    public static func compact(_ date: Date) -> String {
        iso(date).filter { $0 != "-" && $0 != ":" }
    }

    /// Reads what ``compact(_:)`` writes; nil for anything else.
    public static func parse(compact text: some StringProtocol) -> Date? {
        guard text.utf8.count == 16 else { return nil }
        let parts = [0..<4, 4..<6, 6..<11, 11..<13, 13..<16].map { range in
            String(decoding: text.utf8.dropFirst(range.lowerBound).prefix(range.count), as: UTF8.self)
        }
        return parse("\(parts[0])-\(parts[1])-\(parts[2]):\(parts[3]):\(parts[4])")
    }

    /// Reads ISO 8601 with or without fractional seconds; nil if the text is not a point in time.
    public static func parse(_ text: String) -> Date? {
        if let date = try? Date(text, strategy: Date.ISO8601FormatStyle()) { return date }
        return try? Date(text, strategy: Date.ISO8601FormatStyle(includingFractionalSeconds: true))
    }
}
