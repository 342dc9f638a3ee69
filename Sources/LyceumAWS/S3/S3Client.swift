// Objects of one bucket.

import Crypto
import Foundation
import Logging
import NIOCore
import NIOFoundationCompat
import NIOHTTP1

/// Reads, writes, lists and removes the objects of one bucket. Any number of tasks may use it at once.
///
/// Every body is signed with its SHA-256, so what arrives damaged is refused by the server. All methods throw ``AWSError``, or
/// `CancellationError`.
public final class S3Client: Sendable {
    /// The bucket.
    public let configuration: S3Configuration

    private let scheme: String
    private let host: String
    private let prefix: String
    private let signer: SignatureV4
    private let credentials: CredentialsChain
    private let transport: AWSTransport
    /// The clock that signatures are dated with.
    private let now: @Sendable () -> Date

    /// A client of a bucket.
    public convenience init(_ configuration: S3Configuration, credentials: CredentialsChain, logger: Logger) throws {
        try self.init(configuration, credentials: credentials, logger: logger, now: { Date() })
    }

    init(
        _ configuration: S3Configuration,
        credentials: CredentialsChain,
        logger: Logger,
        now: @escaping @Sendable () -> Date
    ) throws {
        (scheme, host, prefix) = try configuration.address()
        self.configuration = configuration
        self.credentials = credentials
        self.now = now
        signer = SignatureV4(region: configuration.region, service: "s3")
        transport = AWSTransport(limits: configuration.limits, logger: logger)
    }

    // MARK: Single objects

    /// The content of an object, or of a range of its bytes.
    public func get(_ key: String, range: Range<Int64>? = nil) async throws -> Data {
        var headers: [(name: String, value: String)] = []
        if let range {
            guard !range.isEmpty else { return Data() }
            headers.append(("range", "bytes=\(range.lowerBound)-\(range.upperBound - 1)"))
        }
        let answer = try await send(.GET, key, headers: headers, doing: "read the object", accepts: [200, 206])
        let data = Data(buffer: answer.body)
        if let length = answer.headers.first(name: "content-length").flatMap(Int.init), length != data.count {
            throw AWSError(.malformed, "\(data.count) of \(length) bytes came", location: location(key))
        }
        return data
    }

    /// An object without its content; nil if there is none.
    public func head(_ key: String) async throws -> S3Object? {
        let answer = try await send(.HEAD, key, doing: "look up the object", accepts: [200, 404])
        guard answer.status == 200 else { return nil }
        return S3Object(
            key: key,
            bytes: answer.headers.first(name: "content-length").flatMap(Int64.init) ?? 0,
            etag: answer.headers.first(name: "etag") ?? "",
            modified: answer.headers.first(name: "last-modified")
        )
    }

    /// Writes an object in one request and returns its entity tag.
    ///
    /// - Throws: ``AWSError`` with code `conditionFailed` when the condition does not hold.
    @discardableResult
    public func put(_ key: String, _ data: Data, condition: S3Condition = .always) async throws -> String {
        let answer = try await send(
            .PUT,
            key,
            headers: encryptionHeaders + condition.headers,
            body: ByteBuffer(data: data),
            doing: "write the object"
        )
        return answer.headers.first(name: "etag") ?? ""
    }

    /// Removes an object; one that is not there counts as removed.
    public func delete(_ key: String) async throws {
        _ = try await send(.DELETE, key, doing: "remove the object", accepts: [200, 204, 404])
    }

    /// A link with which anyone may read an object for a time.
    public func presignedURL(_ key: String, validForSeconds seconds: Int) async throws -> String {
        let request = SignableRequest(method: "GET", host: host, path: path(key))
        let query = signer.presignedQuery(
            for: request,
            validForSeconds: seconds,
            credentials: try await credentials.credentials(),
            at: now()
        )
        return "\(scheme)://\(host)\(request.encodedPath)?\(query)"
    }

    // MARK: Many objects

    /// The objects whose keys start with a prefix, in the order of their keys, a page of up to 1,000 at a time.
    public func list(prefix: String) -> AsyncThrowingStream<[S3Object], any Error> {
        let pages = ListPages(client: self, prefix: prefix)
        return AsyncThrowingStream { try await pages.next() }
    }

    /// Removes objects, 1,000 a request.
    ///
    /// - Throws: ``AWSError`` that names the first key that could not be removed; others may have been.
    public func delete(_ keys: [String]) async throws {
        var start = 0
        while start < keys.count {
            let end = min(keys.count, start + 1000)
            try await deletePage(keys[start..<end])
            start = end
        }
    }

