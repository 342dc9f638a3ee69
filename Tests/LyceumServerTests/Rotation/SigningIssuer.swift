// An identity provider on this machine whose keys a test changes, and a clock that a test moves.

import Foundation
import HTTPTypes
import Hummingbird
import JWTKit
import Logging
import LyceumAccess
import Synchronization

/// Describes itself, publishes its keys, and signs tokens of a registrar.
final class SigningIssuer: Sendable {
    /// A key (ES256) under a name.
    struct Key: Sendable {
        let name: String
        let signer: JWTKeyCollection
        let published: String

        init(_ name: String) async {
            let key = ES256PrivateKey()
            let point = key.publicKey.parameters
            func forURL(_ text: String?) -> String {
                (text ?? "").replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
            }
            self.name = name
            published =
                #"{"kty":"EC","alg":"ES256","use":"sig","crv":"P-256","kid":"\#(name)","x":"\#(forURL(point?.x))","#
                + #""y":"\#(forURL(point?.y))"}"#
            signer = await JWTKeyCollection().add(ecdsa: key)
        }
    }

    private struct Claims: JWTPayload {
        var iss: String
        var aud = "lyceum"
        var sub = "registrar-1"
        var groups = ["registrars"]
        var iat: Int
        var exp: Int

        func verify(using algorithm: some JWTAlgorithm) async throws {}
    }

    private final class Shared: Sendable {
        let keys = Mutex<[String]>([])
        let url = Mutex("")
    }

    let url: String
    private let shared: Shared
    private let task: Task<Void, any Error>

    init() async throws {
        let shared = Shared()
        self.shared = shared
        let router = Router()
        @Sendable func json(_ text: String) -> Response {
            Response(
                status: .ok,
                headers: [.contentType: "application/json", .cacheControl: "max-age=600"],
                body: .init(byteBuffer: ByteBuffer(string: text))
            )
        }
        router.get("/.well-known/openid-configuration") { _, _ -> Response in
            let url = shared.url.withLock { $0 }
            return json(#"{"issuer":"\#(url)","jwks_uri":"\#(url)/keys"}"#)
        }
        router.get("/keys") { _, _ -> Response in
            json(#"{"keys":[\#(shared.keys.withLock { $0 }.joined(separator: ","))]}"#)
        }
        let (ports, continuation) = AsyncStream.makeStream(of: Int.self)
        var logger = Logger(label: "signing-issuer")
        logger.logLevel = .critical
        let application = Application(
            router: router,
            configuration: .init(address: .hostname("127.0.0.1", port: 0)),
            onServerRunning: { channel in
                continuation.yield(channel.localAddress?.port ?? 0)
                continuation.finish()
            },
            logger: logger
        )
        task = Task { try await application.run() }
        var port = 0
        for await bound in ports { port = bound }
        url = "http://127.0.0.1:\(port)"
        shared.url.withLock { [url] in $0 = url }
    }

    /// Publishes exactly these keys.
    func publish(_ keys: [Key]) { shared.keys.withLock { $0 = keys.map(\.published) } }

    /// A token of a registrar that is good for a day.
    func token(_ key: Key, _ now: Date) async throws -> String {
        let seconds = Int(now.timeIntervalSince1970)
        var header = JWTHeader()
        header.kid = key.name
        return try await key.signer.sign(Claims(iss: url, iat: seconds - 10, exp: seconds + 86_400), header: header)
    }

    /// Stops answering.
    func stop() async {
        task.cancel()
        _ = try? await task.value
    }
}

/// Both clocks of access, moved together.
final class MovableClock: Sendable {
    private let elapsed = Mutex(Duration.zero)
    private static let start = Date(timeIntervalSince1970: 1_800_000_000)

    var now: Date { Self.start.addingTimeInterval(TimeInterval(elapsed.withLock { $0 }.components.seconds)) }
    var clock: AccessClock {
        AccessClock(date: { [self] in now }, uptime: { [self] in .seconds(1000) + elapsed.withLock { $0 } })
    }

    func advance(by duration: Duration) { elapsed.withLock { $0 += duration } }
}
