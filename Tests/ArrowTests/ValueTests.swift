// Decimals, dates and timestamps.

import Testing

@testable import Arrow

@Suite struct ValueTests {
    @Test(
        "a decimal is read and printed exactly",
        arguments: ["0", "-1", "12.50", "-0.07", "0.000", "99999999999999999999999999999999999.999"]
    )
    func decimal(text: String) throws {
        #expect(try #require(Decimal128(text)).description == text)
    }

    @Test("what is no decimal is refused", arguments: ["", ".", "-", "1e5", "1.2.3", "1,5", " 1", "--1"])
    func noDecimal(text: String) {
        #expect(Decimal128(text) == nil)
    }

    @Test("a number of too many digits is refused") func overflow() {
        #expect(Decimal128(String(repeating: "9", count: 40)) == nil)
    }

    @Test("rescaling loses no digit silently") func rescaling() throws {
        let number = try #require(Decimal128("12.50"))
        #expect(number.rescaled(to: 4)?.description == "12.5000")
        #expect(number.rescaled(to: 1)?.description == "12.5")
        #expect(number.rescaled(to: 0) == nil)
        #expect(number.integerValue == 12)
        #expect(number.doubleValue == 12.5)
        #expect(Decimal128(unscaled: 5, scale: -2).description == "500")
        #expect(Decimal128(unscaled: 5, scale: -2).integerValue == 500)
    }

    @Test("every day of 800 years round-trips, in order") func days() throws {
        var previous = (year: 1599, month: 12, day: 31)
        for number in -135_140..<157_054 {
            let date = CalendarDate(daysSinceEpoch: number)
            let parts = date.components
            #expect((parts.year, parts.month, parts.day) > (previous.year, previous.month, previous.day))
            #expect(CalendarDate(year: parts.year, month: parts.month, day: parts.day) == date)
            previous = parts
        }
        #expect(CalendarDate(daysSinceEpoch: -135_140).description == "1600-01-01")
        #expect(CalendarDate(daysSinceEpoch: 157_053).description == "2399-12-31")
    }

    @Test(
        "days that do not exist, and other texts, are no dates",
        arguments: [
            "2023-02-29", "2024-13-01", "2024-00-10", "2024-04-31", "24-01-01", "2024-1-1", "2024/01/01", "x",
            "2024-01-01 ",
        ]
    )
    func noDate(text: String) {
        #expect(CalendarDate(text) == nil)
    }

    @Test(
        "timestamps are printed in ISO 8601",
        arguments: [
            (0 as Int64, TimeUnit.second, "1970-01-01T00:00:00Z"), (-1, .millisecond, "1969-12-31T23:59:59.999Z"),
            (1_709_209_800_500_000, .microsecond, "2024-02-29T12:30:00.5Z"),
            (1, .nanosecond, "1970-01-01T00:00:00.000000001Z"),
        ]
    )
    func timestamps(count: Int64, unit: TimeUnit, text: String) {
        let timestamp = Timestamp(count, unit: unit)
        #expect(timestamp.description == text)
        #expect(timestamp.count(of: unit) == count)
    }

    @Test("a timestamp too large for a unit says so") func tooLarge() {
        #expect(Timestamp(seconds: .max).count(of: .nanosecond) == nil)
    }
}
