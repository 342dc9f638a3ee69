// Which lake, and which ledger goes with it.

import Foundation
import LyceumAWS
import LyceumCore

/// Where a lake's files are kept.
public enum LakePlace: Sendable, Hashable, CustomStringConvertible {
    /// A folder on this machine.
    case folder(URL)
    /// A bucket, or a part of one.
    case s3(S3Location)

    /// The path below the bucket; empty for a folder and for a whole bucket.
    public var prefix: String {
        if case .s3(let s3) = self { s3.prefix } else { "" }
    }

    /// The folder's path, or `s3://bucket/prefix`.
    public var description: String {
        switch self {
        case .folder(let url): url.path(percentEncoded: false)
        case .s3(let s3): s3.description
        }
    }
}

/// Everything that opening a lake takes.
public struct LakeSettings: Sendable {
    /// Where its files are.
    public var place: LakePlace
    /// Where its ledger is.
    public var ledger: LedgerLocation
    /// Credentials for the bucket of a lake in S3, where they are not to be looked for as AWS's own tools do.
    public var credentials: CredentialsChain?
    /// The master key of an encrypted lake.
    public var masterKey: MasterKeySettings?

    /// Names a lake and its ledger.
    public init(place: LakePlace, ledger: LedgerLocation, masterKey: MasterKeySettings? = nil) {
        self.place = place
        self.ledger = ledger
        self.masterKey = masterKey
    }

    /// The store of the lake's files; nothing is read or written yet.
    ///
    /// - Throws: ``LakeError`` with code `invalid_name` for a bucket's address that cannot work.
    public func store() throws -> any ObjectStore {
        switch place {
        case .folder: LocalStore(root: LakeLayout(root: local).root)
        case .s3(let s3): try S3Store(s3, credentials: credentials)
        }
    }

    /// A folder on this machine for what belongs to the lake and not to its files: a lake in a folder has it inside, and one in
    /// a bucket has it beside its ledger's file, or where this machine keeps temporary files.
    public var local: URL {
        switch (place, ledger) {
        case (.folder(let url), _): return url
        case (.s3, .file(let file)):
            return file.deletingLastPathComponent()
                .appending(path: file.lastPathComponent + ".lake", directoryHint: .isDirectory)
        case (.s3(let s3), .postgresql):
            let name = ContentHash.of(parts: [s3.description]).prefix(16)
            return FileManager.default.temporaryDirectory
                .appending(path: "lyceum-\(name)", directoryHint: .isDirectory)
        }
    }

    /// A folder on this machine for what the engine of this process does not hold in memory; cleared after a crash.
    public var spill: URL {
        local.appending(
            path: "\(LakeLayout.stagingFolder)/_spill-\(ProcessInfo.processInfo.processIdentifier)",
            directoryHint: .isDirectory
        )
    }

    /// Names a lake in a folder and its ledger's file.
    public init(folder: URL, ledger: URL) {
        self.init(place: .folder(folder), ledger: .file(ledger))
    }
}
