// The keys that data files are encrypted with, and which tables have them.

import Crypto
import Foundation
import LyceumCore

/// One key for data files, opened: 32 random bytes under a name.
public struct DataKey: Sendable, Hashable {
    /// `<zone>.<table>#<version>`, which the ledger notes for each file.
    public let name: String
    /// The key in base64, as the engine takes it.
    public let secret: Secret

    init(name: String, bytes: Data) {
        self.name = name
        secret = Secret(bytes.base64EncodedString())
    }

    /// 32 bytes of the system's generator.
    static func randomBytes() -> Data { SymmetricKey(size: .bits256).withUnsafeBytes { Data($0) } }

    static func name(of table: TableID, version: Int) -> String { "\(table)#\(version)" }
}

extension TableID {
    /// Whether a table with these columns holds data about people: any column that is tagged so, all of quarantine, and
    /// every table whose columns nobody has described.
    public func holdsPersonalData(columns: [ColumnDescription]) -> Bool {
        zone == .quarantine || columns.isEmpty || columns.contains { $0.pii != .none }
    }
}
