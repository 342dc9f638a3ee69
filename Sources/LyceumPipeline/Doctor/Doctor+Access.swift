// What `lyceum doctor` says about who gets in: the key store, and the identity provider.

import Foundation
import LyceumAccess
import LyceumCore

extension Pipeline {
    /// Checks that the key store can be used and that the identity provider gives out its keys.
    func diagnoseAccess() async -> [Diagnosis] {
        let access = configuration.server.access
        var result: [Diagnosis] = []
        do {
            let now = Date()
            let records = try KeyStore(file: access.keys).list()
            let active = records.count { $0.isActive(at: now) }
            result.append(
                Diagnosis(
                    subject: "key store",
                    ok: true,
                    finding: records.isEmpty
                        ? "no API key was made yet" : "\(active) of \(records.count) API keys open something"
                )
            )
        } catch {
            result.append(
                Diagnosis(
                    subject: "key store",
                    ok: false,
                    finding: "\(error)",
                    mend: "put the file back from a backup, or move it away and make new keys with `lyceum keys create`"
                )
            )
        }
        guard let oidc = access.oidc else { return result }
        do {
            let keys = try await TokenVerifier(settings: oidc, logger: logger).countKeys()
            result.append(
                Diagnosis(
                    subject: "identity provider",
                    ok: keys > 0,
                    finding: "\(oidc.issuer) publishes \(keys) keys for the configured algorithms",
                    mend: keys > 0 ? nil : "see 'algorithms' under 'server.oidc', and what the provider signs by"
                )
            )
        } catch {
            result.append(
                Diagnosis(
                    subject: "identity provider",
                    ok: false,
                    finding:
                        "the keys of \(oidc.issuer) cannot be fetched: \(error.cause.map { "\($0)" } ?? "\(error)")",
                    mend: "check 'issuer' and 'jwks_uri' under 'server.oidc', and the network"
                )
            )
        }
        return result
    }
}
