// An open-loop load: requests are due at moments fixed beforehand, and count from those moments.

import Foundation
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL

/// Sends requests as independent users do: at random moments (a Poisson process), whether earlier ones are answered or not.
///
/// A request that is due while every connection is busy waits, and its time counts from when it was due. A server that stalls
/// is therefore charged with all the requests that came meanwhile, not only with those that a waiting client would have sent
/// (Gil Tene's "coordinated omission"). All of it lives on one event loop, so that nothing is locked.
final class Generator {
    struct Result {
        var due = LatencyHistogram()
        var sent = LatencyHistogram()
        var answers: [Int: Int] = [:]
        var lost = 0
        var unsent = 0
        var bytes = 0
        var opened = 0
        var seconds = 0.0
        var acknowledged: [String] = []
    }

    private struct Due {
        var moment: NIODeadline
        var index: Int
    }

    /// More than any sensible overload leaves waiting; further requests are counted and not sent.
    private static let mostWaiting = 50_000

    private let settings: LoadSettings
    private let loop: any EventLoop
    private let tls: NIOSSLContext?
    private let heads: [HTTPRequestHead]
    private let bodies: [ByteBuffer?]
    private var random: SplitMix64
    private var free: [Connection] = []
    private var waiting = CircularBuffer<Due>()
    private var underWay = 0
    private var next = Due(moment: .now(), index: 0)
    private var begin = NIODeadline.now()
    private var end = NIODeadline.now()
    private var result = Result()
    private let finished: EventLoopPromise<Void>

    private init(_ settings: LoadSettings, key: String?, loop: any EventLoop) throws {
        self.settings = settings
        self.loop = loop
        random = SplitMix64(state: settings.seed)
        finished = loop.makePromise()
        if settings.isEncrypted {
            var configuration = TLSConfiguration.makeClientConfiguration()
            configuration.certificateVerification = .none
            configuration.applicationProtocols = ["http/1.1"]
            tls = try NIOSSLContext(configuration: configuration)
        } else {
            tls = nil
        }
        heads = settings.requests.map { request in
            var headers: HTTPHeaders = ["Host": "localhost", "X-Purpose": settings.purpose, "Accept": "*/*"]
            if let key { headers.add(name: "Authorization", value: "Bearer \(key)") }
            if !request.body.isEmpty {
                headers.add(name: "Content-Type", value: "application/json")
                headers.add(name: "Content-Length", value: String(request.body.utf8.count))
            }
            return HTTPRequestHead(
                version: .http1_1,
                method: HTTPMethod(rawValue: request.method),
                uri: request.path,
                headers: headers
            )
        }
        bodies = settings.requests.map { $0.body.isEmpty ? nil : ByteBuffer(string: $0.body) }
    }

    /// Runs the load to its end.
    static func run(_ settings: LoadSettings, key: String?, on loop: any EventLoop) throws -> Result {
        let box = NIOLoopBoundBox<Generator?>.makeEmptyBox(eventLoop: loop)
        let future = loop.flatSubmit { () -> EventLoopFuture<Void> in
            do {
                let generator = try Generator(settings, key: key, loop: loop)
                box.value = generator
                generator.start()
                return generator.finished.futureResult
            } catch {
                return loop.makeFailedFuture(error)
            }
        }
        let summary = future.map { box.value?.result ?? Result() }
        return try summary.wait()
    }

    private func start() {
        for _ in 0..<settings.connections { open() }
        begin = .now() + .milliseconds(200)
        end = begin + .nanoseconds(Int64((settings.warmUp + settings.seconds) * 1e9))
        next.moment = begin
        tick()
    }

    /// Sends all that is due, and comes back when more is.
    private func tick() {
        let now = NIODeadline.now()
        while next.moment <= now, next.moment < end {
            dispatch(next)
            let pause = -log(Double.random(in: Double.leastNonzeroMagnitude..<1, using: &random)) / settings.rate
            next = Due(moment: next.moment + .nanoseconds(Int64(pause * 1e9)), index: next.index + 1)
        }
        guard next.moment < end else { return drain(until: .now() + .seconds(10)) }
        loop.assumeIsolated().scheduleTask(deadline: next.moment) { self.tick() }
    }

