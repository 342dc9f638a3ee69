// Making and revoking API keys: under a lock, and written whole or not at all.

import Foundation
import LyceumCore

extension KeyStore {
    /// Makes a key. Its text is returned this once and kept nowhere.
    ///
    /// The file is durable when this returns.
    ///
    /// - Throws: ``AccessError`` with code `invalid_key`, `key_store_unreadable`, `key_store_unwritable` or
    ///   `key_store_locked`.
    public func create(_ request: KeyRequest) async throws(AccessError) -> (record: KeyRecord, text: Secret) {
        let now = clock.date()
        try request.validate(at: now)
        return try await changing { records throws(AccessError) in
            guard records.count < KeyFile.mostKeys else {
                throw AccessError(
                    .invalidKey,
                    "the store holds \(KeyFile.mostKeys) keys, which is as many as it can; begin a new one",
                    location: self.file.path
                )
            }
            var (id, text) = KeyText.generate()
            while records.contains(where: { $0.id == id }) { (id, text) = KeyText.generate() }
            let record = KeyRecord(
                id: id,
                name: request.name,
                role: request.role,
                subject: request.subject,
                scopes: request.scopes ?? request.role.scopes,
                digest: KeyRecord.digest(of: text.reveal()),
                created: now,
                createdBy: request.createdBy,
                expires: request.expires
            )
            records.append(record)
            return (record, text)
        }
    }

    /// Revokes a key at once. A key that is revoked already stays as it is.
    ///
    /// - Parameters:
    ///   - id: the key's id, or the whole key.
    ///   - person: who revokes it.
    /// - Throws: ``AccessError`` with code `key_unknown`, or as ``create(_:)``.
    @discardableResult
    public func revoke(_ id: String, by person: String) async throws(AccessError) -> KeyRecord {
        let now = clock.date()
        let id = KeyText.id(in: id) ?? id
        return try await changing { records throws(AccessError) in
            guard let index = records.firstIndex(where: { $0.id == id }) else {
                throw AccessError(
                    .keyUnknown,
                    "there is no key with this id; 'lyceum keys list' shows all",
                    location: self.file.path
                )
            }
            if records[index].revoked == nil {
                records[index].revoked = now
                records[index].revokedBy = person
            }
            return records[index]
        }
    }

    /// Reads the keys anew, lets them be changed, and writes them, while no other process does the same.
    private func changing<Result>(
        _ change: (inout [KeyRecord]) throws(AccessError) -> Result
    ) async throws(AccessError) -> Result {
        let folder = file.deletingLastPathComponent()
        if !FileManager.default.fileExists(atPath: folder.path) {
            do {
                try FileManager.default.createDirectory(
                    at: folder,
                    withIntermediateDirectories: true,
                    attributes: [.posixPermissions: 0o700]
                )
            } catch {
                throw unwritable("its folder cannot be made", cause: error)
            }
        }
        let lock = try await KeyFileLock(file.appendingPathExtension("lock"))
        return try withExtendedLifetime(lock) { () throws(AccessError) -> Result in
            var records = try list()
            let before = records
            let result = try change(&records)
            if records != before { try write(records) }
            return result
        }
    }

    /// Puts a new file in the old one's place: made private, complete and on the disk before it has the name.
    private func write(_ records: [KeyRecord]) throws(AccessError) {
        let draft = file.appendingPathExtension("new")
        let folder = file.deletingLastPathComponent()
        do {
            let data = try KeyFile.data(records)
            unlink(draft.path)
            let descriptor = open(draft.path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
            guard descriptor >= 0 else { throw POSIXError(POSIXErrorCode(rawValue: errno) ?? .EIO) }
            let handle = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
            try handle.write(contentsOf: data)
            try handle.synchronize()
            guard rename(draft.path, file.path) == 0 else {
                throw POSIXError(POSIXErrorCode(rawValue: errno) ?? .EIO)
            }
            let directory = open(folder.path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
            guard directory >= 0 else { throw POSIXError(POSIXErrorCode(rawValue: errno) ?? .EIO) }
            defer { close(directory) }
            guard fsync(directory) == 0 else { throw POSIXError(POSIXErrorCode(rawValue: errno) ?? .EIO) }
        } catch {
            throw unwritable("check that the folder is yours and the disk is not full", cause: error)
        }
    }

    private func unwritable(_ why: String, cause: any Error) -> AccessError {
        AccessError(
            .keyStoreUnwritable,
            "the key store cannot be written: \(why)",
            location: file.path,
            cause: cause
        )
    }
}
