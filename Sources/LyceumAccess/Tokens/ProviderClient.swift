// Fetches what an identity provider publishes: its description and its keys.

import AsyncHTTPClient
import Foundation
import NIOCore
import NIOFoundationCompat

/// What is wrong with a provider's answer.
struct ProviderFault: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}

/// Reads a provider's documents within limits of size and time, over https or from this machine, without following
/// redirects: they could lead to plain http or into our own network.
final class ProviderClient: Sendable {
    /// The keys as published, and how long they may be kept.
    struct Answer: Sendable {
        let body: Data
        let lifetime: Int?
    }

    private let settings: OIDCSettings
    private let total: Duration
    private let client: HTTPClient

    /// The largest description, in bytes.
    private static let mostDescriptionBytes = 64 << 10
    /// The largest key set, in bytes.
    private static let mostKeyBytes = 256 << 10

    /// - Parameter total: the longest that fetching the keys may take, the description included.
    init(settings: OIDCSettings, total: Duration = .seconds(5)) {
        self.settings = settings
        self.total = total
        var configuration = HTTPClient.Configuration()
        configuration.redirectConfiguration = .disallow
        configuration.timeout.connect = .nanoseconds(total.wholeNanoseconds)
        configuration.timeout.read = .nanoseconds(total.wholeNanoseconds)
        configuration.connectionPool.retryConnectionEstablishment = false
        client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
    }

    deinit { client.shutdown { _ in } }

    /// Fetches the keys, from where the settings or the provider say.
    ///
    /// - Throws: ``ProviderFault`` or an error of the network.
    func keys() async throws -> Answer {
        try await withThrowingTaskGroup(of: Answer?.self) { group in
            group.addTask { try await self.fetchKeys() }
            // The library's deadline ends with the head of an answer; a body that drips in is bounded here.
            group.addTask {
                try await Task.sleep(for: self.total)
                return nil
            }
            defer { group.cancelAll() }
            guard let first = try await group.next(), let answer = first else {
                throw ProviderFault("it did not answer within \(self.total)")
            }
            return answer
        }
    }

    private func fetchKeys() async throws -> Answer {
        if let address = settings.jwksURI { return try await get(address, upTo: Self.mostKeyBytes) }
        let description = try await get(settings.discoveryURL, upTo: Self.mostDescriptionBytes)
        struct Description: Decodable {
            let issuer: String
            let jwksURI: String

            enum CodingKeys: String, CodingKey {
                case issuer
                case jwksURI = "jwks_uri"
            }
        }
        guard let stated = try? JSONDecoder().decode(Description.self, from: description.body) else {
            throw ProviderFault("its openid-configuration names no issuer or no jwks_uri")
        }
        // A document under this address that speaks for another issuer is not to be trusted with ours.
        guard stated.issuer == settings.issuer else {
            throw ProviderFault("its openid-configuration is of another issuer than the configured one")
        }
        guard OIDCSettings.isAcceptable(stated.jwksURI) else {
            throw ProviderFault("its jwks_uri is not an https URL")
        }
        return try await get(stated.jwksURI, upTo: Self.mostKeyBytes)
    }

    private func get(_ address: String, upTo limit: Int) async throws -> Answer {
        var request = HTTPClientRequest(url: address)
        request.headers.add(name: "Accept", value: "application/json, application/jwk-set+json")
        request.headers.add(name: "User-Agent", value: "lyceum")
        let answer = try await client.execute(request, deadline: .now() + .nanoseconds(total.wholeNanoseconds))
        switch answer.status.code {
        case 200: break
        case 300..<400:
            throw ProviderFault("it redirects, which is not followed: configure the address that it leads to")
        default: throw ProviderFault("it answered \(answer.status.code)")
        }
        if let length = answer.headers.first(name: "Content-Length").flatMap({ Int($0) }), length > limit {
            throw ProviderFault("its answer is larger than \(limit >> 10) KiB")
        }
        let body: ByteBuffer
        do {
            body = try await answer.body.collect(upTo: limit)
        } catch is NIOTooManyBytesError {
            throw ProviderFault("its answer is larger than \(limit >> 10) KiB")
        }
        return Answer(
            body: Data(buffer: body),
            lifetime: CacheLifetime.seconds(
                cacheControl: answer.headers["Cache-Control"],
                age: answer.headers.first(name: "Age")
            )
        )
    }
}

extension Duration {
    /// The duration in nanoseconds, for NIO.
    fileprivate var wholeNanoseconds: Int64 { Int64(min(max(inSeconds, 0), 86_400) * 1e9) }
}
