// The catalog, mirrored in AWS Glue so that Athena and Spark find the tables by name.

import Foundation
import Logging
import LyceumAWS
import LyceumCore

/// Where the catalog is mirrored.
public struct GlueSettings: Sendable, Hashable {
    /// The database in Glue.
    public var database: String
    /// The region.
    public var region: String
    /// Another address than AWS's.
    public var endpoint: String?
    /// `s3://bucket/folder/`, where Athena finds the lake's zones.
    public var location: String
    /// Whether tables are listed whose files are encrypted, which Athena cannot read; they are marked by a parameter.
    public var includesEncrypted: Bool

    /// Names a database.
    ///
    /// - Throws: ``LakeError`` with code `invalid_name` for a location that is not on S3.
    public init(
        database: String,
        region: String,
        endpoint: String? = nil,
        location: String,
        includesEncrypted: Bool = false
    ) throws {
        guard location.hasPrefix("s3://"), location.count > 5 else {
            throw LakeError(.invalidName, "Glue needs the lake's place on S3 (s3://bucket/folder), not '\(location)'.")
        }
        self.database = database
        self.region = region
        self.endpoint = endpoint
        self.location = location.hasSuffix("/") ? location : location + "/"
        self.includesEncrypted = includesEncrypted
    }
}

/// What a mirroring changed.
public struct GlueChanges: Sendable, Hashable, Codable {
    /// Tables that were made, by their names in Glue.
    public var created: [String] = []
    /// Tables whose definition or partitions changed.
    public var updated: [String] = []
    /// Tables that were removed: they are no longer in the catalog, or encrypted by now.
    public var removed: [String] = []
    /// Tables that are left out because they are encrypted.
    public var encrypted: [String] = []

    /// Whether Glue was up to date.
    public var isEmpty: Bool { created.isEmpty && updated.isEmpty && removed.isEmpty }
}

/// Brings Glue in line with the catalog. What it needs to know of its last time stands in Glue itself: each table has a
/// parameter with the fingerprint of its definition and partitions, written last, so that whatever stops half-way is
/// caught up the next time.
public struct GlueMirror: Sendable {
    private let settings: GlueSettings
    private let glue: GlueClient

    /// A mirror that asks for credentials where AWS's own tools do.
    ///
    /// - Throws: `AWSError` for an endpoint that cannot be one.
    public init(_ settings: GlueSettings, logger: Logger = Logger(label: "lyceum.glue")) throws {
        try self.init(settings, credentials: CredentialsChain(region: settings.region, logger: logger), logger: logger)
    }

    init(_ settings: GlueSettings, credentials: CredentialsChain, logger: Logger) throws {
        self.settings = settings
        glue = try GlueClient(
            ServiceConfiguration(region: settings.region, endpoint: settings.endpoint),
            credentials: credentials,
            logger: logger
        )
    }

    /// Mirrors the lake as it is now. Without changes it costs one request for each hundred tables.
    ///
    /// - Throws: `AWSError`; what was not done is done the next time.
    public func update(from lake: Lake) async throws -> GlueChanges {
        let catalog = try await lake.ledger.catalog(at: .now, store: lake.store)
        var changes = GlueChanges()
        var wanted: [GlueDefinition] = []
        for (id, table) in catalog.tables.sorted(by: { $0.key < $1.key }) where table.summary.snapshot != nil {
            let isEncrypted = table.files.contains { $0.data.key != nil }
            if isEncrypted, !settings.includesEncrypted {
                changes.encrypted.append(GlueDefinition.name(of: id))
            } else {
                wanted.append(GlueDefinition(table, location: settings.location))
            }
        }
        let known = try await knownTables()
        let names = Set(wanted.map(\.table.name))
        for definition in wanted {
            let before = known[definition.table.name]
            let fingerprint = GlueDefinition.fingerprintParameter
            if let before, before.parameters?[fingerprint] == definition.table.parameters?[fingerprint] { continue }
            try await bring(definition, before: before)
            if before == nil {
                changes.created.append(definition.table.name)
            } else {
                changes.updated.append(definition.table.name)
            }
        }
        // Only what this mirror has made: others may keep tables of their own in the database.
        for (name, table) in known.sorted(by: { $0.key < $1.key })
        where !names.contains(name) && table.parameters?[GlueDefinition.fingerprintParameter] != nil {
            try await glue.deleteTable(name, in: settings.database)
            changes.removed.append(name)
        }
        return changes
    }

    private func knownTables() async throws -> [String: GlueTable] {
        do {
            return Dictionary(try await glue.tables(in: settings.database).map { ($0.name, $0) }) { first, _ in first }
        } catch let error as AWSError where error.code == .notFound {
            try await glue.createDatabase(settings.database, description: "Lyceum's lake at \(settings.location)")
            try await glue.createRegistry(settings.database, description: "Schemas of Lyceum's lake")
            return [:]
        }
    }

    private func bring(_ definition: GlueDefinition, before: GlueTable?) async throws {
        let table = definition.table
        _ = try await glue.register(definition.schema, as: table.name, in: settings.database)
        var there: [GluePartition] = []
        if let before {
            guard before.partitionKeys ?? [] == table.partitionKeys ?? [] else {
                // Glue does not change partition keys.
                try await glue.deleteTable(table.name, in: settings.database)
                return try await bring(definition, before: nil)
            }
            there = try await glue.partitions(of: table.name, in: settings.database)
        } else {
            // Without the fingerprint, until the partitions are there as well.
            var unfinished = table
            unfinished.parameters?[GlueDefinition.fingerprintParameter] = "unfinished"
            try await glue.createTable(unfinished, in: settings.database)
        }
        let wanted = Dictionary(definition.partitions.map { ($0.values, $0) }) { first, _ in first }
        let known = Dictionary(there.map { ($0.values, $0) }) { first, _ in first }
        let gone = known.keys.filter { wanted[$0] == nil }.sorted { $0.lexicographicallyPrecedes($1) }
        try await glue.deletePartitions(gone, of: table.name, in: settings.database)
        let new = definition.partitions.filter { known[$0.values] == nil }
        try await glue.createPartitions(new, of: table.name, in: settings.database)
        for partition in definition.partitions {
            guard let old = known[partition.values], old != partition else { continue }
            try await glue.updatePartition(partition, of: table.name, in: settings.database)
        }
        try await glue.updateTable(table, in: settings.database)
    }
}
