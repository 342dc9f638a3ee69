// Times as text: ISO 8601 in UTC, everywhere the same.

import Foundation

/// Formats and reads points in time as ISO 8601 in UTC.
public enum Timestamp {
    /// `2026-11-23T08:15:02Z`, with milliseconds when `fractional` is set.
    public static func iso(_ date: Date, fractional: Bool = false) -> String {
        // A millisecond that was read from text may lie a fraction of a microsecond below itself, and the style cuts.
        let date = fractional ? date + 0.000_001 : date
        return date.formatted(Date.ISO8601FormatStyle(includingFractionalSeconds: fractional))
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

    /// Reads a date-time of RFC 3339 (section 5.6): its day must exist, its offset may be up to 23:59 either way, its seconds
    /// may have any number of digits and be a leap second. Nil for any other text, one with something behind it among them.
    public static func parse(_ text: String) -> Date? {
        // Foundation's own style reads no offset over 18 hours and no more than nine digits of a second, and reads the 30th of
        // February and times with anything behind them: it is asked for the day alone.
        let bytes = Array(text.uppercased().utf8)
        let zoneStart = bytes.last == UInt8(ascii: "Z") ? bytes.count - 1 : bytes.count - 6
        guard zoneStart >= 19, has("0000-00-00T00:00:00", bytes[..<19]), let offset = offset(bytes[zoneStart...]) else {
            return nil
        }
        let fraction = bytes[19..<zoneStart]
        guard fraction.isEmpty || has("." + String(repeating: "0", count: max(1, fraction.count - 1)), fraction) else {
            return nil
        }

        let midnight = String(decoding: bytes[..<10], as: UTF8.self) + "T00:00:00Z"
        guard let day = try? Date(midnight, strategy: Date.ISO8601FormatStyle()), iso(day) == midnight,
            let seconds = Double(String(decoding: bytes[17..<zoneStart], as: UTF8.self))
        else { return nil }
        let (hour, minute) = (number(bytes[11..<13]), number(bytes[14..<16]))
        guard hour < 24, minute < 60, seconds < 61 else { return nil }
        return day + (Double(hour * 3600 + minute * 60 - offset) + seconds)
    }

    /// The seconds that a zone, `Z` or `±hh:mm`, is ahead of UTC.
    private static func offset(_ zone: ArraySlice<UInt8>) -> Int? {
        if zone.count == 1 { return 0 }
        let hours = number(zone.dropFirst().prefix(2)), minutes = number(zone.suffix(2))
        guard has("+00:00", zone) || has("-00:00", zone), hours < 24, minutes < 60 else { return nil }
        return (zone.first == UInt8(ascii: "-") ? -1 : 1) * (hours * 3600 + minutes * 60)
    }

    /// Whether bytes are of a shape, in which 0 stands for any digit.
    private static func has(_ shape: String, _ bytes: ArraySlice<UInt8>) -> Bool {
        shape.utf8.count == bytes.count
            && zip(shape.utf8, bytes).allSatisfy { $0 == UInt8(ascii: "0") ? (0x30...0x39).contains($1) : $0 == $1 }
    }

    private static func number(_ digits: ArraySlice<UInt8>) -> Int { digits.reduce(0) { $0 * 10 + Int($1) - 0x30 } }
}
