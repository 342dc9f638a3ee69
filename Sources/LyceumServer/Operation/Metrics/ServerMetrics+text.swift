// The server's metrics for Prometheus.

import Foundation

extension ServerMetrics {
    /// All metrics in Prometheus text format 0.0.4.
    ///
    /// - Parameter snapshot: the search snapshot in use.
    func text(snapshot: (any SearchBackend)?, now: Date = Date()) -> String {
        let counts = counts
        var out = PrometheusText()
        requests(counts, &out)
        if let admission { queue(admission.standing, &out) }
        out.single("lyceum_connections", .gauge, "Open connections.", "\(counts.connections)")
        out.single(
            "lyceum_connections_opened_total",
            .counter,
            "Connections accepted.",
            "\(counts.connectionsOpened)"
        )
        out.single(
            "lyceum_connections_timed_out_total",
            .counter,
            "Connections closed because the client was too slow to send a request or to read an answer.",
            "\(counts.connectionsTimedOut)"
        )
        snapshots(counts, snapshot, now, &out)
        certificates(counts, &out)
        if let usage = ProcessUsage.current() { process(usage, &out) }
        return out.text
    }

    private func requests(_ counts: State, _ out: inout PrometheusText) {
        let total = "lyceum_http_requests_total"
        out.family(total, .counter, "Requests answered, by route, method and status class.")
        let series = counts.requests.sorted {
            ($0.key.route, $0.key.method, $0.key.statusClass) < ($1.key.route, $1.key.method, $1.key.statusClass)
        }
        for (key, count) in series {
            let labels = [("route", key.route), ("method", key.method), ("status", "\(key.statusClass)xx")]
            out.sample(total, labels, "\(count)")
        }
        let duration = "lyceum_http_request_duration_seconds"
        out.family(duration, .histogram, "Time from a request's head to its answer, waiting included, by route.")
        for (route, histogram) in counts.latency.sorted(by: { $0.key < $1.key }) {
            var cumulative = 0
            for (bound, count) in zip(Self.bounds, histogram.buckets) {
                cumulative += count
                out.sample("\(duration)_bucket", [("route", route), ("le", Self.seconds(bound))], "\(cumulative)")
            }
            out.sample("\(duration)_bucket", [("route", route), ("le", "+Inf")], "\(histogram.count)")
            out.sample("\(duration)_sum", [("route", route)], Self.seconds(histogram.sum))
            out.sample("\(duration)_count", [("route", route)], "\(histogram.count)")
        }
        out.single("lyceum_http_requests_in_flight", .gauge, "Requests in progress.", "\(counts.inFlight)")
    }

    private func queue(_ admission: Admission.Standing, _ out: inout PrometheusText) {
        out.single("lyceum_http_requests_admitted", .gauge, "Requests being worked on.", "\(admission.running)")
        out.single("lyceum_http_requests_waiting", .gauge, "Requests waiting to be worked on.", "\(admission.waiting)")
        out.single(
            "lyceum_http_requests_shed_total",
            .counter,
            "Requests refused because too many were in progress.",
            "\(admission.refused)"
        )
        out.single(
            "lyceum_http_overloaded",
            .gauge,
            "Whether requests that waited too long are being refused.",
            admission.isOverloaded ? "1" : "0"
        )
    }

    private func snapshots(
        _ counts: State,
        _ snapshot: (any SearchBackend)?,
        _ now: Date,
        _ out: inout PrometheusText
    ) {
        out.single("lyceum_snapshot_loads_total", .counter, "Search snapshots taken up.", "\(counts.snapshotLoads)")
        out.single(
            "lyceum_snapshot_failures_total",
            .counter,
            "Search snapshots that could not be read.",
            "\(counts.snapshotFailures)"
        )
        guard let snapshot else { return }
        out.family("lyceum_snapshot_info", .gauge, "The search snapshot in use.")
        out.sample("lyceum_snapshot_info", [("version", snapshot.version)], "1")
        out.family("lyceum_snapshot_documents", .gauge, "Documents in the search snapshot in use, by collection.")
        for (collection, count) in snapshot.counts.sorted(by: { $0.key.rawValue < $1.key.rawValue }) {
            out.sample("lyceum_snapshot_documents", [("collection", collection.rawValue)], "\(count)")
        }
        let answers = snapshot.answerCounts
        out.family(
            "lyceum_search_answers_total",
            .counter,
            "Searches of this snapshot, by whether the answer was known."
        )
        out.sample("lyceum_search_answers_total", [("known", "yes")], "\(answers.found)")
        out.sample("lyceum_search_answers_total", [("known", "no")], "\(answers.made)")
        if let built = Self.moment(ofVersion: snapshot.version) ?? counts.snapshotLoaded {
            out.single(
                "lyceum_snapshot_age_seconds",
                .gauge,
                "Time since the search snapshot in use was built.",
                "\(max(0, Int(now.timeIntervalSince(built))))"
            )
        }
    }

    private func certificates(_ counts: State, _ out: inout PrometheusText) {
        guard let expiry = counts.certificateExpiry else { return }
        out.single(
            "lyceum_tls_certificate_expiry_timestamp_seconds",
            .gauge,
            "When the certificate in use expires.",
            "\(Int(expiry.timeIntervalSince1970))"
        )
        out.single(
            "lyceum_tls_certificate_loads_total",
            .counter,
            "Certificates taken up.",
            "\(counts.certificateLoads)"
        )
        out.single(
            "lyceum_tls_certificate_failures_total",
            .counter,
            "Looks at the certificate's files that found them unusable.",
            "\(counts.certificateFailures)"
        )
    }

    /// The names that every client library of Prometheus uses for these.
    private func process(_ usage: ProcessUsage, _ out: inout PrometheusText) {
        out.single(
            "process_resident_memory_bytes",
            .gauge,
            "Resident memory size in bytes.",
            "\(usage.residentBytes)"
        )
        out.single("process_virtual_memory_bytes", .gauge, "Virtual memory size in bytes.", "\(usage.virtualBytes)")
        out.single(
            "process_cpu_seconds_total",
            .counter,
            "Total user and system CPU time spent in seconds.",
            Self.seconds(usage.processorMicroseconds)
        )
        out.single("process_open_fds", .gauge, "Number of open file descriptors.", "\(usage.openFiles)")
        out.single("process_max_fds", .gauge, "Maximum number of open file descriptors.", "\(usage.maximumFiles)")
        out.single("process_threads", .gauge, "Number of operating system threads.", "\(usage.threads)")
    }

    /// When a snapshot was built, of a version such as `20260131T101500Z-5f3a9c04`.
    static func moment(ofVersion version: String) -> Date? {
        guard let match = version.prefixMatch(of: /(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z/) else { return nil }
        let parts = match.output
        return try? Date(
            "\(parts.1)-\(parts.2)-\(parts.3)T\(parts.4):\(parts.5):\(parts.6)Z",
            strategy: Date.ISO8601FormatStyle()
        )
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