    private func deletePage(_ keys: ArraySlice<String>) async throws {
        var xml = "<Delete xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Quiet>true</Quiet>"
        for key in keys { xml += "<Object><Key>\(XMLText.escaped(key))</Key></Object>" }
        xml += "</Delete>"
        let body = ByteBuffer(string: xml)
        let digest = Data(Insecure.MD5.hash(data: body.readableBytesView)).base64EncodedString()
        let answer = try await send(
            .POST,
            "",
            query: [("delete", "")],
            headers: [("content-md5", digest), ("content-type", "application/xml")],
            body: body,
            doing: "remove \(keys.count) objects"
        )
        let refused = try XMLAnswer(answer.body, at: location("")).records("Error")
        if let first = refused.first, let key = first["Key"] {
            throw AWSError(
                .rejected,
                "\(refused.count) of \(keys.count) objects could not be removed, the first for \(first["Code"] ?? "no reason")",
                location: location(key),
                serviceCode: first["Code"]
            )
        }
    }

    // MARK: Requests

    var encryptionHeaders: [(name: String, value: String)] {
        switch configuration.encryption {
        case .bucketDefault: return []
        case .s3: return [("x-amz-server-side-encryption", "AES256")]
        case .kms(let id):
            let key = id.map { [("x-amz-server-side-encryption-aws-kms-key-id", $0)] } ?? []
            return [("x-amz-server-side-encryption", "aws:kms")] + key
        }
    }

    func location(_ key: String) -> String { "s3://\(configuration.bucket)/\(key)" }

    private func path(_ key: String) -> String { key.isEmpty ? (prefix.isEmpty ? "/" : prefix) : "\(prefix)/\(key)" }

    /// Sends a request about a key, or with an empty key about the bucket.
    func send(
        _ method: HTTPMethod,
        _ key: String,
        query: [(name: String, value: String)] = [],
        headers: [(name: String, value: String)] = [],
        body: ByteBuffer? = nil,
        doing: String,
        accepts: Set<Int> = [200, 204]
    ) async throws -> IncomingAnswer {
        let bodyHash = SignatureV4.hash(body?.readableBytesView ?? ByteBuffer().readableBytesView)
        let request = SignableRequest(
            method: method.rawValue,
            host: host,
            path: path(key),
            query: query,
            headers: headers + [("x-amz-content-sha256", bodyHash)]
        )
        let parameters = request.encodedQuery
        let url = "\(scheme)://\(host)\(request.encodedPath)" + (parameters.isEmpty ? "" : "?\(parameters)")
        let answer = try await transport.send(at: location(key)) { [self] in
            let signed = signer.headers(
                for: request,
                bodyHash: bodyHash,
                credentials: try await credentials.credentials(),
                at: now()
            )
            return OutgoingRequest(method: method, url: url, headers: signed, body: body)
        }
        guard accepts.contains(answer.status) else {
            throw ServiceAnswer.error(answer, at: location(key), doing: doing)
        }
        return answer
    }
}

/// Goes through the pages of a listing.
private actor ListPages {
    private let client: S3Client
    private let prefix: String
    private var token: String?
    private var isDone = false

    init(client: S3Client, prefix: String) {
        self.client = client
        self.prefix = prefix
    }

    func next() async throws -> [S3Object]? {
        guard !isDone else { return nil }
        var query = [
            (name: "list-type", value: "2"), (name: "prefix", value: prefix), (name: "encoding-type", value: "url"),
        ]
        if let token { query.append((name: "continuation-token", value: token)) }
        let answer = try await client.send(.GET, "", query: query, doing: "list objects")
        let xml = try XMLAnswer(answer.body, at: client.location(prefix))
        token = xml.first("NextContinuationToken")
        isDone = xml.first("IsTruncated") != "true" || token == nil
        return try xml.records("Contents").map { record in
            guard let encoded = record["Key"], let key = XMLText.decodedKey(encoded),
                let bytes = record["Size"].flatMap(Int64.init)
            else {
                throw AWSError(
                    .malformed,
                    "an entry of the listing has no key or size",
                    location: client.location(prefix)
                )
            }
            return S3Object(key: key, bytes: bytes, etag: record["ETag"] ?? "", modified: record["LastModified"])
        }
    }
}

/// Text in the documents of S3.
enum XMLText {
    static func escaped(_ text: String) -> String {
        var out = ""
        for character in text.unicodeScalars {
            switch character {
            case "&": out += "&amp;"
            case "<": out += "&lt;"
            case ">": out += "&gt;"
            case "\"": out += "&quot;"
            case _ where character.value < 0x20: out += "&#\(character.value);"
            default: out.unicodeScalars.append(character)
            }
        }
        return out
    }

    /// A key of a listing with `encoding-type=url`, where a space may be written as `+`.
    static func decodedKey(_ text: String) -> String? {
        text.replacingOccurrences(of: "+", with: "%20").removingPercentEncoding
    }
}
