// Leaves a dead source alone for a while: a value with no clock and no I/O.

import Foundation

/// Opens when a source has only failed for some time, so that nothing waits for what will not answer.
///
/// *Closed*: requests pass; failures in a row are counted, and a success forgets them. It opens after `failures` in a row
/// that span at least `patience`, so that a short outage, which the retry policy bridges, never opens it. *Open*: no
/// request passes until `pause` is over. *Half open*: one request passes; its success closes the breaker, its failure
/// opens it again for twice as long, at most `longestPause`. (Nygard, *Release It!*, 2nd ed., chapter 5.)
struct CircuitBreaker: Sendable {
    /// What a request may do.
    enum Admission: Sendable, Hashable {
        /// Go.
        case pass
        /// Nothing is sent before this instant.
        case refused(until: ContinuousClock.Instant)
    }

    private enum State: Sendable {
        case closed
        case open(until: ContinuousClock.Instant)
        case halfOpen(since: ContinuousClock.Instant)
    }

    /// Failures in a row that open it.
    let failures: Int
    /// The least time that they must span.
    let patience: Duration
    /// The first pause.
    let pause: Duration
    /// The longest pause.
    let longestPause: Duration

    private var state = State.closed
    private(set) var failuresInRow = 0
    private var firstFailure: ContinuousClock.Instant?
    private var currentPause: Duration

    /// A closed breaker.
    init(
        failures: Int = 8,
        patience: Duration = .seconds(15),
        pause: Duration = .seconds(30),
        longestPause: Duration = .seconds(300)
    ) {
        self.failures = max(1, failures)
        self.patience = patience
        self.pause = pause
        self.longestPause = max(pause, longestPause)
        currentPause = pause
    }

    /// Whether a request may be sent now.
    mutating func admit(now: ContinuousClock.Instant) -> Admission {
        switch state {
        case .closed:
            return .pass
        case .open(let until):
            guard now >= until else { return .refused(until: until) }
            state = .halfOpen(since: now)
            return .pass
        case .halfOpen(let since):
            // The probe's answer may never come back (its task was cancelled): after a pause another one may go.
            let until = since + currentPause
            guard now >= until else { return .refused(until: until) }
            state = .halfOpen(since: now)
            return .pass
        }
    }

    /// The source answered, be it with a refusal: it is alive.
    mutating func succeeded() {
        state = .closed
        failuresInRow = 0
        firstFailure = nil
        currentPause = pause
    }

    /// The source did not answer, or failed on its own account.
    mutating func failed(now: ContinuousClock.Instant) {
        failuresInRow += 1
        let first = firstFailure ?? now
        firstFailure = first
        switch state {
        case .closed:
            if failuresInRow >= failures, first.duration(to: now) >= patience {
                state = .open(until: now + currentPause)
            }
        case .halfOpen:
            currentPause = min(longestPause, currentPause * 2)
            state = .open(until: now + currentPause)
        case .open:
            break
        }
    }

    /// Whether a failure says that the source is dead, rather than busy or of another mind.
    static func counts(_ failure: AttemptFailure) -> Bool {
        switch failure {
        case .connection, .timeout: true
        case .status(let status, let retryAfter): status >= 500 && status != 501 && status != 505 && retryAfter == nil
        case .malformed: false
        }
    }

    /// The error of a request that is not sent.
    ///
    /// - Parameters:
    ///   - wait: until the next request is let through.
    ///   - date: what time it is.
    func error(wait: Duration, date: Date, location: String, last: SourceError?) -> SourceError {
        let seconds = max(1, Int(wait.inSeconds.rounded(.up)))
        let at = date.addingTimeInterval(wait.inSeconds).formatted(.iso8601)
        return SourceError(
            last?.code ?? .unreachable,
            "The source has failed \(failuresInRow) times in a row and is left alone: nothing is sent for \(seconds) s, it is "
                + "tried again at \(at)." + (last.map { " The last failure: \($0.message)" } ?? ""),
            location: location,
            isRetryable: true,
            cause: last
        )
    }
}
