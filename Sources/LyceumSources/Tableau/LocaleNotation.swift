// Numbers and dates as a locale writes them, turned into plain ones. No I/O.

import Foundation

/// Reads what a view's CSV holds when the token's user has a locale: `1.234,5` and `31.12.2014` in Germany.
///
/// Separators, the order of day, month and year, and the names of months come from Unicode's CLDR, through Foundation.
/// A value that is not written in the locale stays as it is: the models judge it.
struct LocaleNotation: Sendable {
    /// The locale, such as `de_DE`.
    let identifier: String
    private let decimal: Character
    /// What may stand between groups of digits. CLDR has a no-break space where people type an ordinary one.
    private let grouping: Set<Character>
    /// The order of `d`, `M` and `y` in a date of digits only.
    private let order: [Character]
    /// Name of a month in small letters, without its full stop → its number.
    private let months: [String: Int]
    private let afternoon: String

    /// The notation of a locale.
    ///
    /// - Throws: ``SourceError`` with code `configuration` if there is no such locale.
    init(_ identifier: String) throws {
        let identifier = identifier.replacing("-", with: "_")
        let language = identifier.prefix { $0 != "_" }
        guard Locale.LanguageCode.isoLanguageCodes.contains(Locale.LanguageCode(String(language))) else {
            throw SourceError(.configuration, "There is no locale '\(identifier)'; write it like de_DE or en_GB.")
        }
        let locale = Locale(identifier: identifier)
        self.identifier = identifier
        decimal = locale.decimalSeparator?.first ?? "."
        let separator = locale.groupingSeparator?.first ?? ","
        grouping =
            separator.isWhitespace ? [" ", "\u{A0}", "\u{202F}"] : separator == "’" ? ["’", "'"] : [separator]
        let pattern = DateFormatter.dateFormat(fromTemplate: "yMd", options: 0, locale: locale) ?? "y-M-d"
        var order: [Character] = []
        for character in pattern where "dMy".contains(character) && !order.contains(character) {
            order.append(character)
        }
        self.order = order.count == 3 ? order : ["y", "M", "d"]
        let formatter = DateFormatter()
        formatter.locale = locale
        var months: [String: Int] = [:]
        let lists = [
            formatter.monthSymbols, formatter.shortMonthSymbols, formatter.standaloneMonthSymbols,
            formatter.shortStandaloneMonthSymbols,
        ]
        for names in lists {
            for (index, name) in names.enumerated() { months[Self.folded(name)] = index + 1 }
        }
        self.months = months
        afternoon = Self.folded(formatter.pmSymbol)
    }

    // MARK: Numbers

    /// The number in plain digits with a point: `-1234.5`; a per cent sign behind it stays. Nil if it is no number here.
    func number(_ text: String) -> String? {
        var rest = Substring(text.trimmingCharacters(in: .whitespacesAndNewlines))
        var plain = ""
        var suffix = ""
        if rest.hasPrefix("("), rest.hasSuffix(")") {
            // Accountants' minus.
            plain = "-"
            rest = rest.dropFirst().dropLast()
        }
        if rest.last == "%" {
            suffix = "%"
            rest = rest.dropLast()
            while rest.last?.isWhitespace == true { rest = rest.dropLast() }
        }
        if let sign = rest.first, "+-−".contains(sign) {
            guard plain.isEmpty else { return nil }
            plain = sign == "+" ? "" : "-"
            rest = rest.dropFirst()
        }
        guard rest.contains(where: { $0.wholeNumberValue != nil }) else { return nil }
        let parts = rest.split(separator: decimal, maxSplits: 1, omittingEmptySubsequences: false)
        guard let whole = parts.first.flatMap(wholeNumber) else { return nil }
        plain += whole
        if parts.count == 2 {
            var digits = ""
            for character in parts[1] {
                guard let value = character.wholeNumberValue, value < 10 else {
                    return exponent(plain, digits, parts[1])
                }
                digits.append(String(value))
            }
            if !digits.isEmpty { plain += "." + digits }
        }
        return plain + suffix
    }

    /// `1,5E+3`.
    private func exponent(_ plain: String, _ digits: String, _ fraction: Substring) -> String? {
        let tail = fraction.dropFirst(digits.count)
        guard !digits.isEmpty, let sign = tail.first, "eE".contains(sign), Int(tail.dropFirst()) != nil else {
            return nil
        }
        return plain + "." + digits + tail
    }

    /// Digits in groups: the first of one to three, the others of two (India) or three.
    private func wholeNumber(_ text: Substring) -> String? {
        var digits = ""
        var lengths = [0]
        for character in text {
            if let value = character.wholeNumberValue, value < 10 {
                digits.append(String(value))
                lengths[lengths.count - 1] += 1
            } else if grouping.contains(character) {
                lengths.append(0)
            } else {
                return nil
            }
        }
        guard lengths.count > 1 else { return digits.isEmpty ? "0" : digits }
        let isGrouped =
            (1...3).contains(lengths[0]) && lengths.last == 3
            && lengths.dropFirst().dropLast().allSatisfy { $0 == 3 || $0 == 2 }
        return isGrouped ? digits : nil
    }

