// AWS Signature Version 4, as values in and values out.

import Crypto
import Foundation
import LyceumCore

/// Signs requests for one service in one region.
///
/// The algorithm is that of "Authenticating Requests (AWS Signature Version 4)" in the S3 API Reference: a canonical form of the
/// request is hashed, the hash is signed with a key derived from the secret, the day, the region and the service.
public struct SignatureV4: Sendable, Hashable {
    /// The region, such as `eu-central-1`.
    public var region: String
    /// The service, such as `s3` or `glue`.
    public var service: String

    /// Signs for a service.
    public init(region: String, service: String) {
        self.region = region
        self.service = service
    }

    /// What the hash of a body is to be when the body is not signed.
    public static let unsignedPayload = "UNSIGNED-PAYLOAD"

    /// The hash of a body, in lower-case hexadecimal.
    public static func hash(_ body: some DataProtocol) -> String { hex(SHA256.hash(data: body)) }

    /// The headers to send: the request's own, `host`, `x-amz-date`, the session token if there is one, and `authorization`.
    ///
    /// For S3 the caller also has `x-amz-content-sha256` among the headers, with the same hash.
    ///
    /// - Parameters:
    ///   - bodyHash: the lower-case hexadecimal SHA-256 of the body, or ``unsignedPayload``.
    ///   - time: now, within 15 minutes of the service's clock.
    public func headers(
        for request: SignableRequest,
        bodyHash: String,
        credentials: AWSCredentials,
        at time: Date
    ) -> [(name: String, value: String)] {
        let stamp = LyceumCore.Timestamp.compact(time)
        var headers = request.headers.map { (name: $0.name.lowercased(), value: $0.value) }
        headers.append(("host", request.host))
        headers.append(("x-amz-date", stamp))
        if let token = credentials.sessionToken { headers.append(("x-amz-security-token", token.reveal())) }
        let canonical = canonicalRequest(request, query: request.query, headers: headers, bodyHash: bodyHash)
        let signature = signature(of: canonical.text, stamp: stamp, credentials: credentials)
        headers.append(
            (
                "authorization",
                "AWS4-HMAC-SHA256 Credential=\(credentials.accessKeyID)/\(scope(stamp)),"
                    + "SignedHeaders=\(canonical.signedHeaders),Signature=\(signature)"
            )
        )
        return headers
    }

    /// The query of a link that carries its own signature, good for a time.
    ///
    /// - Parameter seconds: from 1 to 604,800 (7 days).
    public func presignedQuery(
        for request: SignableRequest,
        validForSeconds seconds: Int,
        credentials: AWSCredentials,
        at time: Date
    ) -> String {
        let stamp = LyceumCore.Timestamp.compact(time)
        let headers = request.headers.map { (name: $0.name.lowercased(), value: $0.value) } + [("host", request.host)]
        var query =
            request.query + [
                ("X-Amz-Algorithm", "AWS4-HMAC-SHA256"),
                ("X-Amz-Credential", "\(credentials.accessKeyID)/\(scope(stamp))"),
                ("X-Amz-Date", stamp),
                ("X-Amz-Expires", String(min(max(seconds, 1), 604_800))),
                ("X-Amz-SignedHeaders", Self.signedHeaders(headers)),
            ]
        if let token = credentials.sessionToken { query.append(("X-Amz-Security-Token", token.reveal())) }
        let canonical = canonicalRequest(request, query: query, headers: headers, bodyHash: Self.unsignedPayload)
        let signature = signature(of: canonical.text, stamp: stamp, credentials: credentials)
        return SignableRequest.canonical(query) + "&X-Amz-Signature=\(signature)"
    }

    // MARK: The steps

    func canonicalRequest(
        _ request: SignableRequest,
        query: [(name: String, value: String)],
        headers: [(name: String, value: String)],
        bodyHash: String
    ) -> (text: String, signedHeaders: String) {
        let signed = Self.signedHeaders(headers)
        // S3 signs the path as it is sent; every other service encodes it once more.
        let path =
            service == "s3" ? request.encodedPath : PercentEncoding.encode(request.encodedPath, keepingSlashes: true)
        let lines = Dictionary(grouping: headers, by: \.name).sorted { $0.key < $1.key }.map { name, values in
            "\(name):\(values.map { Self.trimmed($0.value) }.joined(separator: ","))\n"
        }
        let text = [
            request.method, path, SignableRequest.canonical(query), lines.joined(), signed, bodyHash,
        ].joined(separator: "\n")
        return (text, signed)
    }

    func stringToSign(_ canonicalRequest: String, stamp: String) -> String {
        ["AWS4-HMAC-SHA256", stamp, scope(stamp), Self.hash(Data(canonicalRequest.utf8))].joined(separator: "\n")
    }

    private func signature(of canonicalRequest: String, stamp: String, credentials: AWSCredentials) -> String {
        func sign(_ text: String, _ key: some ContiguousBytes) -> Data {
            Data(HMAC<SHA256>.authenticationCode(for: Data(text.utf8), using: SymmetricKey(data: key)))
        }
        var key = Data("AWS4\(credentials.secretAccessKey.reveal())".utf8)
        for part in [String(stamp.prefix(8)), region, service, "aws4_request"] { key = sign(part, key) }
        return Self.hex(sign(stringToSign(canonicalRequest, stamp: stamp), key))
    }

    private func scope(_ stamp: String) -> String { "\(stamp.prefix(8))/\(region)/\(service)/aws4_request" }

    private static func signedHeaders(_ headers: [(name: String, value: String)]) -> String {
        Set(headers.map(\.name)).sorted().joined(separator: ";")
    }

    /// Without spaces at both ends, and runs of them within as one.
    private static func trimmed(_ value: String) -> String {
        value.split(separator: " ", omittingEmptySubsequences: true).joined(separator: " ")
    }

    private static func hex(_ bytes: some Sequence<UInt8>) -> String {
        bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }
}
