// Temporary credentials from the machine that we run on: a container's agent, or an instance's metadata service.

import Foundation
import LyceumCore

/// The answer of both services.
private struct MetadataAnswer: Decodable {
    var id: String
    var secret: String
    var token: String
    var expiration: String

    private enum CodingKeys: String, CodingKey {
        case id = "AccessKeyId"
        case secret = "SecretAccessKey"
        case token = "Token"
        case expiration = "Expiration"
    }

    static func credentials(_ answer: IncomingAnswer, at location: String) throws -> AWSCredentials {
        guard answer.status == 200, let found = try? JSONDecoder().decode(Self.self, from: Data(buffer: answer.body))
        else {
            throw AWSError(.credentials, "the answer (\(answer.status)) holds no credentials", location: location)
        }
        return AWSCredentials(
            accessKeyID: found.id,
            secretAccessKey: Secret(found.secret),
            sessionToken: Secret(found.token),
            expiration: LyceumCore.Timestamp.parse(found.expiration)
        )
    }
}

/// The container's agent: `AWS_CONTAINER_CREDENTIALS_RELATIVE_URI` (ECS) or `…_FULL_URI` (EKS Pod Identity).
struct ContainerCredentials: CredentialsSource {
    let environment: [String: String]
    let transport: AWSTransport
    var name: String { "the container's agent" }

    func credentials() async throws -> AWSCredentials? {
        let url: String
        if let relative = environment["AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"] {
            url = "http://169.254.170.2" + relative
        } else if let full = environment["AWS_CONTAINER_CREDENTIALS_FULL_URI"] {
            url = full
        } else {
            return nil
        }
        let token = try token()
        // The token goes to the machine itself or over TLS, as the SDKs have it.
        let host = URL(string: url)?.host() ?? ""
        let isNear = host.hasPrefix("127.") || ["localhost", "::1", "169.254.170.2", "169.254.170.23"].contains(host)
        guard url.hasPrefix("https://") || isNear else {
            throw AWSError(
                .configuration,
                "credentials are fetched from this machine or over https only",
                location: url
            )
        }
        let answer = try await transport.send(at: url) {
            OutgoingRequest(method: .GET, url: url, headers: token.map { [("authorization", $0.reveal())] } ?? [])
        }
        return try MetadataAnswer.credentials(answer, at: url)
    }

    private func token() throws -> Secret? {
        if let file = environment["AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"] {
            guard let text = try? String(contentsOfFile: file, encoding: .utf8) else {
                throw AWSError(
                    .credentials,
                    "the file of AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE cannot be read",
                    location: file
                )
            }
            return Secret(text.trimmingCharacters(in: .whitespacesAndNewlines))
        }
        return environment["AWS_CONTAINER_AUTHORIZATION_TOKEN"].map { Secret($0) }
    }
}

/// The instance's metadata service, version 2 (with a session token). `AWS_EC2_METADATA_DISABLED=true` leaves it out.
struct InstanceMetadataCredentials: CredentialsSource {
    let environment: [String: String]
    let transport: AWSTransport
    var name: String { "the instance's metadata" }

    func credentials() async throws -> AWSCredentials? {
        guard environment["AWS_EC2_METADATA_DISABLED"]?.lowercased() != "true" else { return nil }
        let base = environment["AWS_EC2_METADATA_SERVICE_ENDPOINT"] ?? "http://169.254.169.254"
        let session: IncomingAnswer
        do {
            // One attempt: on a machine that is no instance nobody answers there.
            session = try await transport.send(at: base, attempts: 1) {
                OutgoingRequest(
                    method: .PUT,
                    url: base + "/latest/api/token",
                    headers: [("x-aws-ec2-metadata-token-ttl-seconds", "21600")]
                )
            }
        } catch let error as AWSError where error.code == .unreachable {
            return nil
        }
        guard session.status == 200 else { return nil }
        let token = String(buffer: session.body)
        func get(_ path: String) async throws -> IncomingAnswer {
            try await transport.send(at: base + path) {
                OutgoingRequest(method: .GET, url: base + path, headers: [("x-aws-ec2-metadata-token", token)])
            }
        }
        let folder = "/latest/meta-data/iam/security-credentials/"
        let roles = try await get(folder)
        guard roles.status == 200, let role = String(buffer: roles.body).split(whereSeparator: \.isNewline).first else {
            return nil
        }
        let path = folder + PercentEncoding.encode(String(role))
        return try MetadataAnswer.credentials(try await get(path), at: base + path)
    }
}
