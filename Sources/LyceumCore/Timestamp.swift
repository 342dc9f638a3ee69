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

    /// Reads ISO 8601 with or without fractional seconds; nil if the text is not a point in time.
    public static func parse(_ text: String) -> Date? {
        if let date = try? Date(text, strategy: Date.ISO8601FormatStyle()) { return date }
        return try? Date(text, strategy: Date.ISO8601FormatStyle(includingFractionalSeconds: true))
    }
}
