// Certificates for tests, signed by an authority that nobody else trusts.

import Crypto
import Foundation
import NIOSSL
import SwiftASN1
import X509

/// An authority and what it signs.
struct TestAuthority: Sendable {
    /// A certificate and its key, as PEM.
    struct Pair: Sendable {
        var certificate: String
        var key: String

        /// Writes both, one after the other, as administrators do.
        func write(to files: TLSFiles) throws {
            try Data(certificate.utf8).write(to: files.certificate, options: .atomic)
            try Data(key.utf8).write(to: files.key, options: .atomic)
        }
    }

    private let key = P256.Signing.PrivateKey()
    private let certificate: Certificate

    init() throws {
        let name = try DistinguishedName { CommonName("Lyceum test authority") }
        certificate = try Certificate(
            version: .v3,
            serialNumber: .init(),
            publicKey: .init(key.publicKey),
            notValidBefore: Date().addingTimeInterval(-3_600),
            notValidAfter: Date().addingTimeInterval(7_200),
            issuer: name,
            subject: name,
            signatureAlgorithm: .ecdsaWithSHA256,
            extensions: Certificate.Extensions {
                Critical(BasicConstraints.isCertificateAuthority(maxPathLength: nil))
                Critical(KeyUsage(keyCertSign: true))
            },
            issuerPrivateKey: .init(key)
        )
    }

    /// A certificate for `localhost` with a key of its own.
    func pair() throws -> Pair {
        let own = P256.Signing.PrivateKey()
        let leaf = try Certificate(
            version: .v3,
            serialNumber: .init(),
            publicKey: .init(own.publicKey),
            notValidBefore: Date().addingTimeInterval(-3_600),
            notValidAfter: Date().addingTimeInterval(3_600),
            issuer: certificate.subject,
            subject: try DistinguishedName { CommonName("localhost") },
            signatureAlgorithm: .ecdsaWithSHA256,
            extensions: Certificate.Extensions {
                SubjectAlternativeNames([.dnsName("localhost")])
            },
            issuerPrivateKey: .init(key)
        )
        return Pair(certificate: try leaf.serializeAsPEM().pemString, key: own.pemRepresentation)
    }

    /// What a client needs to trust it.
    func client(_ protocols: [String] = []) throws -> TLSConfiguration {
        var configuration = TLSConfiguration.makeClientConfiguration()
        let root = try NIOSSLCertificate(bytes: Array(certificate.serializeAsPEM().pemString.utf8), format: .pem)
        configuration.trustRoots = .certificates([root])
        configuration.applicationProtocols = protocols
        return configuration
    }
}

/// The files of a pair in a folder of their own, removed with this.
final class TLSFiles: Sendable {
    let certificate: URL
    let key: URL
    private let folder: URL

    init() throws {
        folder = FileManager.default.temporaryDirectory.appending(path: "lyceum-tls-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        certificate = folder.appending(path: "certificate.pem")
        key = folder.appending(path: "key.pem")
    }

    deinit { try? FileManager.default.removeItem(at: folder) }
}
