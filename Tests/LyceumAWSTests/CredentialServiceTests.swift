// Temporary credentials, fetched over HTTP from services on this machine.

import Foundation
import Logging
import LyceumCore
import Testing

@testable import LyceumAWS

@Suite struct CredentialServiceTests {
    private let transport = AWSTransport(limits: AWSLimits(), logger: Logger(label: "test"))
    private static let answer = """
        {"AccessKeyId": "id", "SecretAccessKey": "secret", "Token": "token", "Expiration": "2026-11-28T18:00:00Z"}
        """
    private static let expected = AWSCredentials(
        accessKeyID: "id",
        secretAccessKey: .init("secret"),
        sessionToken: .init("token"),
        expiration: LyceumCore.Timestamp.parse("2026-11-28T18:00:00Z")
    )

    private func file(_ text: String) throws -> String {
        let url = FileManager.default.temporaryDirectory.appending(path: "lyceum-token-\(UUID().uuidString)")
        try text.write(to: url, atomically: true, encoding: .utf8)
        return url.path
    }

    @Test func `A web identity token is exchanged for credentials of the role, without a signature`() async throws {
        let service = try await LocalService { _ in
            (
                200,
                """
                <AssumeRoleWithWebIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">
                <AssumeRoleWithWebIdentityResult><Credentials><AccessKeyId>id</AccessKeyId>
                <SecretAccessKey>secret</SecretAccessKey><SessionToken>token</SessionToken>
                <Expiration>2026-11-28T18:00:00Z</Expiration></Credentials></AssumeRoleWithWebIdentityResult>
                </AssumeRoleWithWebIdentityResponse>
                """
            )
        }
        let token = try file("to.ken+1\n")
        defer { try? FileManager.default.removeItem(atPath: token) }
        let source = WebIdentityCredentials(
            environment: [
                "AWS_WEB_IDENTITY_TOKEN_FILE": token, "AWS_ROLE_ARN": "arn:aws:iam::1:role/lake",
                "AWS_ENDPOINT_URL_STS": service.url,
            ],
            region: "eu-central-1",
            transport: transport
        )
        #expect(try await source.credentials() == Self.expected)
        let request = try #require(service.requests.first)
        #expect(request.method == "POST" && request.headers["authorization"] == nil)
        #expect(request.body.contains("Action=AssumeRoleWithWebIdentity"))
        #expect(request.body.contains("RoleArn=arn%3Aaws%3Aiam%3A%3A1%3Arole%2Flake"))
        #expect(request.body.contains("WebIdentityToken=to.ken%2B1"))
    }

    @Test func `A token service that refuses is an error with its code, and the token is not in it`() async throws {
        let service = try await LocalService { _ in
            (
                400,
                "<ErrorResponse><Error><Code>ExpiredTokenException</Code><Message>expired</Message></Error></ErrorResponse>"
            )
        }
        let token = try file("hush-token")
        defer { try? FileManager.default.removeItem(atPath: token) }
        let source = WebIdentityCredentials(
            environment: [
                "AWS_WEB_IDENTITY_TOKEN_FILE": token, "AWS_ROLE_ARN": "arn", "AWS_ENDPOINT_URL_STS": service.url,
            ],
            region: "eu-central-1",
            transport: transport
        )
        let error = await #expect(throws: AWSError.self) { try await source.credentials() }
        #expect(error?.serviceCode == "ExpiredTokenException")
        #expect(error?.description.contains("hush-token") == false)
    }

    @Test func `A web identity token is not sent in the clear to another machine`() async throws {
        let token = try file("hush")
        defer { try? FileManager.default.removeItem(atPath: token) }
        let source = WebIdentityCredentials(
            environment: [
                "AWS_WEB_IDENTITY_TOKEN_FILE": token, "AWS_ROLE_ARN": "arn",
                "AWS_ENDPOINT_URL_STS": "http://sts.example.org",
            ],
            region: "eu-central-1",
            transport: transport
        )
        let error = await #expect(throws: AWSError.self) { try await source.credentials() }
        #expect(error?.code == .configuration)
    }

    @Test func `A container's agent is asked with the token of its file`() async throws {
        let service = try await LocalService { _ in (200, Self.answer) }
        let token = try file("agent-token\n")
        defer { try? FileManager.default.removeItem(atPath: token) }
        let source = ContainerCredentials(
            environment: [
                "AWS_CONTAINER_CREDENTIALS_FULL_URI": service.url + "/v2/credentials",
                "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE": token,
            ],
            transport: transport
        )
        #expect(try await source.credentials() == Self.expected)
        #expect(service.requests.map(\.path) == ["/v2/credentials"])
        #expect(service.requests.first?.headers["authorization"] == "agent-token")
    }

    @Test func `A container's agent that gives none is an error, since it was said to be there`() async throws {
        let service = try await LocalService { _ in (404, "{}") }
        let source = ContainerCredentials(
            environment: ["AWS_CONTAINER_CREDENTIALS_FULL_URI": service.url + "/x"],
            transport: transport
        )
        let error = await #expect(throws: AWSError.self) { try await source.credentials() }
        #expect(error?.code == .credentials)
    }

    @Test func `An instance's metadata is asked in a session, for its role's credentials`() async throws {
        let service = try await LocalService { request in
            switch (request.method, request.path) {
            case ("PUT", "/latest/api/token"): (200, "session")
            case ("GET", "/latest/meta-data/iam/security-credentials/"): (200, "lake-role\n")
            case ("GET", "/latest/meta-data/iam/security-credentials/lake-role"): (200, Self.answer)
            default: (404, "")
            }
        }
        let source = InstanceMetadataCredentials(
            environment: ["AWS_EC2_METADATA_SERVICE_ENDPOINT": service.url],
            transport: transport
        )
        #expect(try await source.credentials() == Self.expected)
        #expect(service.requests.first?.headers["x-aws-ec2-metadata-token-ttl-seconds"] == "21600")
        #expect(service.requests.dropFirst().allSatisfy { $0.headers["x-aws-ec2-metadata-token"] == "session" })
    }

    @Test func `An instance without a role, and a machine that is no instance, give nothing`() async throws {
        let service = try await LocalService { $0.method == "PUT" ? (200, "session") : (404, "") }
        let bare = InstanceMetadataCredentials(
            environment: ["AWS_EC2_METADATA_SERVICE_ENDPOINT": service.url],
            transport: transport
        )
        #expect(try await bare.credentials() == nil)
        // Nobody listens on port 1.
        let nowhere = InstanceMetadataCredentials(
            environment: ["AWS_EC2_METADATA_SERVICE_ENDPOINT": "http://127.0.0.1:1"],
            transport: transport
        )
        #expect(try await nowhere.credentials() == nil)
    }
}
