// Which requests are worked on, which wait and which are refused: the decisions, without tasks or clocks.

import NIOCore

/// Admission control as a value: events in, decisions out.
///
/// Two things are bounded: how many requests are worked on and wait, and how old a request may be when work on it begins.
/// The age counts from the moment its head was read, so that time spent waiting for a thread counts too; a server whose
/// handlers only compute never has many requests at work, and its queue is the one for threads.
///
/// A short stall is no overload: old requests are refused only once requests have been too old for ``persistence`` without
/// a break, as in CoDel (RFC 8289). From then on every request older than ``patience`` is refused, until none has been
/// for ``recovery``. What is accepted therefore waits at most about ``patience``, however many requests come.
struct AdmissionQueue {
    /// How many requests are worked on at once.
    let limit: Int
    /// How many may wait for one of them to end.
    let capacity: Int
    /// How old a request may be under overload.
    let patience: TimeAmount
    /// How long requests have to be too old for that to be overload, and how long one may wait when it is not.
    let persistence: TimeAmount
    /// How long no request may be too old for overload to be over.
    let recovery: TimeAmount

    /// What becomes of a request that has come.
    enum Arrival: Equatable {
        case admitted
        case waits
        case refused
    }

    /// What becomes of a request that waited.
    struct Outcome: Equatable {
        var id: UInt64
        var isAdmitted: Bool
    }

    private struct Waiter {
        var id: UInt64
        var deadline: NIODeadline
    }

    private(set) var running = 0
    private(set) var isOverloaded = false
    private var waiters = CircularBuffer<Waiter>()
    private var firstTooOld: NIODeadline?
    private var lastTooOld: NIODeadline?
    private var lastJudged: NIODeadline?

    init(
        limit: Int,
        capacity: Int,
        patience: TimeAmount,
        persistence: TimeAmount = .milliseconds(500),
        recovery: TimeAmount = .seconds(1)
    ) {
        self.limit = limit
        self.capacity = capacity
        self.patience = patience
        self.persistence = persistence
        self.recovery = recovery
    }

    /// How many requests wait.
    var waiting: Int { waiters.count }

    /// When the next of those that wait has waited too long.
    var nextDeadline: NIODeadline? { waiters.first?.deadline }

    /// A request has come.
    ///
    /// - Parameters:
    ///   - id: names it in outcomes, if it has to wait.
    ///   - arrival: when its head was read.
    mutating func arrive(_ id: UInt64, arrival: NIODeadline, now: NIODeadline) -> Arrival {
        let isTooOld = now - arrival > patience
        judge(isTooOld, now)
        if isOverloaded, isTooOld { return .refused }
        if running < limit, waiters.isEmpty {
            running += 1
            return .admitted
        }
        guard waiters.count < capacity else { return .refused }
        waiters.append(Waiter(id: id, deadline: arrival + (isOverloaded ? patience : max(patience, persistence))))
        return .waits
    }

    /// A request that was admitted is answered: the next one that is still worth it takes its place.
    mutating func finish(now: NIODeadline) -> [Outcome] {
        running -= 1
        var outcomes: [Outcome] = []
        while running < limit, let waiter = waiters.popFirst() {
            let isAdmitted = waiter.deadline > now
            outcomes.append(Outcome(id: waiter.id, isAdmitted: isAdmitted))
            if isAdmitted { running += 1 } else { judge(true, now) }
        }
        return outcomes
    }

    /// Refuses those that have waited too long.
    mutating func expire(now: NIODeadline) -> [Outcome] {
        var outcomes: [Outcome] = []
        // Under overload deadlines get shorter, so a later one may be due before an earlier one; that one is seen to when
        // its turn comes.
        while let waiter = waiters.first, waiter.deadline <= now {
            waiters.removeFirst()
            outcomes.append(Outcome(id: waiter.id, isAdmitted: false))
            judge(true, now)
        }
        return outcomes
    }

    /// A request that waited is no longer wanted.
    ///
    /// - Returns: whether it was still waiting.
    mutating func abandon(_ id: UInt64) -> Bool {
        guard let index = waiters.firstIndex(where: { $0.id == id }) else { return false }
        waiters.remove(at: index)
        return true
    }

    private mutating func judge(_ isTooOld: Bool, _ now: NIODeadline) {
        // Where nothing was judged for so long, there was no queue to speak of.
        if let lastJudged, now - lastJudged > persistence { firstTooOld = nil }
        lastJudged = now
        if isOverloaded, let lastTooOld, now - lastTooOld > recovery { isOverloaded = false }
        guard isTooOld else {
            firstTooOld = nil
            return
        }
        lastTooOld = now
        if let firstTooOld {
            if now - firstTooOld >= persistence { isOverloaded = true }
        } else {
            firstTooOld = now
        }
    }
}
