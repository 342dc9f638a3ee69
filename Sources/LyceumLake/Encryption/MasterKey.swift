// The one key that all data keys are wrapped with, and that is kept outside the lake.

import Crypto
import Foundation
import Logging
import LyceumAWS
import LyceumCore

/// Which master key to use, as the configuration has it.
public enum MasterKeySettings: Sendable, Hashable {
    /// 32 bytes in base64, from a secret file or the environment.
    case local(Secret)
    /// A key of AWS KMS: its ARN, id or alias.
    case kms(key: String, region: String, endpoint: String?)

    /// The key itself; contacts nobody.
    ///
    /// - Throws: ``LakeError`` with code `bad_key` for a text that is not 32 bytes in base64, `AWSError` for an endpoint
    ///   that cannot be one.
    func key() throws -> any MasterKey {
        switch self {
        case .local(let secret): return try LocalMasterKey(secret)
        case .kms(let key, let region, let endpoint):
            let logger = Logger(label: "lyceum.kms")
            let client = try KMSClient(
                ServiceConfiguration(region: region, endpoint: endpoint),
                credentials: CredentialsChain(region: region, logger: logger),
                logger: logger
            )
            return KMSMasterKey(client: client, key: key)
        }
    }
}

/// Wraps data keys. What it wraps is bound to a context: it is unwrapped with the same one only.
protocol MasterKey: Sendable {
    /// Names the key without giving it away: `local:` and a fingerprint, or `kms:` and the ARN.
    func fingerprint() async throws -> String
    func wrap(_ key: Data, context: KeyContext) async throws -> Data
    func unwrap(_ wrapped: Data, context: KeyContext) async throws -> Data
}

/// What a data key belongs to: a wrapped key that is moved to another lake or name does not open.
struct KeyContext: Sendable, Hashable {
    var lake: String
    var name: String
}

/// A master key in this process's memory: AES-256-GCM with the context as authenticated data.
struct LocalMasterKey: MasterKey {
    private let key: SymmetricKey

    init(_ secret: Secret) throws {
        guard let bytes = Data(base64Encoded: secret.reveal()), bytes.count == 32 else {
            throw LakeError(
                .badKey,
                "The master key is not 32 bytes in base64. 'lyceum encryption generate FILE' makes one; if this is the file of "
                    + "an existing lake's key, restore it from a backup."
            )
        }
        key = SymmetricKey(data: bytes)
    }

    /// A new key, as its file has it.
    static func generate() -> Secret { Secret(DataKey.randomBytes().base64EncodedString()) }

    func fingerprint() -> String {
        let code = HMAC<SHA256>.authenticationCode(for: Data("lyceum master key".utf8), using: key)
        return "local:" + code.prefix(8).map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }

    func wrap(_ key: Data, context: KeyContext) throws -> Data {
        guard let box = try AES.GCM.seal(key, using: self.key, authenticating: Self.bytes(context)).combined else {
            throw LakeError(.badKey, "A data key could not be wrapped.")
        }
        return box
    }

    func unwrap(_ wrapped: Data, context: KeyContext) throws -> Data {
        try AES.GCM.open(AES.GCM.SealedBox(combined: wrapped), using: key, authenticating: Self.bytes(context))
    }

    /// Unambiguous, because neither part has a line break.
    private static func bytes(_ context: KeyContext) -> Data {
        Data("lyceum data key 1\n\(context.lake)\n\(context.name)".utf8)
    }
}

/// A master key that never leaves AWS KMS.
struct KMSMasterKey: MasterKey {
    let client: KMSClient
    let key: String

    func fingerprint() async throws -> String {
        let described = try await client.describe(key)
        guard described.isEnabled else {
            throw LakeError(
                .badKey,
                "The master key \(described.arn) is \(described.state). Enable it in KMS, or cancel its deletion.",
                location: described.arn
            )
        }
        return "kms:" + described.arn
    }

    func wrap(_ key: Data, context: KeyContext) async throws -> Data {
        try await client.encrypt(key, key: self.key, context: context.encryptionContext)
    }

    func unwrap(_ wrapped: Data, context: KeyContext) async throws -> Data {
        try await client.decrypt(wrapped, key: key, context: context.encryptionContext)
    }
}

extension KeyContext {
    fileprivate var encryptionContext: [String: String] { ["lyceum:lake": lake, "lyceum:key": name] }
}

extension MasterKeySettings {
    /// A new master key for a file or a variable.
    public static func generate() -> Secret { LocalMasterKey.generate() }

    /// Names the key without giving it away.
    ///
    /// - Throws: ``LakeError`` with code `bad_key`, or `AWSError` if KMS does not know the key.
    public func fingerprint() async throws -> String { try await key().fingerprint() }
}
