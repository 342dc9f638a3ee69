// How long a connection may take over what, as a value.

import NIOCore

/// The times a connection keeps to.
struct ConnectionTimes: Sendable, Equatable {
    /// From the connection, or a request's first byte, until its head is complete; a TLS handshake is part of the first.
    var head: TimeAmount
    /// From a request's head until its body is complete.
    var body: TimeAmount
    /// Between an answer and the next request; also how long a client may leave an answer unread.
    var idle: TimeAmount
}

/// The deadline of one connection: events in, the next moment at which it is to be closed out.
///
/// It does not move while the same thing goes on, so that a client which sends a byte now and then gains nothing by it.
struct ConnectionDeadline {
    private enum Phase: Equatable {
        /// Nothing complete was received since then: a handshake or a request's head is under way.
        case head(NIODeadline)
        /// So many requests are under way; they have deadlines of their own.
        case requests(Int)
        /// Nothing is under way since then.
        case idle(NIODeadline)
    }

    private let times: ConnectionTimes
    private var phase: Phase
    private var unreadSince: NIODeadline?
    /// Whether several requests share the connection (HTTP/2): bytes between them need not begin a request.
    private(set) var isShared = false

    init(_ times: ConnectionTimes, now: NIODeadline) {
        self.times = times
        phase = .head(now)
    }

    /// When to close the connection, if nothing else happens.
    var deadline: NIODeadline? {
        let unread = unreadSince.map { $0 + times.idle }
        let phase: NIODeadline? =
            switch phase {
            case .head(let since): since + times.head
            // The layers above close idle connections politely, a little earlier.
            case .idle(let since): since + times.idle + .seconds(5)
            case .requests: nil
            }
        guard let unread, let phase else { return unread ?? phase }
        return min(unread, phase)
    }

    mutating func bytesCame(now: NIODeadline) {
        if case .idle = phase, !isShared { phase = .head(now) }
    }

    mutating func requestBegan(isShared: Bool) {
        self.isShared = isShared
        if case .requests(let count) = phase { phase = .requests(count + 1) } else { phase = .requests(1) }
    }

    mutating func requestEnded(now: NIODeadline) {
        guard case .requests(let count) = phase else { return }
        phase = count > 1 ? .requests(count - 1) : .idle(now)
    }

    /// The client reads what is sent to it, or has stopped to.
    mutating func becameWritable(_ isWritable: Bool, now: NIODeadline) {
        unreadSince = isWritable ? nil : unreadSince ?? now
    }
}
