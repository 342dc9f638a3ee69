// One lake of the suite, its ledger and its backups, in a folder; and what is seen in it.

import Foundation
import LyceumCore
import LyceumLake

/// A folder with a lake, its ledger and a vault.
struct Place: Sendable {
    let folder: URL

    init(_ path: String) { folder = URL(filePath: path, directoryHint: .isDirectory) }

    var path: String { folder.path(percentEncoded: false) }
    var vaultFolder: URL { folder.appending(path: "vault", directoryHint: .isDirectory) }

    /// The variable that names a PostgreSQL server; its ledger is then used instead of a file.
    static let server = "LAKE_CRASHES_POSTGRESQL"

    var settings: LakeSettings {
        let lake = folder.appending(path: "lake")
        // A schema of its own for each folder, whichever process asks.
        guard let uri = ProcessInfo.processInfo.environment[Self.server] else {
            return LakeSettings(folder: lake, ledger: folder.appending(path: "ledger.sqlite"))
        }
        let schema = "crashes_\(ContentHash.of(path).prefix(12))"
        return LakeSettings(place: .folder(lake), ledger: .postgresql(uri: Secret(uri), schema: schema))
    }

    /// Where the newest backup is restored to.
    var restored: LakeSettings {
        LakeSettings(
            folder: folder.appending(path: "restored/lake"),
            ledger: folder.appending(path: "restored/ledger.sqlite")
        )
    }

    func copy(to other: Place) throws {
        try? FileManager.default.removeItem(at: other.folder)
        try FileManager.default.copyItem(at: folder, to: other.folder)
    }

    /// The file of the restored lake's ledger.
    var restoredLedger: String { folder.appending(path: "restored/ledger.sqlite").path(percentEncoded: false) }

    func remove(_ name: String) {
        try? FileManager.default.removeItem(at: folder.appending(path: name))
    }

    static let tables = [TableID(.raw, "events"), TableID(.clean, "events"), TableID(.curated, "summary")]
}

/// The rows of every table, current and in each snapshot that can be read, as counts and order-free checksums.
struct Sight: Equatable, CustomStringConvertible {
    private var tables: [String: String] = [:]

    init(_ lake: Lake) async throws {
        for table in try await lake.ledger.tables() {
            for snapshot in try await lake.ledger.history(of: table.id) where snapshot.expiredAt == nil {
                var rows = 0
                var sum: UInt64 = 0
                let name = snapshot.isCurrent ? "\(table.id)" : "\(table.id)@\(snapshot.id)"
                for file in try await lake.files(table.id, at: snapshot.id) {
                    guard let text = try await lake.store.read(Sight.key(of: file, in: lake)) else {
                        throw SuiteError("\(file.path) of \(name) is not there")
                    }
                    for line in text.split(separator: UInt8(ascii: "\n")) {
                        rows += 1
                        // FNV-1a, 64 bits; sums do not depend on the rows' order.
                        sum &+= line.reduce(0xcbf2_9ce4_8422_2325) { ($0 ^ UInt64($1)) &* 0x0000_0100_0000_01b3 }
                    }
                }
                guard Int64(rows) == snapshot.rows else {
                    throw SuiteError("\(name) has \(rows) rows, and its snapshot \(snapshot.rows)")
                }
                tables[name] = "\(snapshot.id) \(rows) \(String(sum, radix: 16))"
            }
        }
    }

    /// Where a file of the catalog is, relative to the lake.
    static func key(of file: LakeFile, in lake: Lake) -> String {
        String(file.data.location.dropFirst(lake.store.location(of: "").count)).trimmingPrefix("/").description
    }

    var description: String {
        tables.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value)" }.joined(separator: "; ")
    }
}

extension Lake {
    /// Files in zones and history that no readable snapshot has, and those that one has and that are not there.
    func strays() async throws -> [String] {
        var live: Set<String> = []
        for table in try await ledger.tables() {
            for snapshot in try await ledger.history(of: table.id) where snapshot.expiredAt == nil {
                for file in try await files(table.id, at: snapshot.id) { live.insert(Sight.key(of: file, in: self)) }
            }
        }
        var found: Set<String> = []
        for folder in Zone.allCases.map(\.rawValue) + ["_history", "_staging"] {
            for object in try await store.list(below: folder) { found.insert(object.key) }
        }
        return found.symmetricDifference(live).sorted()
    }
}

struct SuiteError: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}
