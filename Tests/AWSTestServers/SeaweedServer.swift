// A real S3 server for the tests.

import Logging
import LyceumAWS
import LyceumCore
import TestServers

/// SeaweedFS, started once a run and stopped with it.
public enum SeaweedServer {
    /// The server. Fails, and says how to install it, without SeaweedFS.
    public static let shared = Result { try ScriptServer.start("start-s3") }

    /// Its bucket.
    public static func bucket(named name: String? = nil, partBytes: Int = 5 << 20) throws -> S3Configuration {
        let server = try shared.get()
        var limits = AWSLimits()
        limits.attempts = 3
        return S3Configuration(
            bucket: try name ?? server["bucket"],
            endpoint: try server["endpoint"],
            partBytes: partBytes,
            limits: limits
        )
    }

    /// Its keys.
    ///
    /// - Parameter secret: another secret than the right one.
    public static func credentials(secret: String? = nil) throws -> CredentialsChain {
        let server = try shared.get()
        return CredentialsChain(
            fixed: AWSCredentials(
                accessKeyID: try server["access_key"],
                secretAccessKey: Secret(try secret ?? server["secret_key"])
            )
        )
    }

    /// A client of its bucket.
    public static func client(
        partBytes: Int = 5 << 20,
        secret: String? = nil,
        bucket: String? = nil
    ) throws -> S3Client {
        try S3Client(
            self.bucket(named: bucket, partBytes: partBytes),
            credentials: credentials(secret: secret),
            logger: Logger(label: "test")
        )
    }
}
