// What the generator is told on its command line.

import Foundation

/// One load: where to, what, how much of it, and for how long.
struct LoadSettings {
    var host = "127.0.0.1"
    var port = 0
    /// Whether TLS is spoken. The certificate is not checked: it is the one of a test on this machine, and changes.
    var isEncrypted = false
    /// Requests to be sent in turn.
    var requests: [Request] = []
    /// Requests a second.
    var rate = 1000.0
    var seconds = 10.0
    /// Seconds at the start that are not counted.
    var warmUp = 0.0
    var connections = 64
    /// After how many requests a connection is closed and another opened; 0 for never.
    var requestsPerConnection = 0
    var seed: UInt64 = 1
    /// Gets the ids of requests that were answered with success.
    var acknowledged: String?
    /// Sent as `X-Purpose`.
    var purpose = "advising"

    struct Request {
        var method: String
        var path: String
        var body: String
    }

    enum Fault: Error, CustomStringConvertible {
        case usage(String)
        var description: String {
            switch self {
            case .usage(let message): message
            }
        }
    }

    static let usage = """
        usage: load-generator --url URL --requests FILE [--rate N] [--seconds N] [--warm-up N] [--connections N]
                              [--per-connection N] [--seed N] [--acknowledged FILE] [--purpose TEXT]
        Sends requests to a server on this machine at given moments, whether earlier ones are answered or not.
        FILE has one request a line: method, path and body, separated by tabs. The caller's key is in LYCEUM_LOAD_KEY.
        """

    init(_ arguments: [String]) throws {
        var rest = arguments[...]
        func number(_ text: String, _ name: String, in range: ClosedRange<Double>) throws -> Double {
            guard let value = Double(text), range.contains(value) else {
                throw Fault.usage("\(name) must be from \(range.lowerBound) to \(range.upperBound)")
            }
            return value
        }
        while let name = rest.popFirst() {
            guard let value = rest.popFirst() else { throw Fault.usage(Self.usage) }
            switch name {
            case "--url": try setURL(value)
            case "--requests": requests = try Self.requests(in: value)
            case "--rate": rate = try number(value, name, in: 0.1...200_000)
            case "--seconds": seconds = try number(value, name, in: 0.1...7200)
            case "--warm-up": warmUp = try number(value, name, in: 0...600)
            case "--connections": connections = Int(try number(value, name, in: 1...4000))
            case "--per-connection": requestsPerConnection = Int(try number(value, name, in: 0...1_000_000))
            case "--seed": seed = UInt64(value) ?? seed
            case "--acknowledged": acknowledged = value
            case "--purpose": purpose = value
            default: throw Fault.usage(Self.usage)
            }
        }
        guard port > 0, !requests.isEmpty else { throw Fault.usage(Self.usage) }
    }

    /// Loopback only: this is no tool to aim at others.
    private mutating func setURL(_ text: String) throws {
        guard let url = URL(string: text), let scheme = url.scheme, ["http", "https"].contains(scheme),
            let host = url.host(), ["127.0.0.1", "localhost", "::1"].contains(host), let port = url.port
        else { throw Fault.usage("--url must be http:// or https:// on this machine, with a port") }
        self.host = host
        self.port = port
        isEncrypted = scheme == "https"
    }

    private static func requests(in file: String) throws -> [Request] {
        let text = try String(contentsOfFile: file, encoding: .utf8)
        return try text.split(separator: "\n").map { line in
            let parts = line.split(separator: "\t", omittingEmptySubsequences: false)
            guard parts.count >= 2 else { throw Fault.usage("\(file): a line has no path: \(line.prefix(80))") }
            return Request(
                method: String(parts[0]),
                path: String(parts[1]),
                body: parts.count > 2 ? String(parts[2]) : ""
            )
        }
    }
}
