// Calendar dates and timestamps, proleptic Gregorian, without time zones' rules.

/// A day of the proleptic Gregorian calendar.
public struct CalendarDate: Sendable, Hashable, Comparable, CustomStringConvertible {
    /// Days since 1970-01-01.
    public let daysSinceEpoch: Int

    /// Creates a date from days since 1970-01-01.
    public init(daysSinceEpoch: Int) { self.daysSinceEpoch = daysSinceEpoch }

    /// Creates a date from year, month and day; nil if there is no such day.
    public init?(year: Int, month: Int, day: Int) {
        guard (1...12).contains(month), day >= 1, day <= CalendarDate.length(ofMonth: month, year: year) else {
            return nil
        }
        // Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms": count years from 1 March, in eras of 400.
        let shifted = month > 2 ? year : year - 1
        let era = (shifted >= 0 ? shifted : shifted - 399) / 400
        let yearOfEra = shifted - era * 400
        let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        daysSinceEpoch = era * 146_097 + dayOfEra - 719_468
    }

    /// Reads `YYYY-MM-DD`; nil for anything else and for days that do not exist.
    public init?(_ text: String) {
        let parts = text.utf8.split(separator: UInt8(ascii: "-"), omittingEmptySubsequences: false)
        guard parts.count == 3, parts[0].count == 4, parts[1].count == 2, parts[2].count == 2,
            parts.allSatisfy({ $0.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) } }),
            let year = Int(Substring(parts[0])), let month = Int(Substring(parts[1])),
            let day = Int(Substring(parts[2]))
        else { return nil }
        self.init(year: year, month: month, day: day)
    }

    /// Year, month and day.
    public var components: (year: Int, month: Int, day: Int) {
        let shifted = daysSinceEpoch + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        let month = shiftedMonth + (shiftedMonth < 10 ? 3 : -9)
        return (
            yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * shiftedMonth + 2) / 5 + 1
        )
    }

    /// The date as `YYYY-MM-DD`; years outside 0...9999 with a sign.
    public var description: String {
        let (year, month, day) = components
        let sign = year < 0 ? "-" : year > 9999 ? "+" : ""
        return sign + padded(abs(year), 4) + "-" + padded(month, 2) + "-" + padded(day, 2)
    }

    /// Whether `lhs` is earlier.
    public static func < (lhs: CalendarDate, rhs: CalendarDate) -> Bool { lhs.daysSinceEpoch < rhs.daysSinceEpoch }

    private static func length(ofMonth month: Int, year: Int) -> Int {
        switch month {
        case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }
}

/// A point in time to the nanosecond: an instant in UTC, or a wall-clock time if the column names no zone.
public struct Timestamp: Sendable, Hashable, Comparable, CustomStringConvertible {
    /// Whole seconds since 1970-01-01T00:00:00, rounded down.
    public let seconds: Int64
    /// The rest, 0 ..< 1,000,000,000.
    public let nanoseconds: Int32
    /// Whether this is an instant (in UTC) rather than a wall-clock time.
    public let isInstant: Bool

    /// Creates a timestamp; nanoseconds outside a second carry over.
    public init(seconds: Int64, nanoseconds: Int64 = 0, isInstant: Bool = true) {
        let carry = (nanoseconds >= 0 ? nanoseconds : nanoseconds - 999_999_999) / 1_000_000_000
        self.seconds = seconds &+ carry
        self.nanoseconds = Int32(truncatingIfNeeded: nanoseconds - carry * 1_000_000_000)
        self.isInstant = isInstant
    }

    /// Creates a timestamp from a count of `unit` since 1970-01-01T00:00:00.
    public init(_ count: Int64, unit: TimeUnit, isInstant: Bool = true) {
        let perSecond = unit.perSecond
        var seconds = count / perSecond
        var rest = count % perSecond
        if rest < 0 {
            rest += perSecond
            seconds -= 1
        }
        self.init(seconds: seconds, nanoseconds: rest * (1_000_000_000 / perSecond), isInstant: isInstant)
    }

    /// The count of `unit` since 1970-01-01T00:00:00, rounded down; nil if it does not fit 64 bits.
    public func count(of unit: TimeUnit) -> Int64? {
        let (whole, overflow) = seconds.multipliedReportingOverflow(by: unit.perSecond)
        let (sum, carry) = whole.addingReportingOverflow(Int64(nanoseconds) / (1_000_000_000 / unit.perSecond))
        return overflow || carry ? nil : sum
    }

    /// The day it falls on, in UTC or on the wall clock.
    public var date: CalendarDate {
        let day = (seconds >= 0 ? seconds : seconds - 86_399) / 86_400
        return CalendarDate(daysSinceEpoch: Int(day))
    }

    /// ISO 8601, such as `2024-02-29T12:30:00.5Z`: no fraction if it is zero, `Z` only for instants.
    public var description: String {
        let day = date
        let time = seconds - Int64(day.daysSinceEpoch) * 86_400
        return day.description + "T" + timeOfDay(seconds: time, nanoseconds: Int64(nanoseconds))
            + (isInstant ? "Z" : "")
    }

    /// Whether `lhs` is earlier.
    public static func < (lhs: Timestamp, rhs: Timestamp) -> Bool {
        (lhs.seconds, lhs.nanoseconds) < (rhs.seconds, rhs.nanoseconds)
    }
}

/// `HH:MM:SS` with as much of the fraction as is not zero.
func timeOfDay(seconds: Int64, nanoseconds: Int64) -> String {
    let time = Int(seconds)
    var text = padded(time / 3_600, 2) + ":" + padded(time / 60 % 60, 2) + ":" + padded(time % 60, 2)
    if nanoseconds != 0 {
        var fraction = padded(Int(nanoseconds), 9)
        while fraction.last == "0" { fraction.removeLast() }
        text += "." + fraction
    }
    return text
}

func padded(_ number: Int, _ width: Int) -> String {
    let digits = String(number)
    return String(repeating: "0", count: max(0, width - digits.utf8.count)) + digits
}
