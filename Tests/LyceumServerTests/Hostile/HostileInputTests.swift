// Requests meant to do harm: each is refused as any other, and the next one is answered.

import Foundation
import Hummingbird
import HummingbirdTesting
import Testing

@testable import LyceumServer

@Suite("Hostile input")
struct HostileInputTests {
    @Test(
        "broken percent-encoding and broken UTF-8 are a 400",
        arguments: ["%", "%4", "%zz", "%ff", "%c3%28", "%ed%a0%80", "%f5%80%80%80", "a%c0%af"]
    )
    func encoding(text: String) async throws {
        try await withServer { client in
            try await client.get("/v1/jobs/search?q=\(text)").problem("bad-encoding", .badRequest)
            try await client.get("/v1/jobs/\(text)").problem("bad-encoding", .badRequest)
            try await client.get("/v1/jobs/search?\(text)=1").problem("bad-encoding", .badRequest)
        }
    }

    @Test(
        "an id that would climb out of a folder is an id like any other",
        arguments: [
            "..%2f..%2f..%2fetc%2fpasswd", "%2e%2e%2f", "..%5c..%5cwindows", "%00", "CURRENT", "....%2f%2f",
            "%0d%0aSet-Cookie:a",
        ]
    )
    func traversal(id: String) async throws {
        try await withServer { client in
            try await client.get("/v1/jobs/\(id)").problem("no-such-job", .notFound)
        }
    }

    @Test(
        "an asset's path reaches no other file",
        arguments: ["/assets/../index.html", "/assets/..%2fopenapi.json", "/%2e%2e/", "//etc/passwd"]
    )
    func assets(path: String) async throws {
        try await withServer { client in
            try await client.get(path).expect(.notFound)
        }
    }

    @Test("JSON nested ten thousand deep is refused, and the server goes on")
    func deepJSON() async throws {
        try await withServer { client in
            for body in [
                String(repeating: "[", count: 10_000), String(repeating: "{\"q\":", count: 10_000),
                "{\"filter\":" + String(repeating: "[", count: 10_000) + String(repeating: "]", count: 10_000) + "}",
            ] {
                try await client.post("/v1/jobs/search", body).expect(.badRequest)
            }
            try await client.get("/v1/jobs/search").expect(.ok)
        }
    }

    @Test("a thousand parameters, repeated filters and empty pairs are refused or ignored")
    func manyParameters() async throws {
        try await withServer { client in
            let many = (0..<1000).map { "p\($0)=1" }.joined(separator: "&")
            try await client.get("/v1/jobs/search?\(many)").problem("unknown-parameter", .badRequest)
            let filters = Array(repeating: "filter=a", count: 33).joined(separator: "&")
            try await client.get("/v1/jobs/search?\(filters)").problem("bad-parameter", .badRequest)
            try await client.get("/v1/jobs/search?&&&").expect(.ok)
            try await client.get("/v1/jobs/search?").expect(.ok)
        }
    }

    @Test("random targets never make a 5xx")
    func randomTargets() async throws {
        let seed = UInt64.random(in: 0...UInt64.max)
        var generator = SplitMix64(state: seed)
        let pieces = [
            "/", "v1", "jobs", "search", "students", "?", "&", "=", "%", "%41", "%ff", "..", "q", "filter", "limit",
            ";",
            "#", "+", " ", "\u{1F600}", "ä", "\"", "'", "<script>", "\\", "-1", "10", "{id}", ":", "//", "*",
            "recommendations",
        ]
        var targets: [String] = []
        for _ in 0..<2000 {
            targets.append(
                "/"
                    + (0..<Int.random(in: 0...9, using: &generator)).map { _ in
                        pieces.randomElement(using: &generator) ?? ""
                    }.joined()
            )
        }
        let all = targets
        try await withServer { client in
            for target in all {
                let answer = try await client.get(target)
                #expect(answer.status.code < 500, "target \(target), seed \(seed)")
                #expect(answer.headers[.xContentTypeOptions] == "nosniff")
            }
        }
    }

    @Test("random bodies never make a 5xx")
    func randomBodies() async throws {
        let seed = UInt64.random(in: 0...UInt64.max)
        var generator = SplitMix64(state: seed)
        let pieces = [
            "{", "}", "[", "]", ",", ":", "\"q\"", "\"filter\"", "\"limit\"", "\"\\ud800\"", "null", "true", "1", "-1",
            "1e999", "\"a\"",
            "\u{0}", "\\", " ", "\n", "\"sort\"", "\"explain\"",
        ]
        var bodies: [String] = []
        for _ in 0..<2000 {
            bodies.append(
                (0..<Int.random(in: 0...12, using: &generator)).map { _ in pieces.randomElement(using: &generator) ?? ""
                }.joined()
            )
        }
        let all = bodies
        try await withServer { client in
            for body in all {
                let answer = try await client.post("/v1/jobs/search", body)
                #expect(answer.status.code < 500, "body \(body), seed \(seed)")
            }
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
