// Certificates of one's own, and a real tunnel through a proxy.

import Crypto
import Foundation
import Logging
import LyceumCore
import NIOCore
import NIOPosix
import NIOSSL
import SwiftASN1
import Synchronization
import Testing
import X509

@testable import LyceumSources

@Suite("Trust and proxies") struct TrustAndProxyTests {
    private func client(_ network: NetworkSettings) -> SourceHTTPClient {
        var limits = SourceHTTPClient.Limits()
        limits.requestsPerSecond = 0
        limits.total = .seconds(10)
        var policy = RetryPolicy()
        policy.maximumAttempts = 2
        policy.base = .milliseconds(1)
        return SourceHTTPClient(
            limits: limits,
            policy: policy,
            network: network,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        )
    }

    @Test("a server whose certificate the system does not know is refused without ca_file and read with it")
    func customAuthority() async throws {
        let authority = try TestAuthority()
        let server = try await FaultServer(tls: try authority.server(for: "127.0.0.1")) { _ in .text("hello") }
        let folder = try TemporaryFolder()
        let file = try folder.write("ca.pem", try authority.certificate.serializeAsPEM().pemString)

        let trusting = client(try NetworkSettings(caFile: file, environment: [:]))
        let answer = try await trusting.send(.get(server.url + "/x"), authorization: NoAuthorization())
        #expect(String(decoding: answer.body, as: UTF8.self) == "hello")

        await #expect {
            _ = try await client(try NetworkSettings(environment: [:])).send(
                .get(server.url + "/x"),
                authorization: NoAuthorization()
            )
        } throws: {
            let error = $0 as? SourceError
            return error?.code == .unreachable && error?.isRetryable == false
                && error?.message.contains("ca_file") == true
        }
        // Trusted, but for another name.
        let other = try await FaultServer(tls: try authority.server(for: "10.9.8.7")) { _ in .text("hello") }
        await #expect(throws: SourceError.self) {
            _ = try await trusting.send(.get(other.url + "/x"), authorization: NoAuthorization())
        }
        #expect(other.requests.isEmpty)
    }

    @Test("a ca_file that is none is a configuration error", arguments: ["", "not a certificate"])
    func badFile(text: String) throws {
        let folder = try TemporaryFolder()
        let file = try folder.write("ca.pem", text)
        for path in [file, folder.path + "/missing.pem"] {
            #expect { _ = try NetworkSettings(caFile: path, environment: [:]) } throws: {
                ($0 as? SourceError)?.code == .configuration
            }
        }
    }

    @Test("requests go through the proxy of the environment, with its password, and not for hosts in NO_PROXY")
    func proxy() async throws {
        let server = try await FaultServer { _ in .text("through") }
        let port = try #require(URL(string: server.url)?.port)
        let proxy = try await TunnelProxy(target: port)
        let environment = [
            "http_proxy": "http://someone:hush@127.0.0.1:\(proxy.port)", "no_proxy": "direct.invalid",
        ]
        let client = client(try NetworkSettings(environment: environment))
        let answer = try await client.send(.get("http://hr.invalid/x"), authorization: NoAuthorization())
        #expect(String(decoding: answer.body, as: UTF8.self) == "through")
        let said = try #require(proxy.heads.first)
        #expect(said.hasPrefix("CONNECT hr.invalid:80 HTTP/1.1"))
        #expect(
            said.lowercased().contains(
                "proxy-authorization: basic " + Data("someone:hush".utf8).base64EncodedString().lowercased()
            )
        )
        #expect(server.requests.first?.headers["proxy-authorization"] == nil)
        await #expect(throws: SourceError.self) {
            _ = try await client.send(.get("http://direct.invalid/x"), authorization: NoAuthorization())
        }
        #expect(proxy.heads.count == 1)
    }

    @Test("a proxy that wants a password says so in the error")
    func proxyRefuses() async throws {
        let proxy = try await TunnelProxy(
            target: 1,
            answer: "HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n"
        )
        let client = client(try NetworkSettings(environment: ["http_proxy": "127.0.0.1:\(proxy.port)"]))
        await #expect {
            _ = try await client.send(.get("http://hr.invalid/x"), authorization: NoAuthorization())
        } throws: {
            ($0 as? SourceError)?.code == .unreachable && "\($0)".contains("HTTPS_PROXY")
        }
    }
}

/// An authority of the test's own, which no system trusts.
struct TestAuthority {
    private let key = P256.Signing.PrivateKey()
    let certificate: Certificate

