// The embedded engine's way into a bucket.

import LyceumAWS
import LyceumCore
import LyceumLake

/// Lets DuckDB's `httpfs` read and write a lake in S3, with credentials that are renewed before they end.
actor BucketAccess {
    private let store: S3Store
    private var given: AWSCredentials?

    init(_ store: S3Store) {
        self.store = store
    }

    /// The statements that load the extension. Certificates are checked on every connection.
    ///
    /// - Throws: ``PipelineError`` with code `engine` that says what to install.
    static func settings() throws -> [String] {
        [
            "LOAD \(SQLText.literal(try DuckDBExtension.path(of: "httpfs", for: "lakes in S3")))",
            "SET enable_server_cert_verification = true",
            "SET enable_curl_server_cert_verification = true",
        ]
    }

    /// Gives the engine's databases the credentials they have not been given yet; without new ones does nothing.
    ///
    /// Asked before each statement, so that each begins with credentials that are good for five minutes at least.
    func renew(_ execute: (String) async throws -> Void) async throws {
        let credentials = try await store.credentials.credentials()
        if credentials == given { return }
        do { try await execute(secret(credentials)) } catch is CancellationError {
            throw CancellationError()
        } catch {
            // The engine's own words would quote the statement.
            throw PipelineError(
                .engine,
                "the embedded engine did not take the credentials of the lake",
                location: store.place
            )
        }
        given = credentials
    }

    private func secret(_ credentials: AWSCredentials) throws -> String {
        let bucket = store.s3.bucket
        var options = [
            "TYPE s3", "KEY_ID \(SQLText.literal(credentials.accessKeyID))",
            "SECRET \(SQLText.literal(credentials.secretAccessKey.reveal()))",
            "REGION \(SQLText.literal(bucket.region))",
            "URL_STYLE '\(bucket.addressStyle == .path ? "path" : "vhost")'",
            "SCOPE \(SQLText.literal(store.place))",
        ]
        if let token = credentials.sessionToken { options.append("SESSION_TOKEN \(SQLText.literal(token.reveal()))") }
        if case .kms(let key?) = bucket.encryption { options.append("KMS_KEY_ID \(SQLText.literal(key))") }
        let server = try bucket.server()
        if bucket.endpoint != nil { options.append("ENDPOINT \(SQLText.literal(server.host))") }
        options.append("USE_SSL \(server.isEncrypted)")
        return "CREATE OR REPLACE SECRET lyceum_lake (\(options.joined(separator: ", ")))"
    }
}
