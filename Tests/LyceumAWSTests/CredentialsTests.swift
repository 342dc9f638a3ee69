// Where credentials come from.

import Foundation
import Logging
import LyceumCore
import Synchronization
import Testing

@testable import LyceumAWS

@Suite struct CredentialsTests {
    @Test func `The environment gives a key, a secret and a token`() async throws {
        let found = try await EnvironmentCredentials(environment: [
            "AWS_ACCESS_KEY_ID": "id", "AWS_SECRET_ACCESS_KEY": "secret", "AWS_SESSION_TOKEN": "token",
        ]).credentials()
        #expect(
            found == AWSCredentials(accessKeyID: "id", secretAccessKey: .init("secret"), sessionToken: .init("token"))
        )
    }

    @Test func `Half a pair in the environment is an error that names what is missing`() async throws {
        let error = await #expect(throws: AWSError.self) {
            _ = try await EnvironmentCredentials(environment: ["AWS_ACCESS_KEY_ID": "id"]).credentials()
        }
        #expect(error?.message.contains("AWS_SECRET_ACCESS_KEY is not") == true)
    }

    @Test func `A profile is put together from both files`() async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "lyceum-aws-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let credentials = folder.appending(path: "credentials")
        let config = folder.appending(path: "config")
        try """
        # ours
        [default]
        aws_access_key_id = default-id
        aws_secret_access_key = default-secret

        [campus]
        aws_access_key_id = campus-id
        aws_secret_access_key = a=b/c
        """.write(to: credentials, atomically: true, encoding: .utf8)
        try "[profile campus]\naws_session_token = t\n".write(to: config, atomically: true, encoding: .utf8)
        var environment = ["AWS_SHARED_CREDENTIALS_FILE": credentials.path, "AWS_CONFIG_FILE": config.path]
        #expect(try await ProfileCredentials(environment: environment).credentials()?.accessKeyID == "default-id")
        environment["AWS_PROFILE"] = "campus"
        let found = try await ProfileCredentials(environment: environment).credentials()
        #expect(
            found == AWSCredentials(accessKeyID: "campus-id", secretAccessKey: .init("a=b/c"), sessionToken: .init("t"))
        )
        environment["AWS_PROFILE"] = "nobody"
        await #expect(throws: AWSError.self) { try await ProfileCredentials(environment: environment).credentials() }
    }

    @Test func `Credentials are fetched once for all who wait, and again before they end`() async throws {
        let source = CountingSource()
        let clock = Mutex(Date(timeIntervalSince1970: 0))
        let chain = CredentialsChain([EmptySource(), source], now: { clock.withLock { $0 } })
        let ids = try await withThrowingTaskGroup(of: String.self) { group in
            for _ in 0..<20 { group.addTask { try await chain.credentials().accessKeyID } }
            return try await group.reduce(into: Set<String>()) { $0.insert($1) }
        }
        #expect(ids == ["1"])
        clock.withLock { $0 = Date(timeIntervalSince1970: 3600 - 301) }
        #expect(try await chain.credentials().accessKeyID == "1")
        clock.withLock { $0 = Date(timeIntervalSince1970: 3600 - 299) }
        #expect(try await chain.credentials().accessKeyID == "2")
    }

    @Test func `A search that finds nothing says where it looked`() async throws {
        let error = await #expect(throws: AWSError.self) { try await CredentialsChain([EmptySource()]).credentials() }
        #expect(error?.code == .credentials)
        #expect(error?.message.contains("an empty place") == true)
    }

    @Test func `A container's token goes to this machine or over TLS only`() async throws {
        let transport = AWSTransport(limits: AWSLimits(), logger: Logger(label: "test"))
        let source = ContainerCredentials(
            environment: ["AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://198.51.100.1/credentials"],
            transport: transport
        )
        let error = await #expect(throws: AWSError.self) { try await source.credentials() }
        #expect(error?.code == .configuration)
    }

    @Test func `Nothing of a secret is printed`() {
        let credentials = AWSCredentials(
            accessKeyID: "id",
            secretAccessKey: Secret("hush"),
            sessionToken: Secret("hush")
        )
        var dumped = ""
        dump(credentials, to: &dumped)
        #expect(!dumped.contains("hush") && !"\(credentials)".contains("hush"))
    }
}

private struct EmptySource: CredentialsSource {
    var name: String { "an empty place" }
    func credentials() async throws -> AWSCredentials? { nil }
}

/// Gives the credentials 1, 2, …, each good for an hour from the epoch on.
private final class CountingSource: CredentialsSource {
    private let count = Mutex(0)
    var name: String { "a counter" }

    func credentials() async throws -> AWSCredentials? {
        try await Task.sleep(for: .milliseconds(20))
        let number = count.withLock { count in
            count += 1
            return count
        }
        return AWSCredentials(
            accessKeyID: String(number),
            secretAccessKey: Secret("s"),
            expiration: Date(timeIntervalSince1970: Double(number) * 3600)
        )
    }
}
