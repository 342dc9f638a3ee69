// The client of KMS, on a real server.

import AWSTestServers
import Foundation
import Logging
import LyceumCore
import Testing

@testable import LyceumAWS

@Suite struct KMSClientTests {
    private let secret = Data((0..<32).map { UInt8($0) })

    @Test func `What a key encrypts it decrypts, with the same context only`() async throws {
        let kms = try MotoServer.kms()
        let key = try await kms.createKey(description: "test")
        let context = ["lyceum:key": "curated.student_profile#1"]
        let wrapped = try await kms.encrypt(secret, key: key, context: context)
        #expect(wrapped.range(of: secret) == nil)
        #expect(try await kms.decrypt(wrapped, key: key, context: context) == secret)
        let error = await #expect(throws: AWSError.self) {
            try await kms.decrypt(wrapped, key: key, context: ["lyceum:key": "another"])
        }
        #expect(error?.code == .rejected)
        #expect(error?.serviceCode == "InvalidCiphertextException")
    }

    @Test func `A key is described by its ARN and state`() async throws {
        let kms = try MotoServer.kms()
        let arn = try await kms.createKey(description: "test")
        let key = try await kms.describe(arn)
        #expect(key.arn == arn)
        #expect(key.isEnabled)
        #expect(key.state == "Enabled")
    }

    @Test func `A key that is not there is an error that names it`() async throws {
        let missing = "arn:aws:kms:eu-central-1:123456789012:key/00000000-0000-0000-0000-000000000000"
        let error = await #expect(throws: AWSError.self) {
            try await MotoServer.kms().encrypt(secret, key: missing, context: [:])
        }
        #expect(error?.code == .notFound)
        #expect(error?.location == missing)
    }

    @Test(arguments: ["http://kms.example.org", "ftp://localhost", "localhost:5000", "https://"])
    func `An endpoint without TLS, or that is none, is refused`(_ endpoint: String) {
        let configuration = ServiceConfiguration(region: "eu-central-1", endpoint: endpoint)
        let error = #expect(throws: AWSError.self) {
            try KMSClient(configuration, credentials: MotoServer.credentials, logger: Logger(label: "test"))
        }
        #expect(error?.code == .configuration)
    }
}