    init() throws {
        let name = try DistinguishedName { CommonName("Lyceum test authority") }
        certificate = try Certificate(
            version: .v3,
            serialNumber: .init(),
            publicKey: .init(key.publicKey),
            notValidBefore: Date().addingTimeInterval(-3_600),
            notValidAfter: Date().addingTimeInterval(3_600),
            issuer: name,
            subject: name,
            signatureAlgorithm: .ecdsaWithSHA256,
            extensions: Certificate.Extensions {
                Critical(BasicConstraints.isCertificateAuthority(maxPathLength: nil))
                Critical(KeyUsage(keyCertSign: true))
            },
            issuerPrivateKey: .init(key)
        )
    }

    /// What a server for an IPv4 address needs.
    func server(for address: String) throws -> TLSConfiguration {
        let serverKey = P256.Signing.PrivateKey()
        let bytes = address.split(separator: ".").compactMap { UInt8($0) }
        let leaf = try Certificate(
            version: .v3,
            serialNumber: .init(),
            publicKey: .init(serverKey.publicKey),
            notValidBefore: Date().addingTimeInterval(-3_600),
            notValidAfter: Date().addingTimeInterval(3_600),
            issuer: certificate.subject,
            subject: try DistinguishedName { CommonName("server") },
            signatureAlgorithm: .ecdsaWithSHA256,
            extensions: Certificate.Extensions {
                SubjectAlternativeNames([.ipAddress(ASN1OctetString(contentBytes: bytes[...]))])
            },
            issuerPrivateKey: .init(key)
        )
        return .makeServerConfiguration(
            certificateChain: [
                .certificate(try NIOSSLCertificate(bytes: Array(leaf.serializeAsPEM().pemString.utf8), format: .pem))
            ],
            privateKey: .privateKey(try NIOSSLPrivateKey(bytes: Array(serverKey.pemRepresentation.utf8), format: .pem))
        )
    }
}

/// A proxy that tunnels every CONNECT to one port of this machine and keeps what it was asked.
final class TunnelProxy: Sendable {
    let port: Int
    private let log: Log
    private let channel: any Channel

    final class Log: Sendable {
        let heads = Mutex<[String]>([])
    }

    var heads: [String] { log.heads.withLock { $0 } }

    init(target: Int, answer: String = "HTTP/1.1 200 OK\r\n\r\n") async throws {
        let log = Log()
        self.log = log
        channel = try await ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .childChannelInitializer { channel in
                channel.pipeline.addHandler(Ear(target: target, answer: answer, log: log))
            }
            .bind(host: "127.0.0.1", port: 0).get()
        port = try #require(channel.localAddress?.port)
    }

    deinit { channel.close(promise: nil) }

    /// Reads the head of a CONNECT request, then passes bytes on.
    private final class Ear: ChannelInboundHandler, @unchecked Sendable {
        typealias InboundIn = ByteBuffer
        private let target: Int
        private let answer: String
        private let log: Log
        private var head = ""
        private var peer: (any Channel)?

        init(target: Int, answer: String, log: Log) {
            self.target = target
            self.answer = answer
            self.log = log
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            let bytes = unwrapInboundIn(data)
            if let peer {
                peer.writeAndFlush(bytes, promise: nil)
                return
            }
            head += String(buffer: bytes)
            guard head.contains("\r\n\r\n") else { return }
            log.heads.withLock { $0.append(head) }
            let channel = context.channel
            let answer = answer
            guard answer.contains(" 200 ") else {
                channel.writeAndFlush(ByteBuffer(string: answer), promise: nil)
                return
            }
            ClientBootstrap(group: context.eventLoop)
                .channelInitializer { $0.pipeline.addHandler(Mouth(to: channel)) }
                .connect(host: "127.0.0.1", port: target)
                .whenSuccess { peer in
                    self.peer = peer
                    channel.writeAndFlush(ByteBuffer(string: answer), promise: nil)
                }
        }

        func channelInactive(context: ChannelHandlerContext) {
            peer?.close(promise: nil)
        }
    }

    /// Passes the target's bytes back.
    private final class Mouth: ChannelInboundHandler, Sendable {
        typealias InboundIn = ByteBuffer
        private let client: any Channel

        init(to client: any Channel) {
            self.client = client
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            client.writeAndFlush(unwrapInboundIn(data), promise: nil)
        }

        func channelInactive(context: ChannelHandlerContext) {
            client.close(promise: nil)
        }
    }
}
