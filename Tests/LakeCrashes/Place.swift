// One lake of the suite, its ledger and its backups, in a folder; and what is seen in it.

import Foundation
import LyceumCore
import LyceumLake

/// A folder with a lake, its ledger and a vault; lake and vault stand in a bucket if one is named.
struct Place: Sendable {
    let folder: URL

    init(_ path: String) { folder = URL(filePath: path, directoryHint: .isDirectory) }

    var path: String { folder.path(percentEncoded: false) }

    /// The variable that names a PostgreSQL server; its ledger is then used instead of a file.
    static let server = "LAKE_CRASHES_POSTGRESQL"
    /// The variable that names a bucket, `s3://bucket`; server and credentials are found as AWS's own tools do.
    static let bucket = "LAKE_CRASHES_BUCKET"

    static func variable(_ name: String) -> String? { ProcessInfo.processInfo.environment[name] }

    /// Where the lake and the backups stand: below the folder, or in the bucket below a name of the folder's own.
    private func place(_ name: String) -> LakePlace {
        let url = Self.variable(Self.bucket).map { "\($0)/\(ContentHash.of(path).prefix(12))/\(name)" }
        if let s3 = url.flatMap({ S3Location(url: $0) }) { return .s3(s3) }
        return .folder(folder.appending(path: name, directoryHint: .isDirectory))
    }

    private func settings(_ name: String) -> LakeSettings {
        LakeSettings(place: place(name + "lake"), ledger: .file(folder.appending(path: name + "ledger.sqlite")))
    }

    var settings: LakeSettings {
        var settings = settings("")
        if let uri = Self.variable(Self.server) { settings.ledger = .postgresql(uri: Secret(uri), schema: schema) }
        return settings
    }

    /// A schema of its own for each folder, whichever process asks.
    private var schema: String { "crashes_\(ContentHash.of(path).prefix(12))" }

    /// Where the newest backup is restored to.
    var restored: LakeSettings { settings("restored/") }

    /// The file of the restored lake's ledger.
    var restoredLedger: String { folder.appending(path: "restored/ledger.sqlite").path(percentEncoded: false) }

    /// A lake of its own beside these, for comparison.
    var reference: LakeSettings { settings("reference/") }

    var vault: BackupVault {
        get throws { BackupVault(try LakeSettings(place: place("vault"), ledger: restored.ledger).store()) }
    }

    /// Makes another place the same as this one.
    func copy(to other: Place) async throws {
        try? FileManager.default.removeItem(at: other.folder)
        try FileManager.default.copyItem(at: folder, to: other.folder)
        if let uri = Self.variable(Self.server) { try copyLedger(to: other, on: uri) }
        guard Self.variable(Self.bucket) != nil else { return }
        try await other.restored.store().removeAll(below: "")
        for (from, to) in try [(settings.store(), other.settings.store()), (vault.store, other.vault.store)] {
            try await to.removeAll(below: "")
            for object in try await from.list(below: "") {
                if let data = try await from.read(object.key) { try await to.write(object.key, data) }
            }
        }
    }

    /// Copies a schema with everything in it, sequences included, by the server's own tools.
    private func copyLedger(to other: Place, on uri: String) throws {
        let process = Process()
        process.executableURL = URL(filePath: "/bin/bash")
        process.arguments = [
            "-c",
            """
            set -euo pipefail
            { echo "DROP SCHEMA IF EXISTS $2 CASCADE;"; pg_dump --schema="$1" --dbname="$URI" | sed "s/$1/$2/g"; } |
                psql --quiet --no-psqlrc --set ON_ERROR_STOP=1 --output /dev/null "$URI"
            """,
            "copy-ledger", schema, other.schema,
        ]
        let variables = ["URI": uri, "PGOPTIONS": "-c client_min_messages=error"]
        process.environment = ProcessInfo.processInfo.environment.merging(variables) { $1 }
        try process.run()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else {
            throw SuiteError("the ledger's schema cannot be copied by pg_dump and psql: apt-get install postgresql")
        }
    }

    /// Removes one of the further lakes.
    func remove(_ settings: LakeSettings) async throws {
        try await settings.store().removeAll(below: "")
        guard case .file(let ledger) = settings.ledger else { return }
        try? FileManager.default.removeItem(at: ledger.deletingLastPathComponent())
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
