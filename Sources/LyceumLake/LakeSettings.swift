// Which lake, and which ledger goes with it.

import Foundation

/// Where a lake's files are kept.
public enum LakePlace: Sendable, Hashable, CustomStringConvertible {
    /// A folder on this machine.
    case folder(URL)

    /// The folder's path.
    public var description: String {
        switch self {
        case .folder(let url): url.path(percentEncoded: false)
        }
    }
}

/// Everything that opening a lake takes.
public struct LakeSettings: Sendable {
    /// Where its files are.
    public var place: LakePlace
    /// Where its ledger is.
    public var ledger: LedgerLocation
    /// The master key of an encrypted lake.
    public var masterKey: MasterKeySettings?

    /// Names a lake and its ledger.
    public init(place: LakePlace, ledger: LedgerLocation, masterKey: MasterKeySettings? = nil) {
        self.place = place
        self.ledger = ledger
        self.masterKey = masterKey
    }

    /// A folder on this machine for what the engine of this process does not hold in memory; cleared after a crash.
    public var spill: URL {
        switch place {
        case .folder(let url):
            url.appending(
                path: "\(LakeLayout.stagingFolder)/_spill-\(ProcessInfo.processInfo.processIdentifier)",
                directoryHint: .isDirectory
            )
        }
    }

    /// Names a lake in a folder and its ledger's file.
    public init(folder: URL, ledger: URL) {
        self.init(place: .folder(folder), ledger: .file(ledger))
    }
}
