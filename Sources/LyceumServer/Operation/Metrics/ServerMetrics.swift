// Counts and times of requests, connections and snapshots.

import Foundation
import HTTPTypes
import Synchronization

/// The server's counters; ``text(snapshot:)`` gives them to Prometheus.
///
/// Labels come only from the route table, so that no request can make new series. One lock guards all; it is held for
/// a few additions a request.
final class ServerMetrics: Sendable {
    /// Upper bounds of the latency buckets, in microseconds.
    static let bounds: [Int] = [
        250, 500, 1_000, 2_500, 5_000, 10_000, 25_000, 50_000, 100_000, 250_000, 500_000, 1_000_000, 2_500_000,
        5_000_000, 10_000_000,
    ]

    struct Series: Hashable {
        var route: String
        var method: String
        var statusClass: Int
    }

    struct Histogram {
        var buckets = [Int](repeating: 0, count: ServerMetrics.bounds.count + 1)
        var sum = 0
        var count = 0
    }

    struct State {
        var requests: [Series: Int] = [:]
        var latency: [String: Histogram] = [:]
        var inFlight = 0
        var connections = 0
        var connectionsOpened = 0
        var connectionsTimedOut = 0
        var snapshotLoads = 0
        var snapshotFailures = 0
        var snapshotLoaded: Date?
        var certificateExpiry: Date?
        var certificateLoads = 0
        var certificateFailures = 0
    }

    /// Whose queue is measured too.
    let admission: Admission?
    private let state = Mutex(State())
    private static let methods: Set<String> = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]

    init(admission: Admission? = nil) {
        self.admission = admission
    }

    /// What has been counted so far.
    var counts: State { state.withLock { $0 } }

    /// A method as a label. It is the caller's text, so only the known ones are taken as they are.
    static func label(of method: HTTPRequest.Method) -> String {
        methods.contains(method.rawValue) ? method.rawValue : "other"
    }

    func requestBegan() {
        state.withLock { $0.inFlight += 1 }
    }

    /// A request that began has been answered.
    func requestEnded(route: String, method: HTTPRequest.Method, status: Int, microseconds: Int) {
        let method = Self.label(of: method)
        let bucket = Self.bounds.firstIndex { microseconds <= $0 } ?? Self.bounds.count
        state.withLock { state in
            state.inFlight -= 1
            state.requests[Series(route: route, method: method, statusClass: status / 100), default: 0] += 1
            state.latency[route, default: Histogram()].add(microseconds, bucket: bucket)
        }
    }

    func connectionOpened() {
        state.withLock {
            $0.connections += 1
            $0.connectionsOpened += 1
        }
    }

    func connectionClosed() {
        state.withLock { $0.connections -= 1 }
    }

    /// A connection is closed because its client took too long.
    func connectionTimedOut() {
        state.withLock { $0.connectionsTimedOut += 1 }
    }

    /// A snapshot was taken up.
    func snapshotLoaded() {
        state.withLock {
            $0.snapshotLoads += 1
            $0.snapshotLoaded = Date()
        }
    }

    /// A snapshot could not be read.
    func snapshotFailed() {
        state.withLock { $0.snapshotFailures += 1 }
    }

    /// A certificate was taken up.
    func certificateLoaded(expires: Date?) {
        state.withLock {
            $0.certificateLoads += 1
            $0.certificateExpiry = expires
        }
    }

    /// A certificate or its key could not be used.
    func certificateFailed() {
        state.withLock { $0.certificateFailures += 1 }
    }
}

extension ServerMetrics.Histogram {
    fileprivate mutating func add(_ microseconds: Int, bucket: Int) {
        buckets[bucket] += 1
        sum += microseconds
        count += 1
    }
}
