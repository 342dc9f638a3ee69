// Signatures, on the worked examples of the S3 API Reference, "Authenticating Requests (AWS Signature Version 4)".

import Foundation
import LyceumCore
import Testing

@testable import LyceumAWS

@Suite struct SignatureV4Tests {
    static let credentials = AWSCredentials(
        accessKeyID: "AKIAIOSFODNN7EXAMPLE",
        secretAccessKey: Secret("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY")
    )
    static let signer = SignatureV4(region: "us-east-1", service: "s3")
    static let time = Date(timeIntervalSince1970: 1_369_353_600)
    static let host = "examplebucket.s3.amazonaws.com"

    struct Example: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var method: String
        var path: String
        var query: [(name: String, value: String)] = []
        var headers: [(name: String, value: String)] = []
        var body = ""
        var signature: String
    }

    static let examples = [
        Example(
            testDescription: "GET an object's first bytes",
            method: "GET",
            path: "/test.txt",
            headers: [("Range", "bytes=0-9")],
            signature: "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41"
        ),
        Example(
            testDescription: "PUT an object",
            method: "PUT",
            path: "/test$file.text",
            headers: [("Date", "Fri, 24 May 2013 00:00:00 GMT"), ("x-amz-storage-class", "REDUCED_REDUNDANCY")],
            body: "Welcome to Amazon S3.",
            signature: "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd"
        ),
        Example(
            testDescription: "GET a bucket's lifecycle",
            method: "GET",
            path: "/",
            query: [("lifecycle", "")],
            signature: "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543"
        ),
        Example(
            testDescription: "list a bucket",
            method: "GET",
            path: "/",
            query: [("prefix", "J"), ("max-keys", "2")],
            signature: "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7"
        ),
    ]

    @Test(arguments: examples)
    func `A request is signed as AWS publishes it`(_ example: Example) throws {
        let hash = SignatureV4.hash(Data(example.body.utf8))
        let request = SignableRequest(
            method: example.method,
            host: Self.host,
            path: example.path,
            query: example.query,
            headers: example.headers + [("x-amz-content-sha256", hash)]
        )
        let headers = Self.signer.headers(for: request, bodyHash: hash, credentials: Self.credentials, at: Self.time)
        let authorization = try #require(headers.last { $0.name == "authorization" }?.value)
        #expect(authorization.hasSuffix("Signature=\(example.signature)"), "\(authorization)")
        #expect(authorization.contains("Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request,"))
        #expect(!authorization.contains(Self.credentials.secretAccessKey.reveal()))
    }

    @Test func `A link is signed as AWS publishes it`() {
        let request = SignableRequest(method: "GET", host: Self.host, path: "/test.txt")
        let query = Self.signer.presignedQuery(
            for: request,
            validForSeconds: 86_400,
            credentials: Self.credentials,
            at: Self.time
        )
        #expect(
            query
                == "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%2Fs3%2F"
                + "aws4_request&X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-SignedHeaders=host"
                + "&X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404"
        )
    }

    @Test func `A session token is sent and signed`() throws {
        var temporary = Self.credentials
        temporary.sessionToken = Secret("a token")
        let headers = Self.signer.headers(
            for: SignableRequest(method: "GET", host: Self.host),
            bodyHash: SignatureV4.unsignedPayload,
            credentials: temporary,
            at: Self.time
        )
        #expect(headers.contains { $0.name == "x-amz-security-token" && $0.value == "a token" })
        let authorization = try #require(headers.last?.value)
        #expect(authorization.contains("SignedHeaders=host;x-amz-date;x-amz-security-token,"))
    }

    @Test func `Other services sign the path encoded twice`() {
        let request = SignableRequest(method: "GET", host: "h", path: "/a b")
        let glue = SignatureV4(region: "us-east-1", service: "glue")
        let once = Self.signer.canonicalRequest(request, query: [], headers: [], bodyHash: "").text
        let twice = glue.canonicalRequest(request, query: [], headers: [], bodyHash: "").text
        #expect(once.split(separator: "\n")[1] == "/a%20b")
        #expect(twice.split(separator: "\n")[1] == "/a%2520b")
    }

    @Test func `Values lose spaces at their ends and runs of them within`() {
        let request = SignableRequest(method: "GET", host: "h")
        let text = Self.signer.canonicalRequest(
            request,
            query: [],
            headers: [("a", "  x   y "), ("b", "1"), ("a", "z")],
            bodyHash: ""
        ).text
        #expect(text.contains("a:x y,z\nb:1\n"))
    }
}
