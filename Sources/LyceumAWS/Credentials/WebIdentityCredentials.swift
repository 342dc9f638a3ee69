// Temporary credentials for a web identity token, as Kubernetes gives one to a pod (IAM roles for service accounts).

import Foundation
import LyceumCore

/// `AWS_WEB_IDENTITY_TOKEN_FILE` and `AWS_ROLE_ARN`, exchanged at the Security Token Service. The call needs no signature.
struct WebIdentityCredentials: CredentialsSource {
    let environment: [String: String]
    let region: String
    let transport: AWSTransport
    var name: String { "the web identity token" }

    func credentials() async throws -> AWSCredentials? {
        guard let file = environment["AWS_WEB_IDENTITY_TOKEN_FILE"], let role = environment["AWS_ROLE_ARN"] else {
            return nil
        }
        guard let token = try? String(contentsOfFile: file, encoding: .utf8) else {
            throw AWSError(.credentials, "the file of AWS_WEB_IDENTITY_TOKEN_FILE cannot be read", location: file)
        }
        let session = environment["AWS_ROLE_SESSION_NAME"] ?? "lyceum"
        let form = [
            ("Action", "AssumeRoleWithWebIdentity"), ("Version", "2011-06-15"), ("RoleArn", role),
            ("RoleSessionName", session), ("WebIdentityToken", token.trimmingCharacters(in: .whitespacesAndNewlines)),
        ]
        let body = form.map { "\($0)=\(PercentEncoding.encode($1))" }.joined(separator: "&")
        let endpoint = environment["AWS_ENDPOINT_URL_STS"] ?? "https://sts.\(region).amazonaws.com"
        let answer = try await transport.send(at: endpoint) {
            OutgoingRequest(
                method: .POST,
                url: endpoint + "/",
                headers: [("content-type", "application/x-www-form-urlencoded")],
                body: .init(string: body)
            )
        }
        guard answer.status == 200 else { throw ServiceAnswer.error(answer, at: endpoint, doing: "assume \(role)") }
        let found = try XMLAnswer(answer.body, at: endpoint)
        guard let id = found.first("AccessKeyId"), let secret = found.first("SecretAccessKey"),
            let session = found.first("SessionToken")
        else { throw AWSError(.malformed, "the token service's answer holds no credentials", location: endpoint) }
        return AWSCredentials(
            accessKeyID: id,
            secretAccessKey: Secret(secret),
            sessionToken: Secret(session),
            expiration: found.first("Expiration").flatMap(LyceumCore.Timestamp.parse)
        )
    }
}
