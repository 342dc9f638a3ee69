// The secret by which erased people are known again without being named, and by which receipts are signed.

import Crypto
import Foundation
import LyceumCore

/// A key of 32 bytes: it makes the keyed hashes (HMAC-SHA-256) of erased identifiers, and signs receipts (Ed25519).
///
/// Both keys are derived from it (HKDF-SHA-256), so that one secret is kept. Whoever has it can try out who was erased; without
/// it nobody can, and the lake does not know erased people again when their source delivers them.
struct ErasureKey: Sendable {
    private let hashing: SymmetricKey
    private let signing: Curve25519.Signing.PrivateKey

    /// Derives the keys.
    init(_ secret: SymmetricKey) throws {
        func derived(_ purpose: String) -> SymmetricKey {
            HKDF<SHA256>.deriveKey(inputKeyMaterial: secret, info: Data("lyceum \(purpose)".utf8), outputByteCount: 32)
        }
        hashing = derived("suppression")
        signing = try derived("receipt").withUnsafeBytes { try Curve25519.Signing.PrivateKey(rawRepresentation: $0) }
    }

    // MARK: - Hashes

    /// The keyed hash of an identifier, as 64 hexadecimal digits.
    func hash(_ value: String, kind: String) -> String {
        Self.hex(HMAC<SHA256>.authenticationCode(for: Data("\(kind)\u{1F}\(value)".utf8), using: hashing))
    }

    /// Tells keys apart without saying anything about them.
    var fingerprint: String { String(hash("", kind: "fingerprint").prefix(16)) }

    /// Makes the engine compute ``hash(_:kind:)``, as a macro of a kind and a normalised value.
    ///
    /// HMAC (RFC 2104) out of SHA-256 and the key in its two paddings.
    ///
    /// - Throws: ``PipelineError`` without the statement, which holds the key.
    func define(_ macro: EngineTable, in engine: any Engine) async throws {
        let key = hashing.withUnsafeBytes { Array($0) } + Array(repeating: 0, count: 32)
        let (inner, outer) = (Self.hex(key.map { $0 ^ 0x36 }), Self.hex(key.map { $0 ^ 0x5C }))
        let sql = """
            CREATE OR REPLACE MACRO \(macro.sql)(kind, x) AS sha256(unhex('\(outer)') || \
            unhex(sha256(unhex('\(inner)') || encode(kind || chr(31) || x))))
            """
        do {
            try await engine.execute(sql)
        } catch is CancellationError {
            throw CancellationError()
        } catch {
            throw PipelineError(.engine, "the engine does not take the function that recognises erased people")
        }
    }

    // MARK: - Signatures

    /// The public key that receipts are checked with, in Base64.
    var publicKey: String { signing.publicKey.rawRepresentation.base64EncodedString() }

    /// Signs some bytes; the signature in Base64.
    func sign(_ data: Data) throws -> String { try signing.signature(for: data).base64EncodedString() }

    /// Whether a signature is that of some bytes by a public key.
    static func isValid(_ signature: String, of data: Data, by publicKey: String) -> Bool {
        guard let signature = Data(base64Encoded: signature), let raw = Data(base64Encoded: publicKey),
            let key = try? Curve25519.Signing.PublicKey(rawRepresentation: raw)
        else { return false }
        return key.isValidSignature(signature, for: data)
    }

    private static func hex(_ bytes: some Sequence<UInt8>) -> String {
        bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }
}

extension ErasureKey {
    /// The key of an installation, or nil if it has none yet.
    ///
    /// - Throws: ``PipelineError`` with code `erasureKey` when there is something that is none.
    static func load(_ settings: Configuration.PrivacySettings) throws -> ErasureKey? {
        if let key = settings.key { return try read(key.reveal(), location: "privacy.key") }
        let file = settings.keyFile
        guard FileManager.default.fileExists(atPath: file.path) else { return nil }
        do {
            return try read(try String(contentsOf: file, encoding: .utf8), location: file.path)
        } catch let error as PipelineError {
            throw error
        } catch {
            throw PipelineError(.erasureKey, "the key of erasures cannot be read", location: file.path, cause: error)
        }
    }

    /// The key of an installation; made and written to its file, which only this user can read, the first time.
    static func loadOrCreate(_ settings: Configuration.PrivacySettings) throws -> ErasureKey {
        if let key = try load(settings) { return key }
        let secret = SymmetricKey(size: .bits256)
        let text = hex(secret.withUnsafeBytes { Array($0) }) + "\n"
        do {
            try PrivateFile.create(Data(text.utf8), at: settings.keyFile)
        } catch let error as CocoaError where error.code == .fileWriteFileExists {
            // Another process was first.
            if let key = try load(settings) { return key }
            throw error
        }
        return try ErasureKey(secret)
    }

    private static func read(_ text: String, location: String) throws -> ErasureKey {
        let text = text.trimmingCharacters(in: .whitespacesAndNewlines)
        let digits = Array(text.utf8)
        var bytes: [UInt8] = []
        if digits.count == 64 {
            bytes = stride(from: 0, to: 64, by: 2).compactMap {
                UInt8(String(decoding: digits[$0..<($0 + 2)], as: UTF8.self), radix: 16)
            }
        } else if let data = Data(base64Encoded: text) {
            bytes = Array(data)
        }
        guard bytes.count == 32 else {
            throw PipelineError(
                .erasureKey,
                "the key of erasures must be 32 bytes, as 64 hexadecimal digits or in Base64 (openssl rand -hex 32)",
                location: location
            )
        }
        return try ErasureKey(SymmetricKey(data: bytes))
    }
}
