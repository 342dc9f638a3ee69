// An identity provider on this machine: it describes itself, publishes its keys, and signs tokens.

import CryptoExtras
import Foundation
import HTTPTypes
import Hummingbird
import JWTKit
import Logging
import NIOCore
import Synchronization

@testable import LyceumAccess

/// Serves `/.well-known/openid-configuration` and `/keys`, as a test tells it to.
final class LocalIssuer: Sendable {
    /// What it answers with.
    struct Behaviour: Sendable {
        /// The published keys, each a JSON object.
        var keys: [String] = []
        /// Answers with this instead of the keys.
        var keysBody: String?
        var cacheControl: String? = "max-age=600"
        var status = 200
        var location: String?
        /// What the description calls the issuer, if not by its name.
        var issuer: String?
        /// Where the description says that the keys are, if not here.
        var jwksURI: String?
        /// Waits before answering with the keys.
        var delay: Duration?
    }

    let url: String
    private let task: Task<Void, any Error>
    private let shared: Shared

    private final class Shared: Sendable {
        let behaviour = Mutex(Behaviour())
        let keyRequests = Mutex(0)
        let url = Mutex("")
    }

    /// How often the keys were asked for.
    var keyRequests: Int { shared.keyRequests.withLock { $0 } }

    init(port: Int = 0) async throws {
        let shared = Shared()
        self.shared = shared
        let router = Router()
        router.get("/.well-known/openid-configuration") { _, _ -> Response in
            let behaviour = shared.behaviour.withLock { $0 }
            let url = shared.url.withLock { $0 }
            let text = """
                {"issuer": "\(behaviour.issuer ?? url)", "jwks_uri": "\(behaviour.jwksURI ?? url + "/keys")",
                 "id_token_signing_alg_values_supported": ["RS256"]}
                """
            return Response(status: .ok, body: ResponseBody(byteBuffer: ByteBuffer(string: text)))
        }
        router.get("/keys") { _, _ -> Response in
            shared.keyRequests.withLock { $0 += 1 }
            let behaviour = shared.behaviour.withLock { $0 }
            if let delay = behaviour.delay { try await Task.sleep(for: delay) }
            var headers = HTTPFields()
            if let text = behaviour.cacheControl { headers[.cacheControl] = text }
            if let text = behaviour.location { headers[.location] = text }
            let text = behaviour.keysBody ?? "{\"keys\": [\(behaviour.keys.joined(separator: ","))]}"
            return Response(
                status: .init(code: behaviour.status),
                headers: headers,
                body: ResponseBody(byteBuffer: ByteBuffer(string: text))
            )
        }
        let (ports, continuation) = AsyncStream.makeStream(of: Int.self)
        var logger = Logger(label: "local-issuer")
        logger.logLevel = .critical
        let application = Application(
            router: router,
            configuration: .init(address: .hostname("127.0.0.1", port: port)),
            onServerRunning: { channel in
                continuation.yield(channel.localAddress?.port ?? 0)
                continuation.finish()
            },
            logger: logger
        )
        task = Task { try await application.run() }
        var bound = 0
        for await port in ports { bound = port }
        url = "http://127.0.0.1:\(bound)"
        shared.url.withLock { [url] in $0 = url }
    }

    deinit { task.cancel() }

    /// Stops answering for good.
    func stop() async {
        task.cancel()
        _ = try? await task.value
    }

    /// Changes what it answers with.
    func change(_ body: (inout Behaviour) -> Void) { shared.behaviour.withLock { body(&$0) } }

    /// Publishes exactly these keys.
    func publish(_ keys: IssuerKey...) { change { $0.keys = keys.map(\.published) } }
}

/// A key of the issuer: signs tokens, and says what is published of it.
struct IssuerKey: Sendable {
    let kid: String?
    let signer: JWTKeyCollection
    /// The public members as JSON.
    let members: [String: String]
    /// The public key in PEM.
    let pem: String

    /// What the issuer publishes of it.
    var published: String { json() }

    /// The published object with members changed, or removed where the value is nil.
    func json(_ changes: [String: String?] = [:]) -> String {
        var members = members
        for (name, value) in changes { members[name] = value }
        let parts = members.sorted { $0.key < $1.key }.map { "\"\($0.key)\": \"\($0.value)\"" }
        return "{\(parts.joined(separator: ", "))}"
    }

    /// RSA keys made once, for making one takes long without optimisation.
    private static let made: [Task<_RSA.Signing.PrivateKey, any Error>] = (0..<3).map { _ in
        Task { try _RSA.Signing.PrivateKey(keySize: .bits2048) }
    }

    /// An RSA key under a name.
    ///
    /// - Parameter number: which of three keys.
    static func rsa(_ kid: String?, number: Int) async throws -> IssuerKey {
        let key = try Insecure.RSA.PrivateKey(backing: await made[number].value)
        let numbers = try key.publicKey.getKeyPrimitives()
        var members = [
            "kty": "RSA", "alg": "RS256", "use": "sig", "n": base64URL(numbers.modulus),
            "e": base64URL(numbers.publicExponent),
        ]
        members["kid"] = kid
        let signer = await JWTKeyCollection().add(rsa: key, digestAlgorithm: .sha256)
        return IssuerKey(kid: kid, signer: signer, members: members, pem: key.publicKey.pemRepresentation)
    }

    static func ecdsa(_ kid: String?) async throws -> IssuerKey {
        let key = ES256PrivateKey()
        guard let point = key.publicKey.parameters else { throw ProviderFault("no parameters") }
        var members = [
            "kty": "EC", "alg": "ES256", "use": "sig", "crv": "P-256", "x": forURL(point.x), "y": forURL(point.y),
        ]
        members["kid"] = kid
        let signer = await JWTKeyCollection().add(ecdsa: key)
        return IssuerKey(kid: kid, signer: signer, members: members, pem: key.publicKey.pemRepresentation)
    }

    /// Signs claims; the header names the key unless it is given.
    func sign(_ claims: Claims, header: JWTHeader? = nil) async throws -> String {
        var fields = header ?? JWTHeader()
        if header == nil { fields.kid = kid }
        return try await signer.sign(claims, header: fields)
    }
}

/// Claims of a test's choice.
struct Claims: JWTPayload {
    var members: [String: JWTHeaderField]

    func encode(to encoder: any Encoder) throws { try members.encode(to: encoder) }

    init(_ members: [String: JWTHeaderField]) { self.members = members }

    init(from decoder: any Decoder) throws { members = try [String: JWTHeaderField](from: decoder) }

    func verify(using algorithm: some JWTAlgorithm) async throws {}
}

/// Base64url without padding.
func base64URL(_ data: some DataProtocol) -> String { forURL(Data(data).base64EncodedString()) }

private func forURL(_ base64: String) -> String {
    base64.replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
}
