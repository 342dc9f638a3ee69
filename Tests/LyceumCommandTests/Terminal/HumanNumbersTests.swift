// Numbers as people read them.

import Testing

@testable import lyceum

@Suite("Human numbers")
struct HumanNumbersTests {
    @Test(
        "groups thousands",
        arguments: [
            (0, "0"), (999, "999"), (1000, "1,000"), (-1_234_567, "-1,234,567"),
            (Int.min, "-9,223,372,036,854,775,808"),
        ]
    )
    func count(value: Int, text: String) {
        #expect(HumanNumbers.count(value) == text)
    }

    @Test(
        "writes sizes in decimal units",
        arguments: [
            (0, "0 B"), (999, "999 B"), (1000, "1.0 kB"), (1_500_000, "1.5 MB"), (999_960, "1.0 MB"),
            (3_200_000_000, "3.2 GB"),
        ]
    )
    func bytes(value: Int, text: String) {
        #expect(HumanNumbers.bytes(value) == text)
    }

    @Test(
        "writes durations in the units people use",
        arguments: [
            (0, "0 ms"), (0.0423, "42 ms"), (0.9999, "1.0 s"), (3.14, "3.1 s"), (59.99, "1 min 00 s"),
            (125, "2 min 05 s"),
            (3840, "1 h 04 min"), (180_000, "2 d 02 h"), (.infinity, "-"), (-1, "-"), (.nan, "-"),
        ] as [(Double, String)]
    )
    func duration(seconds: Double, text: String) {
        #expect(HumanNumbers.duration(seconds) == text)
    }

    @Test(
        "writes ages in the largest unit",
        arguments: [(-5, "just now"), (30, "30 s ago"), (150, "2 min ago"), (7300, "2 h ago"), (400_000, "4 d ago")]
            as [(Double, String)]
    )
    func age(seconds: Double, text: String) {
        #expect(HumanNumbers.age(seconds) == text)
    }
}
