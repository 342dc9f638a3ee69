// The certificate in use, kept up with its files.

import Foundation
import Logging
import NIOCertificateReloading
import NIOSSL
import ServiceLifecycle
import Synchronization

/// A service that looks at the certificate's files at an interval and takes a new pair up for handshakes to come.
///
/// Connections keep the certificate that they began with. A pair that cannot be used, also one of which only a half has been
/// replaced yet, is logged, and the old one stays in use.
struct CertificateSource: Service {
    /// More than any chain of certificates has.
    private static let largestFile = 1 << 20

    private let settings: TLSSettings
    private let reloader: TimedCertificateReloader

    /// Reads the pair for the first time.
    ///
    /// - Throws: ``ServerError`` with code `invalid_configuration` when it cannot be used.
    init(_ settings: TLSSettings, metrics: ServerMetrics, log: Logger) throws {
        self.settings = settings
        let complaints = Complaints()
        let (certificate, key) = (settings.certificate, settings.privateKey)
        let configuration = TimedCertificateReloader.Configuration(
            refreshInterval: settings.reloadInterval,
            certificateSource: .init(location: .memory { try Self.read(certificate) }, format: .pem),
            privateKeySource: .init(location: .memory { try Self.read(key) }, format: .pem)
        ) { configuration in
            configuration.onCertificateLoaded = { change in
                complaints.settle()
                guard change.previousCertificateChain != change.currentCertificateChain else { return }
                let expires = change.currentX509CertificateChain.first?.notValidAfter
                metrics.certificateLoaded(expires: expires)
                log.info(
                    "certificate loaded",
                    metadata: ["expires": .string(expires.map { $0.formatted(.iso8601) } ?? "")]
                )
            }
            configuration.onCertificateLoadFailed = { failure in
                metrics.certificateFailed()
                // What fails every few seconds is one line a minute in the log.
                guard complaints.isDue() else { return }
                log.error(
                    "certificate not loaded; the one in use stays",
                    metadata: ["file": .string(certificate.path), "error": .string("\(failure.error)")]
                )
            }
        }
        do {
            reloader = try TimedCertificateReloader.makeReloaderValidatingSources(configuration: configuration)
        } catch {
            throw ServerError(
                .invalidConfiguration,
                "the certificate and its key cannot be used: both must be PEM files, and the key the one of the first "
                    + "certificate in its file",
                location: "\(certificate.path), \(key.path)",
                cause: error
            )
        }
    }

    func run() async throws {
        try await reloader.run()
    }

    /// The configuration for handshakes: it asks for the pair of the moment each time.
    ///
    /// - Throws: ``ServerError`` with code `invalid_configuration`.
    func configuration() throws -> TLSConfiguration {
        do {
            var configuration = try TLSConfiguration.makeServerConfiguration(certificateReloader: reloader)
            configuration.minimumTLSVersion = settings.minimumVersion == .tls13 ? .tlsv13 : .tlsv12
            // Of TLS 1.2 only what has forward secrecy and authenticated encryption (RFC 9325, section 4.2); of 1.3 all
            // there is.
            configuration.cipherSuiteValues = [
                .TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, .TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
                .TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384, .TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
                .TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256, .TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256,
            ]
            return configuration
        } catch {
            throw ServerError(
                .invalidConfiguration,
                "the certificate cannot be used for TLS",
                location: settings.certificate.path,
                cause: error
            )
        }
    }

    private static func read(_ file: URL) throws -> [UInt8] {
        let handle = try FileHandle(forReadingFrom: file)
        defer { try? handle.close() }
        let data = try handle.read(upToCount: largestFile + 1) ?? Data()
        guard data.count <= largestFile else {
            throw ServerError(.invalidConfiguration, "a certificate or key has over 1 MB", location: file.path)
        }
        return Array(data)
    }

    /// When to complain again.
    private final class Complaints: Sendable {
        private let silentUntil = Mutex<ContinuousClock.Instant?>(nil)

        func isDue() -> Bool {
            silentUntil.withLock { silentUntil in
                if let until = silentUntil, until > .now { return false }
                silentUntil = .now + .seconds(60)
                return true
            }
        }

        func settle() { silentUntil.withLock { $0 = nil } }
    }
}
