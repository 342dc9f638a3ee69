// Health, readiness and metrics.

import Hummingbird

/// What orchestrators and Prometheus ask.
enum OperationRoutes {
    static func routes(_ services: ServerServices) -> [Route] {
        [
            Route(.get, "/health/live") { _, _ in
                .json("{\"status\":\"live\"}")
            },
            Route(.get, "/health/ready") { _, _ in
                let snapshot = try services.records.snapshot()
                var body = JSONObjectText()
                body.add("status", "ready")
                body.add("snapshot", snapshot.version)
                return .json(body.text)
            },
            Route(.get, "/metrics", access: .right([.metrics])) { _, _ in
                Response(
                    status: .ok,
                    headers: [.contentType: "text/plain; version=0.0.4; charset=utf-8"],
                    body: .init(
                        byteBuffer: ByteBuffer(string: services.metrics.text(snapshot: services.snapshots.current))
                    )
                )
            },
        ]
    }
}
