// How much a caller may ask, and how often an address may be wrong.

/// The limits on callers and on failed attempts.
public struct RateLimits: Sendable, Hashable {
    /// What one caller may ask: so many requests a second on average, and so many at once.
    public struct Allowance: Sendable, Hashable {
        /// Requests a second that are earned back.
        public var perSecond: Double
        /// The most requests at once.
        public var burst: Int

        /// Makes an allowance; both are above zero.
        public init(perSecond: Double, burst: Int) {
            self.perSecond = perSecond
            self.burst = burst
        }
    }

    /// What failed attempts cost an address.
    public struct Failures: Sendable, Hashable {
        /// Failed attempts that cost nothing, for people mistype.
        public var free = 5
        /// From this many on, the address is refused for ``refusal``.
        public var most = 20
        /// The wait after the first failure that costs; it doubles with each further one.
        public var firstDelay: Duration = .seconds(1)
        /// The longest of these waits.
        public var longestDelay: Duration = .seconds(60)
        /// How long an address is refused that goes on.
        public var refusal: Duration = .seconds(900)
        /// After how long one failure is forgotten.
        public var forgiveness: Duration = .seconds(60)

        /// The usual costs.
        public init() {}
    }

    /// The allowances of roles that have their own.
    public var roles: [Role: Allowance]
    /// The allowance of all other roles.
    public var standard: Allowance
    /// What one address may ask without a credential: for many at once, since a campus may stand behind one address.
    public var anonymous = Allowance(perSecond: 200, burst: 1000)
    /// What failed attempts cost.
    public var failures: Failures
    /// The most callers that are remembered; beyond it, who asked least recently begins anew.
    public var callersRemembered = 50_000
    /// The most addresses that are remembered: with failed attempts, and as many without a credential.
    public var addressesRemembered = 50_000

    /// Limits; by default a person's pace for students and a program's for everyone else.
    public init(
        roles: [Role: Allowance] = [.student: Allowance(perSecond: 10, burst: 40)],
        standard: Allowance = Allowance(perSecond: 50, burst: 200),
        failures: Failures = Failures()
    ) {
        self.roles = roles
        self.standard = standard
        self.failures = failures
    }

    /// What a role may ask.
    public func allowance(of role: Role) -> Allowance { roles[role] ?? standard }
}
