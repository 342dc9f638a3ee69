// What the databases' errors mean for the owner of the ledger.

import ADBC
import Foundation
import GRDB

extension LakeError {
    static func newerLedger(_ place: String) -> LakeError {
        LakeError(
            .migrationNewer,
            "The ledger \(place) was written by a newer version of Lyceum. Install that version, or a later one.",
            location: place
        )
    }

    /// The error that PostgreSQL's answer means.
    static func postgresql(_ error: any Error, doing what: String, place: String) -> any Error {
        guard let error = error as? ADBCError else { return error }
        func make(_ code: Code, _ what: String) -> LakeError {
            LakeError(code, what, cause: error, location: place)
        }
        let reason = error.message
        switch (error.code, error.sqlState ?? "") {
        case (.driverNotFound, _), (.notADriver, _), (.missingDependency, _):
            return make(.unavailable, "The ledger \(place) needs the PostgreSQL driver: \(reason)")
        case (.unauthenticated, _), (.unauthorized, _), (_, "42501"), (_, "28000"), (_, "28P01"):
            return make(
                .accessDenied,
                "Cannot \(what): the server of the ledger \(place) refuses the user (\(reason))."
            )
        case (_, "53100"):
            return make(
                .noSpace,
                "The server's disk is full: cannot \(what) in the ledger \(place). Free some space there."
            )
        case (_, "25006"):
            return make(
                .readOnly,
                "Cannot \(what): the server of the ledger \(place) is read-only; name the primary server."
            )
        case (_, "55P03"), (_, "40001"), (_, "40P01"):
            return make(
                .locked,
                "Cannot \(what): another process kept the ledger \(place) locked. Try again when it has ended."
            )
        case (_, "42P01"), (_, "42703"), (_, "XX001"), (_, "XX002"), (_, "3F000"):
            return make(
                .corruptLedger,
                "The ledger \(place) is damaged: cannot \(what) (\(reason)). Restore it from a backup; "
                    + "the Parquet files of the lake are not touched."
            )
        case (_, "3D000"):
            return make(
                .unavailable,
                "The ledger's database does not exist on its server (\(reason)). Create it first."
            )
        default:
            // While connecting, the driver gives the server's text without its code.
            if ["authentication failed", "pg_hba.conf"].contains(where: reason.contains) {
                return make(
                    .accessDenied,
                    "Cannot \(what): the server of the ledger \(place) refuses the user (\(reason))."
                )
            }
            if error.breaksConnection || error.code == .io || error.code == .timeout {
                return make(
                    .unavailable,
                    "Cannot \(what): the server of the ledger \(place) cannot be reached (\(reason)). "
                        + "Check that it runs and that the URI is right; nothing was published."
                )
            }
            return make(.inputOutput, "Cannot \(what) in the ledger \(place): \(reason)")
        }
    }

    /// The error that SQLite's answer means for the owner of the ledger.
    static func sqlite(_ error: any Error, doing what: String, path: String) -> any Error {
        guard let error = error as? DatabaseError else { return error }
        let reason = error.message ?? "SQLite code \(error.resultCode.rawValue)"
        switch error.resultCode {
        case .SQLITE_CORRUPT, .SQLITE_NOTADB:
            return LakeError(
                .corruptLedger,
                "The ledger \(path) is damaged: cannot \(what) (\(reason)). Restore it from a backup; "
                    + "the Parquet files of the lake are not touched.",
                cause: error,
                location: path
            )
        case .SQLITE_FULL:
            return LakeError(
                .noSpace,
                "The disk is full: cannot \(what) in the ledger \(path). Free some space and run again.",
                cause: error,
                location: path
            )
        case .SQLITE_READONLY, .SQLITE_PERM, .SQLITE_AUTH:
            return LakeError(
                .readOnly,
                "Cannot \(what): the ledger \(path) cannot be written. Make the file and its folder writable.",
                cause: error,
                location: path
            )
        case .SQLITE_BUSY, .SQLITE_LOCKED:
            return LakeError(
                .locked,
                "Cannot \(what): another process kept the ledger \(path) locked. Try again when it has ended.",
                cause: error,
                location: path
            )
        case .SQLITE_CANTOPEN:
            return LakeError(
                .readOnly,
                "Cannot open the ledger \(path): \(reason). Check that its folder exists and may be written.",
                cause: error,
                location: path
            )
        default:
            return LakeError(
                .inputOutput,
                "Cannot \(what) in the ledger \(path): \(reason).",
                cause: error,
                location: path
            )
        }
    }
}
