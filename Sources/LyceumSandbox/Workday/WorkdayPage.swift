// Which page of a Workday collection a request asks for. No I/O.

/// A page: how many records after how many.
struct WorkdayPage: Sendable, Equatable {
    /// The largest page.
    static let maximum = 100
    /// The largest page of a query.
    static let queryMaximum = 10_000
    /// The page of a request that does not say.
    static let standard = 20

    var offset: Int
    var limit: Int

    /// A parameter that is not what it may be.
    struct Fault: Error, Equatable {
        let field: String
        let message: String
    }

    init(limit: Substring?, offset: Substring?, maximum: Int = WorkdayPage.maximum) throws(Fault) {
        self.limit = try Self.number(limit, "limit", standard: Self.standard, range: 1...maximum)
        self.offset = try Self.number(offset, "offset", standard: 0, range: 0...Int.max)
    }

    private static func number(
        _ text: Substring?,
        _ field: String,
        standard: Int,
        range: ClosedRange<Int>
    ) throws(Fault) -> Int {
        guard let text else { return standard }
        guard let number = Int(text), range.contains(number) else {
            let allowed =
                range.upperBound == .max ? "\(range.lowerBound) or more" : "\(range.lowerBound) to \(range.upperBound)"
            throw Fault(field: field, message: "\(field) must be a number, \(allowed)")
        }
        return number
    }
}
