// Looks for credentials where AWS's own tools look, in their order, and keeps them until they are about to end.

import Foundation
import Logging

/// The places to look for credentials: environment, web identity, profile files, container, instance metadata.
public actor CredentialsChain {
    private let sources: [any CredentialsSource]
    private var held: AWSCredentials?
    private var fetching: Task<AWSCredentials, any Error>?
    private let now: @Sendable () -> Date

    /// The standard chain, as it follows from the environment.
    ///
    /// - Parameter environment: the process's environment.
    public init(
        environment: [String: String] = ProcessInfo.processInfo.environment,
        region: String,
        limits: AWSLimits = AWSLimits(),
        logger: Logger
    ) {
        let transport = AWSTransport(limits: limits, logger: logger)
        self.init([
            EnvironmentCredentials(environment: environment),
            WebIdentityCredentials(environment: environment, region: region, transport: transport),
            ProfileCredentials(environment: environment),
            ContainerCredentials(environment: environment, transport: transport),
            InstanceMetadataCredentials(environment: environment, transport: transport),
        ])
    }

    /// A chain that always gives the same.
    public init(fixed credentials: AWSCredentials) {
        self.init([FixedCredentials(fixed: credentials)])
    }

    init(_ sources: [any CredentialsSource], now: @escaping @Sendable () -> Date = { Date() }) {
        self.sources = sources
        self.now = now
    }

    /// Credentials that are good for at least five minutes, where that can be known. Concurrent callers share one search.
    ///
    /// - Throws: ``AWSError`` with code `credentials`.
    public func credentials() async throws -> AWSCredentials {
        if let held, held.isFresh(at: now()) { return held }
        if let fetching { return try await fetching.value }
        let task = Task { try await find() }
        fetching = task
        defer { fetching = nil }
        let found = try await task.value
        held = found
        return found
    }

    private func find() async throws -> AWSCredentials {
        for source in sources {
            if let found = try await source.credentials() { return found }
        }
        throw AWSError(
            .credentials,
            "no AWS credentials were found; looked in \(sources.map(\.name).joined(separator: ", "))"
        )
    }
}

/// Credentials that were given.
struct FixedCredentials: CredentialsSource {
    let fixed: AWSCredentials
    var name: String { "the configuration" }
    func credentials() async throws -> AWSCredentials? { fixed }
}