    /// Waits for the last answers.
    private func drain(until limit: NIODeadline) {
        guard underWay > 0 || !waiting.isEmpty, .now() < limit else {
            result.unsent += waiting.count
            result.lost += underWay
            result.seconds = settings.seconds
            return finished.succeed()
        }
        loop.assumeIsolated().scheduleTask(in: .milliseconds(10)) { self.drain(until: limit) }
    }

    private func dispatch(_ due: Due) {
        if let connection = free.popLast() {
            send(due, on: connection)
        } else if waiting.count < Self.mostWaiting {
            waiting.append(due)
        } else {
            result.unsent += 1
        }
    }

    private func send(_ due: Due, on connection: Connection) {
        let number = due.index % heads.count
        var head = heads[number]
        let id = "load-\(settings.seed)-\(due.index)"
        head.headers.add(name: "X-Request-Id", value: id)
        let isLast = settings.requestsPerConnection > 0 && connection.carried + 1 >= settings.requestsPerConnection
        if isLast { head.headers.add(name: "Connection", value: "close") }
        let sent = NIODeadline.now()
        underWay += 1
        connection.send(head, body: bodies[number]) { outcome in
            self.underWay -= 1
            self.note(outcome, due: due.moment, sent: sent, id: id)
            if case .answered = outcome, !isLast, connection.isUsable {
                if let next = self.waiting.popFirst() {
                    self.send(next, on: connection)
                } else {
                    self.free.append(connection)
                }
            }
        }
    }

    private func note(_ outcome: Connection.Outcome, due: NIODeadline, sent: NIODeadline, id: String) {
        let isCounted = due >= begin + .nanoseconds(Int64(settings.warmUp * 1e9))
        switch outcome {
        case .lost: if isCounted { result.lost += 1 }
        case .answered(let status, let bytes):
            if settings.acknowledged != nil, (200..<300).contains(status) { result.acknowledged.append(id) }
            guard isCounted else { return }
            result.answers[status, default: 0] += 1
            result.bytes += bytes
            // What was refused is counted, not timed: a quick refusal is no quick answer.
            guard status != 503, status != 429 else { return }
            let now = NIODeadline.now()
            result.due.add(Int((now - due).nanoseconds / 1000))
            result.sent.add(Int((now - sent).nanoseconds / 1000))
        }
    }

    private func open() {
        result.opened += 1
        let connection = Connection(
            isOpen: { connection in
                if let due = self.waiting.popFirst() {
                    self.send(due, on: connection)
                } else {
                    self.free.append(connection)
                }
            },
            isOver: { connection in
                self.free.removeAll { $0 === connection }
                self.reopen()
            }
        )
        let tls = tls
        let handler = NIOLoopBound(connection, eventLoop: loop)
        ClientBootstrap(group: loop)
            .connectTimeout(.seconds(5))
            .channelOption(.tcpOption(.tcp_nodelay), value: 1)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let pipeline = channel.pipeline.syncOperations
                    if let tls {
                        try pipeline.addHandler(NIOSSLClientHandler(context: tls, serverHostname: "localhost"))
                    }
                    try pipeline.addHTTPClientHandlers()
                    try pipeline.addHandler(handler.value)
                }
            }
            .connect(host: settings.host, port: settings.port)
            .assumeIsolated()
            .whenFailure { _ in self.reopen() }
    }

    private func reopen() {
        guard next.moment < end || !waiting.isEmpty else { return }
        // A server that is away is not asked more often than this.
        loop.assumeIsolated().scheduleTask(in: .milliseconds(settings.requestsPerConnection > 0 ? 0 : 20)) {
            self.open()
        }
    }
}

/// A generator that a seed repeats (Steele, Lea, Flood 2014).
struct SplitMix64: RandomNumberGenerator {
    var state: UInt64
    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}
