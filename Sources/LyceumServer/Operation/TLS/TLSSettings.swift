// The certificate that the server shows, and how it encrypts.

import Foundation

/// TLS with a certificate and a key in PEM files, which are looked at again while the server runs.
public struct TLSSettings: Sendable, Hashable {
    /// The oldest version of TLS that is spoken.
    public enum MinimumVersion: String, Sendable, Hashable, CaseIterable {
        case tls12 = "1.2"
        case tls13 = "1.3"
    }

    /// The file of the certificate, followed by the intermediate ones.
    public var certificate: URL
    /// The file of its private key.
    public var privateKey: URL
    /// The oldest version of TLS that is spoken.
    public var minimumVersion: MinimumVersion
    /// How often the files are looked at.
    public var reloadInterval: Duration

    /// Makes settings.
    public init(
        certificate: URL,
        privateKey: URL,
        minimumVersion: MinimumVersion = .tls12,
        reloadInterval: Duration = .seconds(10)
    ) {
        self.certificate = certificate
        self.privateKey = privateKey
        self.minimumVersion = minimumVersion
        self.reloadInterval = reloadInterval
    }
}
