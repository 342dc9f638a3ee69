// What can go wrong with a lake or its ledger, said so that its owner can mend it.

import Foundation

/// An error of the lake, its locks or its ledger.
public struct LakeError: Error, Sendable, CustomStringConvertible {
    /// The kind of a ``LakeError``, for callers that branch on it.
    public struct Code: Sendable, Hashable, CustomStringConvertible {
        /// The kind's stable name, such as `read_only`.
        public let description: String

        private init(_ description: String) { self.description = description }

        /// Another process holds the lock.
        public static let locked = Code("locked")
        /// The server freed a lock that this process held, for its connection had broken.
        public static let lockLost = Code("lock_lost")
        /// The folder or the ledger cannot be written.
        public static let readOnly = Code("read_only")
        /// A file stands where a folder should be, or the other way round.
        public static let notAFolder = Code("not_a_folder")
        /// The disk (or quota) is full.
        public static let noSpace = Code("no_space")
        /// The ledger's file is damaged.
        public static let corruptLedger = Code("corrupt_ledger")
        /// The file is a sound SQLite database that some other program made.
        public static let notALedger = Code("not_a_ledger")
        /// The ledger or lake was written by a newer version of Lyceum.
        public static let migrationNewer = Code("migration_newer")
        /// This lake and this ledger do not belong together.
        public static let mismatch = Code("mismatch")
        /// The catalog has no such table.
        public static let unknownTable = Code("unknown_table")
        /// The ledger has no such run.
        public static let unknownRun = Code("unknown_run")
        /// The table has no such snapshot.
        public static let unknownSnapshot = Code("unknown_snapshot")
        /// The snapshot was there, and its files have been removed since.
        public static let expiredSnapshot = Code("expired_snapshot")
        /// A table, source, day or file name that has no place in the lake.
        public static let invalidName = Code("invalid_name")
        /// A publication that contradicts itself or the files it lists.
        public static let invalidPublication = Code("invalid_publication")
        /// Counts of a table where `in` is not `out + quarantined + deduplicated`.
        public static let unbalanced = Code("unbalanced")
        /// The table moved on since the snapshot that a publication was computed from.
        public static let conflict = Code("conflict")
        /// A legal hold forbids what was asked for.
        public static let held = Code("held")
        /// The ledger has no such hold.
        public static let unknownHold = Code("unknown_hold")
        /// A file that the catalog lists is gone.
        public static let missingFile = Code("missing_file")
        /// The place for backups has none, or not the one that was named.
        public static let unknownBackup = Code("unknown_backup")
        /// A manifest or object of a backup is gone or is not what was written.
        public static let damagedBackup = Code("damaged_backup")
        /// Something stands where a backup or a restored lake should go.
        public static let notEmpty = Code("not_empty")
        /// A restore into the lake was cut off.
        public static let unfinishedRestore = Code("unfinished_restore")
        /// The lake's data keys are wrapped by another master key than the one given, or by one when none is given.
        public static let wrongKey = Code("wrong_key")
        /// A master key or data key that is damaged, lost or not one at all.
        public static let badKey = Code("bad_key")
        /// The run has already ended.
        public static let runOver = Code("run_over")
        /// The ledger's server cannot be reached, or broke off and did not come back.
        public static let unavailable = Code("unavailable")
        /// The ledger's server refuses the user, or the connection would not be encrypted.
        public static let accessDenied = Code("access_denied")
        /// A bucket whose server cannot do what a lake needs.
        public static let unsupportedStore = Code("unsupported_store")
        /// Any other refusal of the operating system or of the ledger's database.
        public static let inputOutput = Code("input_output")
    }

    /// The kind of error.
    public let code: Code
    /// What happened, to what, and what to do about it.
    public let message: String
    /// The error underneath, if another component raised one.
    public let cause: (any Error)?
    /// The file, folder, table or run concerned.
    public let location: String?

    /// Describes an error of the lake.
    public init(_ code: Code, _ message: String, cause: (any Error)? = nil, location: String? = nil) {
        self.code = code
        self.message = message
        self.cause = cause
        self.location = location
    }

    /// `code: message (location)`.
    public var description: String {
        guard let location, !message.contains(location) else { return "\(code): \(message)" }
        return "\(code): \(message) (\(location))"
    }
}

extension LakeError {
    /// The error of a failed system call on a path.
    static func system(_ number: Int32, doing what: String, path: String) -> LakeError {
        let reason = String(cString: strerror(number))
        let cause = POSIXError(POSIXErrorCode(rawValue: number) ?? .EIO)
        switch number {
        case ENOSPC, EDQUOT:
            return LakeError(
                .noSpace,
                "The disk is full: cannot \(what) \(path). Free some space and run again; nothing was published.",
                cause: cause,
                location: path
            )
        case EROFS, EACCES, EPERM:
            return LakeError(
                .readOnly,
                "Cannot \(what) \(path): \(reason). Make the folder writable for this user, or name another one.",
                cause: cause,
                location: path
            )
        case ENOTDIR:
            return LakeError(
                .notAFolder,
                "Cannot \(what) \(path): part of the path is a file. Remove the file, or name another folder.",
                cause: cause,
                location: path
            )
        default:
            return LakeError(.inputOutput, "Cannot \(what) \(path): \(reason).", cause: cause, location: path)
        }
    }
}
