// Localised numbers and dates.

import LyceumCore
import Testing

@testable import LyceumSources

@Suite("A locale's notation") struct LocaleNotationTests {
    @Test(
        "numbers become plain",
        arguments: [
            ("de_DE", "1.234.567,50", "1234567.50"), ("de_DE", "-0,5", "-0.5"), ("de-DE", "12,5 %", "12.5%"),
            ("en_US", "1,234.5", "1234.5"), ("en_US", "(1,234.5)", "-1234.5"), ("en_GB", "+17", "17"),
            ("fr_FR", "1\u{202F}234,5", "1234.5"), ("fr_FR", "1 234,5", "1234.5"), ("de_CH", "1’234.5", "1234.5"),
            ("de_CH", "1'234.5", "1234.5"), ("en_IN", "12,34,567.8", "1234567.8"), ("de_DE", "1,5E+3", "1.5E+3"),
            ("sv_SE", "−3,5", "-3.5"), ("ar_EG", "١٢٫٥", "12.5"), ("de_DE", "007", "007"),
        ]
    )
    func numbers(locale: String, text: String, plain: String) throws {
        #expect(try LocaleNotation(locale).number(text) == plain)
    }

    @Test(
        "what is no number in the locale is left alone",
        arguments: [
            ("de_DE", "1.23"), ("de_DE", "1,234.5"), ("en_US", "1.234,5"), ("en_US", "12,34"), ("en_US", ""),
            ("en_US", "n/a"), ("en_US", "1-2"), ("de_DE", ","), ("en_US", "1,,234"), ("en_US", "--1"),
        ]
    )
    func notNumbers(locale: String, text: String) throws {
        #expect(try LocaleNotation(locale).number(text) == nil)
    }

    @Test(
        "dates become ISO 8601",
        arguments: [
            ("de_DE", "31.12.2014", "2014-12-31"), ("en_US", "12/31/2014", "2014-12-31"),
            ("en_GB", "31/12/2014", "2014-12-31"), ("en_US", "1/2/2014", "2014-01-02"),
            ("en_GB", "1/2/2014", "2014-02-01"), ("ja_JP", "2014/12/31", "2014-12-31"),
            ("de_DE", "5. Mai 2014", "2014-05-05"), ("en_US", "May 5, 2014", "2014-05-05"),
            ("fr_FR", "5 février 2014", "2014-02-05"), ("es_ES", "5 de mayo de 2014", "2014-05-05"),
            ("de_DE", "März 2014", "2014-03"), ("en_US", "3/2014", "2014-03"),
            ("en_US", "12/31/14", "2014-12-31"), ("de_DE", "2014-12-31", "2014-12-31"),
            ("de_DE", "31.12.2014 09:05:07", "2014-12-31T09:05:07"),
            ("en_US", "12/31/2014 1:05:07 PM", "2014-12-31T13:05:07"),
            ("en_US", "12/31/2014 12:00:00 AM", "2014-12-31T00:00:00"),
        ]
    )
    func dates(locale: String, text: String, iso: String) throws {
        #expect(try LocaleNotation(locale).date(text) == iso)
    }

    @Test(
        "what is no date in the locale is left alone",
        arguments: [
            ("en_US", "31/12/2014"), ("de_DE", "29.2.2015"), ("de_DE", "May 2014"), ("en_US", ""), ("en_US", "2014"),
            ("en_US", "1/2/3/2014"), ("en_US", "tomorrow"),
        ]
    )
    func notDates(locale: String, text: String) throws {
        #expect(try LocaleNotation(locale).date(text) == nil)
    }

    @Test("a locale that does not exist is an error that says so")
    func unknown() {
        #expect { _ = try LocaleNotation("klingon") } throws: { ($0 as? SourceError)?.code == .configuration }
    }
}
