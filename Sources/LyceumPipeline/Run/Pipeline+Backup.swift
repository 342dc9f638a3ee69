// Where backups are kept, and which lake is restored from them.

import Foundation
import LyceumCore
import LyceumLake

extension Pipeline {
    /// The place for backups that a person names: a folder, relative to the current one.
    ///
    /// - Throws: ``PipelineError`` with code `notFound` for a kind of place that cannot keep backups.
    public static func vault(at place: String) throws -> BackupVault {
        if place.contains("://") {
            guard let url = URL(string: place), url.isFileURL else {
                throw PipelineError(
                    .notFound,
                    "backups cannot be kept in \(place): name a folder, such as a mounted one",
                    location: place
                )
            }
            return BackupVault(folder: url)
        }
        return BackupVault(folder: URL(filePath: place, directoryHint: .isDirectory).standardizedFileURL)
    }

    /// Restores a backup into the configured lake and ledger, or into a folder of its own.
    ///
    /// - Throws: `LakeError`; see `BackupVault.restore`.
    public func restore(
        _ backup: RunID?,
        from vault: BackupVault,
        to folder: URL?,
        force: Bool
    ) async throws -> RestoreReceipt {
        var settings = configuration.lake
        if let folder {
            settings.place = .folder(folder.appending(path: "lake", directoryHint: .isDirectory))
            settings.ledger = .file(folder.appending(path: "ledger.sqlite"))
        }
        return try await vault.restore(backup, to: settings, force: force, now: now)
    }
}
