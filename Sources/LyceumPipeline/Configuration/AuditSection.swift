// The section `audit` of `lyceum.yaml`: where the record of who looked at whose data is kept.

import Foundation
import LyceumCore
import LyceumLake

extension Configuration {
    /// Where the audit record is kept, and by which secret.
    public struct AuditSettings: Sendable {
        /// The record's folder.
        public var folder: URL
        /// The secret of 32 bytes, if it is not kept in a file of its own.
        public var secret: Secret?
        /// The secret's file, made with the record; outside its folder, for who can change the record must not have it at hand.
        public var keyFile: URL

        /// Settings of an installation in a folder: the record beside a ledger that is a file.
        public init(folder: URL, ledger: LedgerLocation) {
            let place = if case .file(let file) = ledger { file.deletingLastPathComponent() } else { folder }
            self.folder = place.appending(path: "audit", directoryHint: .isDirectory)
            keyFile = folder.appending(path: "audit.key")
        }
    }
}

extension ConfigurationReader {
    /// `audit: {folder: audit, secret: ${NAME} | {file: PATH}}`.
    func audit(_ document: YAMLMapping, ledger: LedgerLocation) throws(PipelineError) -> Configuration.AuditSettings {
        var settings = Configuration.AuditSettings(folder: folder, ledger: ledger)
        guard let mapping = try document.mapping("audit") else { return settings }
        settings.folder = try path(mapping, "folder") ?? settings.folder
        if mapping.has("secret") { settings.secret = try secret(mapping, "secret") }
        try mapping.finish()
        let inside = settings.folder.standardizedFileURL.pathComponents
        guard !folder.standardizedFileURL.pathComponents.starts(with: inside) else {
            throw mapping.fault(
                "folder",
                "'audit.folder' must be a folder of the record's own, apart from this file and its secrets"
            )
        }
        return settings
    }
}
