// Dates as ISO 8601 texts.

/// A moment or a whole day, month or year in UTC: `[start, end)` in seconds.
struct DateSpan: Hashable, Sendable {
    var start: Int64
    var end: Int64
}

enum DateText {
    /// Reads `2026`, `2026-01`, `2026-01-15`, `2026-01-15T10:00[:00[.5]][Z|±hh[:mm]]`; nil when it is no such date.
    ///
    /// A time without a zone is UTC. Days that do not exist are refused.
    static func span(of text: String) -> DateSpan? {
        let bytes = Array(text.utf8)
        var position = 0
        func number(_ digits: Int) -> Int? {
            guard position + digits <= bytes.count else { return nil }
            var value = 0
            for offset in 0..<digits {
                guard (0x30...0x39).contains(bytes[position + offset]) else { return nil }
                value = value * 10 + Int(bytes[position + offset] - 0x30)
            }
            position += digits
            return value
        }
        func take(_ character: Character) -> Bool {
            guard position < bytes.count, bytes[position] == character.asciiValue else { return false }
            position += 1
            return true
        }
        func midnight(_ year: Int, _ month: Int, _ day: Int) -> Int64 {
            Int64(days(year: year, month: month, day: day)) * 86_400
        }

        guard let year = number(4), year >= 1 else { return nil }
        if position == bytes.count { return DateSpan(start: midnight(year, 1, 1), end: midnight(year + 1, 1, 1)) }
        guard take("-"), let month = number(2), (1...12).contains(month) else { return nil }
        if position == bytes.count {
            let next = month == 12 ? midnight(year + 1, 1, 1) : midnight(year, month + 1, 1)
            return DateSpan(start: midnight(year, month, 1), end: next)
        }
        guard take("-"), let day = number(2), (1...length(of: month, in: year)).contains(day) else { return nil }
        let start = midnight(year, month, day)
        if position == bytes.count { return DateSpan(start: start, end: start + 86_400) }

        guard take("T") || take("t") || take(" "), let hour = number(2), hour < 24, take(":"), let minute = number(2),
            minute < 60
        else { return nil }
        var seconds = 0
        if take(":") {
            guard let value = number(2), value < 61 else { return nil }
            seconds = value
            if take(".") {
                let first = position
                while number(1) != nil {}
                guard position > first else { return nil }
            }
        }
        var offset = 0
        if !(take("Z") || take("z")), position < bytes.count {
            let sign: Int
            if take("+") { sign = 1 } else if take("-") { sign = -1 } else { return nil }
            guard let hours = number(2), hours < 24 else { return nil }
            _ = take(":")
            let minutes = position < bytes.count ? number(2) : 0
            guard let minutes, minutes < 60 else { return nil }
            offset = sign * (hours * 3600 + minutes * 60)
        }
        guard position == bytes.count else { return nil }
        let moment = start + Int64(hour * 3600 + minute * 60 + seconds - offset)
        return DateSpan(start: moment, end: moment + 1)
    }

    private static func isLeap(_ year: Int) -> Bool { year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) }

    private static func length(of month: Int, in year: Int) -> Int {
        switch month {
        case 2: isLeap(year) ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }

    /// Days from 1970-01-01 in the proleptic Gregorian calendar.
    private static func days(year: Int, month: Int, day: Int) -> Int {
        let past = year - 1
        var days = past * 365 + past / 4 - past / 100 + past / 400
        for earlier in 1..<month { days += length(of: earlier, in: year) }
        return days + day - 1 - 719_162
    }
}
