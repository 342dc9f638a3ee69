// A real server that speaks the protocols of KMS and Glue, for the tests.

import Logging
import LyceumAWS
import LyceumCore
import TestServers

/// Moto, started once a run and stopped with it.
public enum MotoServer {
    /// The server. Fails, and says how to install it, without Moto.
    public static let shared = Result { try ScriptServer.start("start-moto") }

    /// Where KMS and Glue are reached.
    public static func configuration() throws -> ServiceConfiguration {
        var limits = AWSLimits()
        limits.attempts = 3
        return ServiceConfiguration(region: "eu-central-1", endpoint: try shared.get()["endpoint"], limits: limits)
    }

    /// What Moto takes: anything.
    public static let credentials = CredentialsChain(
        fixed: AWSCredentials(accessKeyID: "AKIDTEST", secretAccessKey: Secret("test"))
    )

    /// A client of KMS.
    public static func kms() throws -> KMSClient {
        try KMSClient(configuration(), credentials: credentials, logger: Logger(label: "test"))
    }

    /// A client of Glue.
    public static func glue() throws -> GlueClient {
        try GlueClient(configuration(), credentials: credentials, logger: Logger(label: "test"))
    }
}
