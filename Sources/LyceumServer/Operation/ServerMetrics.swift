// Counts and times of requests, as Prometheus reads them.

import Foundation
import HTTPTypes
import Synchronization

/// The server's metrics: requests by route, method and status class, latency by route, requests in progress, snapshots.
///
/// Labels come only from the route table, so that no request can make new series. One lock guards all; it is held for
/// a few additions a request.
final class ServerMetrics: Sendable {
    /// Upper bounds of the latency buckets, in microseconds.
    static let bounds: [Int] = [
        250, 500, 1_000, 2_500, 5_000, 10_000, 25_000, 50_000, 100_000, 250_000, 500_000, 1_000_000, 2_500_000,
        5_000_000, 10_000_000,
    ]

    private struct Series: Hashable {
        var route: String
        var method: String
        var statusClass: Int
    }

    private struct Histogram {
        var buckets = [Int](repeating: 0, count: ServerMetrics.bounds.count + 1)
        var sum = 0
        var count = 0
    }

    private struct State {
        var requests: [Series: Int] = [:]
        var latency: [String: Histogram] = [:]
        var inFlight = 0
        var shed = 0
        var snapshotLoads = 0
        var snapshotFailures = 0
    }

    private let state = Mutex(State())
    private static let methods: Set<String> = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]

    /// A method as a label. It is the caller's text, so only the known ones are taken as they are.
    static func label(of method: HTTPRequest.Method) -> String {
        methods.contains(method.rawValue) ? method.rawValue : "other"
    }

    /// Notes that a request has come, unless so many are in progress already.
    func begin(limit: Int) -> Bool {
        state.withLock { state in
            guard state.inFlight < limit else {
                state.shed += 1
                return false
            }
            state.inFlight += 1
            return true
        }
    }

    /// Notes that a request that was begun is answered.
    func end() {
        state.withLock { $0.inFlight -= 1 }
    }

    /// Records an answer.
    func record(route: String, method: HTTPRequest.Method, status: Int, microseconds: Int) {
        let method = Self.label(of: method)
        let bucket = Self.bounds.firstIndex { microseconds <= $0 } ?? Self.bounds.count
        state.withLock { state in
            state.requests[Series(route: route, method: method, statusClass: status / 100), default: 0] += 1
            state.latency[route, default: Histogram()].buckets[bucket] += 1
            state.latency[route, default: Histogram()].sum += microseconds
            state.latency[route, default: Histogram()].count += 1
        }
    }

    /// Notes that a snapshot was taken up.
    func snapshotLoaded() {
        state.withLock { $0.snapshotLoads += 1 }
    }

    /// Notes that a snapshot could not be read.
    func snapshotFailed() {
        state.withLock { $0.snapshotFailures += 1 }
    }

    /// All metrics in Prometheus text format 0.0.4.
    func text(snapshot: (any SearchBackend)?) -> String {
        let state = state.withLock { $0 }
        var text = ""
        func header(_ name: String, _ kind: String, _ help: String) {
            text += "# HELP \(name) \(help)\n# TYPE \(name) \(kind)\n"
        }
        header("lyceum_http_requests_total", "counter", "Requests answered, by route, method and status class.")
        let series = state.requests.sorted {
            ($0.key.route, $0.key.method, $0.key.statusClass) < ($1.key.route, $1.key.method, $1.key.statusClass)
        }
        for (key, count) in series {
            text += "lyceum_http_requests_total{route=\"\(key.route)\",method=\"\(key.method)\","
            text += "status=\"\(key.statusClass)xx\"} \(count)\n"
        }
        header("lyceum_http_request_duration_seconds", "histogram", "Time from request head to answer, by route.")
        for (route, histogram) in state.latency.sorted(by: { $0.key < $1.key }) {
            var cumulative = 0
            for (bound, count) in zip(Self.bounds, histogram.buckets) {
                cumulative += count
                text += "lyceum_http_request_duration_seconds_bucket{route=\"\(route)\","
                text += "le=\"\(Self.seconds(bound))\"} \(cumulative)\n"
            }
            text += "lyceum_http_request_duration_seconds_bucket{route=\"\(route)\",le=\"+Inf\"} \(histogram.count)\n"
            text += "lyceum_http_request_duration_seconds_sum{route=\"\(route)\"} \(Self.seconds(histogram.sum))\n"
            text += "lyceum_http_request_duration_seconds_count{route=\"\(route)\"} \(histogram.count)\n"
        }
        header("lyceum_http_requests_in_flight", "gauge", "Requests in progress.")
        text += "lyceum_http_requests_in_flight \(state.inFlight)\n"
        header("lyceum_http_requests_shed_total", "counter", "Requests refused because too many were in progress.")
        text += "lyceum_http_requests_shed_total \(state.shed)\n"
        header("lyceum_snapshot_loads_total", "counter", "Search snapshots taken up.")
        text += "lyceum_snapshot_loads_total \(state.snapshotLoads)\n"
        header("lyceum_snapshot_failures_total", "counter", "Search snapshots that could not be read.")
        text += "lyceum_snapshot_failures_total \(state.snapshotFailures)\n"
        if let snapshot {
            header("lyceum_snapshot_info", "gauge", "The search snapshot in use.")
            text += "lyceum_snapshot_info{version=\"\(snapshot.version)\"} 1\n"
            header("lyceum_snapshot_documents", "gauge", "Documents in the search snapshot in use, by collection.")
            for (collection, count) in snapshot.counts.sorted(by: { $0.key.rawValue < $1.key.rawValue }) {
                text += "lyceum_snapshot_documents{collection=\"\(collection.rawValue)\"} \(count)\n"
            }
        }
        return text
    }

    /// Microseconds as seconds without rounding: 2500 is `0.0025`.
    static func seconds(_ microseconds: Int) -> String {
        let whole = microseconds / 1_000_000
        let fraction = String(microseconds % 1_000_000)
        let digits = String(repeating: "0", count: 6 - fraction.count) + fraction
        var trimmed = digits[...]
        while trimmed.last == "0" { trimmed.removeLast() }
        return trimmed.isEmpty ? String(whole) : "\(whole).\(trimmed)"
    }
}
