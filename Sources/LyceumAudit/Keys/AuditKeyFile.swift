// The file that holds a record's secret, where none is configured.

import Foundation
import LyceumCore

/// Reads the secret's file, and makes it the first time.
public enum AuditKeyFile {
    /// The key in a file; nil if there is no such file.
    ///
    /// - Throws: ``AuditError`` with code `bad_secret` when it is none, or when others may read it.
    public static func load(_ file: URL) throws(AuditError) -> AuditKey? {
        guard FileManager.default.fileExists(atPath: file.path) else { return nil }
        let attributes = try? FileManager.default.attributesOfItem(atPath: file.path)
        // A group may read it, for secrets that are mounted that way.
        if let mode = attributes?[.posixPermissions] as? NSNumber, mode.uint16Value & 0o027 != 0 {
            throw AuditError(
                .badSecret,
                "others may read or change the secret of the audit record: chmod 600 \(file.path)",
                location: file.path
            )
        }
        let text: String
        do {
            text = try String(contentsOf: file, encoding: .utf8)
        } catch {
            throw AuditError(
                .badSecret,
                "the secret of the audit record cannot be read",
                location: file.path,
                cause: error
            )
        }
        return try AuditKey(Secret(text), location: file.path)
    }

    /// The key in a file, which is made, readable by its owner only, if neither it nor a record is there yet.
    ///
    /// - Parameters:
    ///   - file: the secret's file, outside the record's folder.
    ///   - folder: the record's folder.
    /// - Returns: the key, and whether it was made now.
    /// - Throws: ``AuditError`` with code `bad_secret` or `storage`.
    public static func loadOrCreate(
        _ file: URL,
        forRecordIn folder: URL
    ) throws(AuditError) -> (key: AuditKey, isNew: Bool) {
        if let key = try load(file) { return (key, false) }
        guard try RecordFolder(folder).files().isEmpty else {
            // Both may have been made since the first look.
            if let key = try load(file) { return (key, false) }
            throw AuditError(
                .badSecret,
                "the secret that the audit record was begun with is not here; put it back from where it is kept, or move "
                    + "\(folder.path) away and begin a new record",
                location: file.path
            )
        }
        let secret = AuditKey.generate()
        do {
            try FileManager.default.createDirectory(
                at: file.deletingLastPathComponent(),
                withIntermediateDirectories: true
            )
        } catch {
            throw AuditError(.storage, "the folder of the secret cannot be made", location: file.path, cause: error)
        }
        // Whole or not at all: another process may read it at any moment.
        let draft = file.deletingLastPathComponent()
            .appending(path: ".\(file.lastPathComponent).\(UUID().uuidString.prefix(8))")
        defer { unlink(draft.path) }
        let handle = try SystemFile(draft, O_WRONLY | O_CREAT | O_EXCL)
        try handle.store(Array((secret.reveal() + "\n").utf8), at: 0)
        try handle.synchronise()
        guard link(draft.path, file.path) == 0 else {
            guard errno == EEXIST, let key = try load(file) else {
                throw SystemFile.failure(errno, "cannot make", file)
            }
            return (key, false)
        }
        try SystemFile.synchroniseFolder(file.deletingLastPathComponent())
        return (try AuditKey(secret), true)
    }
}
