// Which request meets which fault: a value with no I/O, the same for the same seed.

import Foundation

/// A kind of fault that the sandbox can put in the way of a request.
public enum Fault: String, Sendable, Hashable, CaseIterable {
    /// The answer comes late, by up to half a second.
    case latency
    /// 429 with `Retry-After: 1`.
    case tooManyRequests = "429"
    /// 429 without a word on when to come back.
    case tooManyRequestsBare = "429-bare"
    /// 500.
    case internalError = "500"
    /// 503 with `Retry-After` as a date, one second ahead.
    case unavailable = "503"
    /// The connection is reset before the answer.
    case reset
    /// The connection ends within the answer's body.
    case truncated
    /// The body drips in, over up to a second.
    case slow
    /// All of Workday's access tokens end.
    case expiredToken = "expired-token"
    /// The Tableau session ends.
    case killedSession = "killed-session"
    /// A page states another total than the one before: rows have come or gone meanwhile.
    case total
    /// A page of a collection is the one before it.
    case duplicatedPage = "duplicate-page"
    /// A page starts one row off: rows have moved meanwhile.
    case shiftedPage = "shifted-page"
    /// A JSON answer that ends early, with everything about it in order otherwise.
    case malformedJSON = "malformed-json"
    /// A CSV answer with a damaged row, an open quote, or a page of HTML in its place.
    case malformedCSV = "malformed-csv"
}

/// Faults at rates, drawn from a seed.
///
/// The draw for a request depends on the seed and on how many requests came before it, on nothing else. A fault that
/// means nothing for that request (no page, no CSV) leaves it as it is.
public struct FaultPlan: Sendable, Hashable {
    /// The share of requests, 0 to 1, that each kind is drawn for.
    public let rates: [Fault: Double]
    /// The seed.
    public let seed: UInt64

    /// What was drawn for one request.
    public struct Draw: Sendable, Hashable {
        /// The fault.
        public var fault: Fault
        /// How much of it, or where: uniform in `0 ..< 1`.
        public var amount: Double
    }

    /// Faults at rates.
    ///
    /// - Throws: ``SandboxError`` with code `faults` if a rate is not in `0 ... 1`, or they come to more than 1.
    public init(rates: [Fault: Double], seed: UInt64) throws(SandboxError) {
        guard rates.values.allSatisfy({ (0...1).contains($0) }), rates.values.reduce(0, +) <= 1 + 1e-9 else {
            throw SandboxError(.faults, "the rates of faults must lie between 0 and 1, and come to at most 1 together")
        }
        self.rates = rates
        self.seed = seed
    }

    /// Reads `429=0.05,reset=0.02`; `all=0.1` shares a rate among all kinds.
    ///
    /// - Throws: ``SandboxError`` with code `faults` that names what it cannot read.
    public init(parsing text: String, seed: UInt64) throws(SandboxError) {
        var rates: [Fault: Double] = [:]
        for part in text.split(separator: ",") {
            let pair = part.split(separator: "=", maxSplits: 1).map { $0.trimmingCharacters(in: .whitespaces) }
            guard pair.count == 2, let rate = Double(pair[1]), rate.isFinite else {
                throw SandboxError(.faults, "a fault is written KIND=RATE, such as 429=0.05; this is not: \(part)")
            }
            if pair[0] == "all" {
                for fault in Fault.allCases { rates[fault, default: 0] += rate / Double(Fault.allCases.count) }
            } else if let fault = Fault(rawValue: String(pair[0])) {
                rates[fault, default: 0] += rate
            } else {
                let known = Fault.allCases.map(\.rawValue).joined(separator: ", ")
                throw SandboxError(.faults, "there is no fault '\(pair[0])'; there are: all, \(known)")
            }
        }
        try self.init(rates: rates, seed: seed)
    }

    /// The draw for the request with this number, counted from 0; nil lets it through.
    public func draw(request number: Int) -> Draw? {
        var state = seed ^ (UInt64(truncatingIfNeeded: number) &+ 1) &* 0xD1B5_4A32_D192_ED03
        let chance = Self.uniform(&state)
        let amount = Self.uniform(&state)
        var bound = 0.0
        for fault in Fault.allCases {
            bound += rates[fault] ?? 0
            if chance < bound { return Draw(fault: fault, amount: amount) }
        }
        return nil
    }

    /// SplitMix64 (Steele, Lea, Flood 2014), as a number in `0 ..< 1`.
    private static func uniform(_ state: inout UInt64) -> Double {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        mixed ^= mixed >> 31
        return Double(mixed >> 11) * 0x1p-53
    }
}
