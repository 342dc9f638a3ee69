// Where backups are kept, and which lake is restored from them.

import Foundation
import LyceumCore
import LyceumLake

extension Pipeline {
    /// The place for backups that a person names: a folder, relative to the current one, or `s3://bucket/prefix` with the
    /// region, server and credentials that AWS's own tools find.
    ///
    /// - Throws: ``PipelineError`` with code `notFound` for a kind of place that cannot keep backups, `LakeError` with code
    ///   `invalid_name` for a bucket's address that cannot work.
    public static func vault(at place: String) throws -> BackupVault {
        if let s3 = S3Location(url: place) { return BackupVault(try S3Store(s3)) }
        guard place.contains("://") else {
            return BackupVault(folder: URL(filePath: place, directoryHint: .isDirectory).standardizedFileURL)
        }
        guard let url = URL(string: place), url.isFileURL else {
            throw PipelineError(
                .notFound,
                "backups cannot be kept in \(place): name a folder, or s3://bucket/prefix",
                location: place
            )
        }
        return BackupVault(folder: url)
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
