// Whether a record could be written to and begins and ends as it should, without changing it: for `lyceum doctor`.

import Foundation

/// The condition of a record at a glance.
public struct AuditCondition: Sendable, Hashable {
    /// Whether entries can be recorded, as far as can be seen without recording one.
    public var isSound: Bool
    /// What was found.
    public var finding: String
    /// How to mend it.
    public var mend: String?

    /// Looks at a record: who may read it, where it ends, whether that fits its signed head. Reads the end only.
    ///
    /// - Parameters:
    ///   - folder: the record's folder.
    ///   - key: the record's key; nil if none was made yet.
    public static func look(at folder: URL, key: AuditKey?) -> AuditCondition {
        do {
            return try examine(folder, key)
        } catch {
            return AuditCondition(isSound: false, finding: error.description, mend: "run `lyceum audit verify`")
        }
    }

    private static func examine(_ folder: URL, _ key: AuditKey?) throws(AuditError) -> AuditCondition {
        guard let oldest = try RecordFolder(folder).files().first else {
            return AuditCondition(isSound: true, finding: "no record yet; the first look at a student begins it")
        }
        for path in [folder.path] + (try RecordFolder(folder).files().map(\.url.path)) {
            let attributes = try? FileManager.default.attributesOfItem(atPath: path)
            guard let mode = attributes?[.posixPermissions] as? NSNumber, mode.uint16Value & 0o027 != 0 else {
                continue
            }
            return AuditCondition(
                isSound: false,
                finding: "others may read or change \(path)",
                mend: "chmod -R go-rwx \(folder.path)"
            )
        }
        guard access(folder.path, W_OK) == 0 else {
            return AuditCondition(
                isSound: false,
                finding: "\(folder.path) cannot be written to, so that no student's data can be shown",
                mend: "give this user the right to write there, or name another folder in 'audit.folder'"
            )
        }
        guard let key else {
            return AuditCondition(
                isSound: false,
                finding: "there is a record in \(folder.path), but not the secret that it was begun with",
                mend: "put the secret back"
            )
        }
        if let identity = try RecordIdentity.read(from: oldest), identity.publicKey != key.publicKey {
            return AuditCondition(
                isSound: false,
                finding: "the record in \(folder.path) was begun with another secret",
                mend: "put that secret back, or name another folder in 'audit.folder'"
            )
        }
        // The head first: what a running server appends meanwhile is only more than it names.
        let present = try AuditHead.read(in: folder)
        let last = try AuditReader(folder, key: key).head()
        guard let head = present, let verifier = CheckpointVerifier(publicKey: key.publicKey),
            head.isValid(chain: head.chain, by: verifier), head.sequence <= last.sequence
        else {
            return AuditCondition(
                isSound: false,
                finding: "the record ends at line \(last.sequence), which does not fit its signed head",
                mend: "run `lyceum audit verify`"
            )
        }
        return AuditCondition(
            isSound: true,
            finding: "\(last.sequence) lines in \(folder.path), the end as it was signed"
        )
    }
}
