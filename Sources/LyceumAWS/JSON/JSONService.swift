// Services that are asked by an action's name and a JSON document (AWS JSON 1.1).

import Foundation
import Logging
import LyceumCore
import NIOCore
import NIOFoundationCompat

/// Where a JSON service is, and how long to try.
public struct ServiceConfiguration: Sendable, Hashable {
    /// The region that requests are signed for.
    public var region: String
    /// `https://host[:port]` of another server than AWS's; nil is AWS.
    public var endpoint: String?
    /// Time limits, retries, connections.
    public var limits: AWSLimits

    /// Names a region.
    public init(region: String, endpoint: String? = nil, limits: AWSLimits = AWSLimits()) {
        self.region = region
        self.endpoint = endpoint
        self.limits = limits
    }
}

/// Sends actions to one service.
///
/// Members of requests and answers are written as Swift properties (`keyId`) and travel as AWS has them (`KeyId`);
/// keys of dictionaries travel as they are.
final class JSONService: Sendable {
    /// An answer that says nothing.
    struct Nothing: Decodable, Sendable {}

    private let target: String
    private let endpoint: ServiceEndpoint
    private let signer: SignatureV4
    private let credentials: CredentialsChain
    private let transport: AWSTransport
    /// The clock that signatures are dated with.
    private let now: @Sendable () -> Date

    /// - Parameters:
    ///   - service: the name in hosts and signatures, such as `glue`.
    ///   - target: the name before an action's, such as `AWSGlue`.
    /// - Throws: ``AWSError`` with code `configuration`.
    init(
        service: String,
        target: String,
        _ configuration: ServiceConfiguration,
        credentials: CredentialsChain,
        logger: Logger,
        now: @escaping @Sendable () -> Date = { Date() }
    ) throws {
        self.target = target
        endpoint =
            try configuration.endpoint.map(ServiceEndpoint.init)
            ?? ServiceEndpoint(service: service, region: configuration.region)
        signer = SignatureV4(region: configuration.region, service: service)
        self.credentials = credentials
        transport = AWSTransport(limits: configuration.limits, logger: logger)
        self.now = now
    }

    /// Asks for an action and reads its answer.
    ///
    /// - Parameters:
    ///   - object: what it is done to, for errors.
    ///   - doing: the action in words, for errors.
    /// - Throws: ``AWSError``, or `CancellationError`.
    func call<Input: Encodable & Sendable, Answer: Decodable & Sendable>(
        _ action: String,
        _ input: Input,
        on object: String,
        doing: String
    ) async throws -> Answer {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        encoder.keyEncodingStrategy = .custom { MemberName($0.last?.stringValue ?? "", first: { $0.uppercased() }) }
        let body = ByteBuffer(data: try encoder.encode(input))
        let bodyHash = SignatureV4.hash(body.readableBytesView)
        let request = SignableRequest(
            method: "POST",
            host: endpoint.host,
            headers: [("content-type", "application/x-amz-json-1.1"), ("x-amz-target", "\(target).\(action)")]
        )
        let url = "\(endpoint.scheme)://\(endpoint.host)/"
        let answer = try await transport.send(at: object) { [self] in
            let signed = signer.headers(
                for: request,
                bodyHash: bodyHash,
                credentials: try await credentials.credentials(),
                at: now()
            )
            return OutgoingRequest(method: .POST, url: url, headers: signed, body: body)
        }
        guard answer.status == 200 else { throw ServiceAnswer.jsonError(answer, at: object, doing: doing) }
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .custom { MemberName($0.last?.stringValue ?? "", first: { $0.lowercased() }) }
        do {
            return try decoder.decode(Answer.self, from: Data(buffer: answer.body))
        } catch {
            // Not the cause's text: it may quote the answer, and answers may hold keys.
            throw AWSError(.malformed, "could not \(doing): the answer cannot be read", location: object)
        }
    }
}

/// The name of a member, its first letter changed.
private struct MemberName: CodingKey {
    let stringValue: String
    var intValue: Int? { nil }

    init(_ name: String, first change: (String) -> String) {
        stringValue = change(String(name.prefix(1))) + name.dropFirst()
    }

    init?(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
}

extension ServiceAnswer {
    private struct JSONFailure: Decodable {
        var type: String?
        var message: String?
        var capitalMessage: String?

        enum CodingKeys: String, CodingKey {
            case message
            case type = "__type"
            case capitalMessage = "Message"
        }
    }

    /// The error for a JSON service's answer that is no success.
    static func jsonError(_ answer: IncomingAnswer, at location: String, doing: String) -> AWSError {
        let failure = try? JSONDecoder().decode(JSONFailure.self, from: Data(buffer: answer.body))
        // `com.amazonaws.glue#EntityNotFoundException:http://…`: the name alone.
        let stated = failure?.type ?? answer.headers.first(name: "x-amzn-errortype")
        let name = stated.map { text in
            let afterHash = text.split(separator: "#").last ?? ""
            return String(afterHash.split(separator: ":").first ?? "")
        }
        let said = (failure?.message ?? failure?.capitalMessage).map { ": \(String($0.prefix(300)))" } ?? ""
        let (code, advice) = meaning(of: name ?? "", status: answer.status)
        return AWSError(
            code,
            "could not \(doing): the service answered \(answer.status)\(name.map { " (\($0))" } ?? "")\(said)"
                + (advice.isEmpty ? "" : "; \(advice)"),
            location: location,
            serviceCode: name,
            requestID: answer.headers.first(name: "x-amzn-requestid")
        )
    }

    private static func meaning(of name: String, status: Int) -> (AWSError.Code, advice: String) {
        switch name {
        case "EntityNotFoundException", "NotFoundException", "ResourceNotFoundException": return (.notFound, "")
        case "AlreadyExistsException", "ConcurrentModificationException":
            return (.conditionFailed, "someone else was first")
        case "ThrottlingException", "LimitExceededException", "RequestLimitExceeded":
            return (.throttled, "try again later")
        case "AccessDeniedException", "UnrecognizedClientException", "InvalidSignatureException",
            "InvalidClientTokenId", "IncompleteSignatureException", "ExpiredTokenException",
            "MissingAuthenticationToken":
            return (.forbidden, "check the credentials, what their policy allows, and this machine's clock")
        default: break
        }
        switch status {
        case 401, 403: return (.forbidden, "check the credentials and what their policy allows")
        case 404: return (.notFound, "")
        case 429, 503: return (.throttled, "try again later")
        case 500...: return (.serverFailure, "try again later")
        default: return (.rejected, "")
        }
    }
}
