// AWS Key Management Service: small secrets, encrypted by keys that never leave it.

import Foundation
import Logging
import LyceumCore

/// A key of KMS, as the service describes it.
public struct KMSKey: Sendable, Hashable {
    /// The key's ARN, also where it was asked for by an alias.
    public var arn: String
    /// Whether it may be used now.
    public var isEnabled: Bool
    /// The state in the service's words, such as `PendingDeletion`.
    public var state: String
}

/// Encrypts and decrypts up to 4,096 bytes by keys of KMS. All methods throw ``AWSError``, or `CancellationError`.
///
/// The encryption context is authenticated and stands in the service's log: what was encrypted with one is decrypted
/// with the same one only.
public final class KMSClient: Sendable {
    private let service: JSONService

    /// A client of the service in a region.
    public init(_ configuration: ServiceConfiguration, credentials: CredentialsChain, logger: Logger) throws {
        service = try JSONService(
            service: "kms",
            target: "TrentService",
            configuration,
            credentials: credentials,
            logger: logger
        )
    }

    /// Encrypts some bytes by a key.
    ///
    /// - Parameter key: an id, ARN or alias (`alias/lyceum`).
    public func encrypt(_ plaintext: Data, key: String, context: [String: String]) async throws -> Data {
        struct Input: Encodable, Sendable {
            var keyId: String
            var plaintext: Data
            var encryptionContext: [String: String]
        }
        struct Answer: Decodable, Sendable { var ciphertextBlob: Data }
        let answer: Answer = try await service.call(
            "Encrypt",
            Input(keyId: key, plaintext: plaintext, encryptionContext: context),
            on: key,
            doing: "encrypt by the key"
        )
        return answer.ciphertextBlob
    }

    /// Decrypts what ``encrypt(_:key:context:)`` made by the same key and with the same context.
    ///
    /// - Throws: ``AWSError`` with code `rejected` for a ciphertext of another key or context.
    public func decrypt(_ ciphertext: Data, key: String, context: [String: String]) async throws -> Data {
        struct Input: Encodable, Sendable {
            var keyId: String
            var ciphertextBlob: Data
            var encryptionContext: [String: String]
        }
        struct Answer: Decodable, Sendable { var plaintext: Data }
        let answer: Answer = try await service.call(
            "Decrypt",
            Input(keyId: key, ciphertextBlob: ciphertext, encryptionContext: context),
            on: key,
            doing: "decrypt by the key"
        )
        return answer.plaintext
    }

    /// What a key is.
    ///
    /// - Throws: ``AWSError`` with code `notFound` if there is none.
    public func describe(_ key: String) async throws -> KMSKey {
        struct Input: Encodable, Sendable { var keyId: String }
        struct Metadata: Decodable, Sendable {
            var arn: String
            var enabled: Bool?
            var keyState: String?
        }
        struct Answer: Decodable, Sendable { var keyMetadata: Metadata }
        let answer: Answer = try await service.call("DescribeKey", Input(keyId: key), on: key, doing: "look up the key")
        let metadata = answer.keyMetadata
        return KMSKey(
            arn: metadata.arn,
            isEnabled: metadata.enabled ?? (metadata.keyState == "Enabled"),
            state: metadata.keyState ?? ""
        )
    }

    /// Makes a key for encryption and returns its ARN.
    public func createKey(description: String) async throws -> String {
        struct Input: Encodable, Sendable { var description: String }
        struct Metadata: Decodable, Sendable { var arn: String }
        struct Answer: Decodable, Sendable { var keyMetadata: Metadata }
        let answer: Answer = try await service.call(
            "CreateKey",
            Input(description: description),
            on: "KMS",
            doing: "make a key"
        )
        return answer.keyMetadata.arn
    }
}