    // MARK: Dates

    /// The date as `2014-12-31`, the time as `2014-12-31T09:05:00`, a month as `2014-12`. Nil if it is none here.
    func date(_ text: String) -> String? {
        var words: [Substring] = []
        var time: (hour: Int, minute: Int, second: Int)?
        var isAfternoon = false
        var isMorning = false
        for piece in text.split(whereSeparator: { $0.isWhitespace || $0 == "," }) {
            if piece.contains(":") {
                guard time == nil, let read = Self.time(piece) else { return nil }
                time = read
            } else if time != nil, let meridiem = meridiem(piece) {
                isAfternoon = meridiem
                isMorning = !meridiem
            } else {
                words += piece.split { !$0.isLetter && $0.wholeNumberValue == nil }
            }
        }
        guard let day = calendarDay(words) else { return nil }
        guard var time else { return day }
        if isAfternoon, time.hour < 12 { time.hour += 12 }
        if isMorning, time.hour == 12 { time.hour = 0 }
        guard day.count == 10, time.hour < 24 else { return nil }
        return day + "T" + [time.hour, time.minute, time.second].map(Self.two).joined(separator: ":")
    }

    private func meridiem(_ text: Substring) -> Bool? {
        let folded = Self.folded(String(text)).replacing(".", with: "")
        if folded == afternoon || folded == "pm" { return true }
        return folded == "am" || !afternoon.isEmpty && folded.count == afternoon.count ? false : nil
    }

    private func calendarDay(_ words: [Substring]) -> String? {
        var numbers: [(value: Int, length: Int)] = []
        var month: Int?
        for word in words {
            if let value = Self.digits(word) {
                numbers.append((value, word.count))
            } else if let known = months[Self.folded(String(word))], month == nil {
                month = known
            } else if word.count > 3 || !["de", "del", "of", "den", "st", "nd", "rd", "th"].contains(String(word)) {
                return nil
            }
        }
        if let month {
            guard let year = numbers.first(where: { $0.length == 4 }) else { return nil }
            let others = numbers.filter { $0.length <= 2 }
            guard others.count == numbers.count - 1, others.count <= 1 else { return nil }
            guard let day = others.first else { return "\(year.value)-\(Self.two(month))" }
            return Self.day(year.value, month, day.value)
        }
        if numbers.count == 2, let year = numbers.first(where: { $0.length == 4 }),
            let month = numbers.first(where: { $0.length <= 2 }), (1...12).contains(month.value)
        {
            return "\(year.value)-\(Self.two(month.value))"
        }
        guard numbers.count == 3 else { return nil }
        // A year of four digits in front is ISO's order in every locale.
        let order: [Character] = numbers[0].length == 4 ? ["y", "M", "d"] : order
        var parts: [Character: Int] = [:]
        for (field, number) in zip(order, numbers) {
            guard field == "y" ? number.length == 4 || number.length == 2 : number.length <= 2 else { return nil }
            // Two digits: POSIX's pivot.
            parts[field] =
                field == "y" && number.length == 2 ? number.value + (number.value < 69 ? 2000 : 1900) : number.value
        }
        guard let year = parts["y"], let month = parts["M"], let day = parts["d"] else { return nil }
        return Self.day(year, month, day)
    }

    private static func day(_ year: Int, _ month: Int, _ day: Int) -> String? {
        guard (1...9999).contains(year), (1...12).contains(month), day >= 1 else { return nil }
        let isLeap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
        let lengths = [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
        guard day <= lengths[month - 1] else { return nil }
        let digits = String(year)
        return String(repeating: "0", count: 4 - digits.count) + digits + "-" + two(month) + "-" + two(day)
    }

    private static func time(_ text: Substring) -> (hour: Int, minute: Int, second: Int)? {
        let parts = text.split(separator: ":").map(digits)
        guard (2...3).contains(parts.count), let hour = parts[0], let minute = parts[1], hour < 25, minute < 60 else {
            return nil
        }
        guard parts.count == 3 else { return (hour, minute, 0) }
        guard let second = parts[2], second < 60 else { return nil }
        return (hour, minute, second)
    }

    private static func digits(_ text: Substring) -> Int? {
        guard !text.isEmpty, text.count <= 4 else { return nil }
        var value = 0
        for character in text {
            guard let digit = character.wholeNumberValue, digit < 10 else { return nil }
            value = value * 10 + digit
        }
        return value
    }

    private static func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }

    private static func folded(_ name: String) -> String {
        var name = name.lowercased()
        while name.hasSuffix(".") { name.removeLast() }
        return name
    }
}
