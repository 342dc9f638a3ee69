// What a bucket is told of the lake: lifecycle rules and replication, in the JSON that S3's own tools take.

import Foundation
import LyceumCore
import LyceumLake

/// The input of `PutBucketLifecycleConfiguration`.
public struct LifecycleConfiguration: Sendable, Hashable, Codable {
    /// One rule over the objects below a prefix.
    public struct Rule: Sendable, Hashable, Codable {
        /// Which objects a rule is for.
        public struct Filter: Sendable, Hashable, Codable {
            /// What their keys begin with.
            public var prefix: String

            enum CodingKeys: String, CodingKey { case prefix = "Prefix" }
        }

        /// A move to another storage class.
        public struct Transition: Sendable, Hashable, Codable {
            /// Days since the object was written.
            public var days: Int
            /// The storage class.
            public var storageClass: String

            enum CodingKeys: String, CodingKey {
                case days = "Days"
                case storageClass = "StorageClass"
            }
        }

        /// A removal.
        public struct Expiration: Sendable, Hashable, Codable {
            /// Days since the object was written.
            public var days: Int

            enum CodingKeys: String, CodingKey { case days = "Days" }
        }

        /// The removal of versions that are no longer current, in a bucket that keeps versions.
        public struct NoncurrentExpiration: Sendable, Hashable, Codable {
            /// Days since the version was superseded.
            public var days: Int

            enum CodingKeys: String, CodingKey { case days = "NoncurrentDays" }
        }

        /// The end of uploads that were begun and never completed.
        public struct AbortUploads: Sendable, Hashable, Codable {
            /// Days since the upload began.
            public var days: Int

            enum CodingKeys: String, CodingKey { case days = "DaysAfterInitiation" }
        }

        /// The rule's name.
        public var id: String
        /// Always `Enabled`.
        public var status = "Enabled"
        /// Which objects it is for.
        public var filter: Filter
        /// Moves to other storage classes.
        public var transitions: [Transition]?
        /// Removal.
        public var expiration: Expiration?
        /// Removal of superseded versions.
        public var noncurrentExpiration: NoncurrentExpiration?
        /// The end of broken uploads.
        public var abortUploads: AbortUploads?

        enum CodingKeys: String, CodingKey {
            case id = "ID"
            case status = "Status"
            case filter = "Filter"
            case transitions = "Transitions"
            case expiration = "Expiration"
            case noncurrentExpiration = "NoncurrentVersionExpiration"
            case abortUploads = "AbortIncompleteMultipartUpload"
        }
    }

    /// The rules.
    public var rules: [Rule]

    enum CodingKeys: String, CodingKey { case rules = "Rules" }

    /// Days after which a broken upload's parts are no longer paid for.
    static let uploadDays = 7
    /// How much later than `lyceum lake retain` the bucket removes history: the ledger must know first.
    static let expiryMargin = 30

    /// Rules for a lake's tables.
    ///
    /// Raw data and quarantine move to infrequent access and to the archive that answers at once; they stay readable by
    /// every query. What is built from them is written anew too often to move. History expires some time after
    /// `lyceum lake retain` would have removed it, as the net below it. Current files never expire by themselves: what of
    /// them is past its time depends on the rows. The history of a table under legal hold (of every table with personal
    /// columns, while a person is under one) has no expiry, and then no superseded version of an object has one either.
    public init(
        prefix: String,
        tables: [TableSummary],
        holds: [Hold],
        retention: RetentionSettings,
        tiers: TierSettings
    ) {
        let base = prefix.isEmpty || prefix.hasSuffix("/") ? prefix : prefix + "/"
        let heldTables = Set(holds.filter { $0.scope == .table }.map(\.target))
        let holdsPerson = holds.contains { $0.scope == .subject }
        func isHeld(_ table: TableSummary) -> Bool {
            heldTables.contains("\(table.id)") || holdsPerson && table.columns.contains { $0.pii != .none }
        }
        let tiering = [
            Rule.Transition(days: tiers.infrequentAfter, storageClass: "STANDARD_IA"),
            Rule.Transition(days: tiers.archiveAfter, storageClass: "GLACIER_IR"),
        ]
        let deep = tiers.deepArchiveAfter.map { [Rule.Transition(days: $0, storageClass: "DEEP_ARCHIVE")] } ?? []
        let expiry = retention.history.days + Self.expiryMargin
        var rules = [
            Rule(
                id: "lyceum-uploads",
                filter: .init(prefix: base),
                noncurrentExpiration: holds.isEmpty ? .init(days: Self.expiryMargin) : nil,
                abortUploads: .init(days: Self.uploadDays)
            )
        ]
        for zone in [Zone.raw, .quarantine] {
            rules.append(
                Rule(
                    id: "lyceum-\(zone.rawValue)",
                    filter: .init(prefix: "\(base)\(zone.rawValue)/"),
                    transitions: tiering
                )
            )
        }
        for table in tables.sorted(by: { $0.id < $1.id }) {
            // A move to another class a few days before the end costs more than it saves.
            let moves = (tiering + deep).filter { isHeld(table) || $0.days + Self.expiryMargin <= expiry }
            rules.append(
                Rule(
                    id: "lyceum-history-\(table.id)",
                    filter: .init(prefix: "\(base)_history/\(table.id.zone.rawValue)/\(table.id.name)/"),
                    transitions: moves.isEmpty ? nil : moves,
                    expiration: isHeld(table) ? nil : .init(days: expiry)
                )
            )
        }
        // A rule must do something.
        self.rules = rules.filter { $0.transitions != nil || $0.expiration != nil || $0.abortUploads != nil }
    }
}

/// The input of `PutBucketReplication`: every object of the lake copied to a bucket elsewhere, deletions too.
public struct ReplicationConfiguration: Sendable, Hashable, Codable {
    /// The role that S3 copies as.
    public let role: String
    /// The one rule.
    public let rules: [Rule]

    /// One rule over the objects below a prefix.
    public struct Rule: Sendable, Hashable, Codable {
        /// Whether something is done.
        public struct Switch: Sendable, Hashable, Codable {
            /// `Enabled` or `Disabled`.
            public var status: String

            enum CodingKeys: String, CodingKey { case status = "Status" }
        }

        /// Where copies go.
        public struct Destination: Sendable, Hashable, Codable {
            /// The bucket's ARN.
            public var bucket: String

            enum CodingKeys: String, CodingKey { case bucket = "Bucket" }
        }

        /// The rule's name.
        public var id = "lyceum-lake"
        /// Always `Enabled`.
        public var status = "Enabled"
        /// Which rule wins where several apply.
        public var priority = 1
        /// Which objects it is for.
        public var filter: LifecycleConfiguration.Rule.Filter
        /// Where copies go.
        public var destination: Destination
        /// Deletions are copied, so that a person who was erased is erased there too.
        public var deleteMarkers = Switch(status: "Enabled")

        enum CodingKeys: String, CodingKey {
            case id = "ID"
            case status = "Status"
            case priority = "Priority"
            case filter = "Filter"
            case destination = "Destination"
            case deleteMarkers = "DeleteMarkerReplication"
        }
    }

    enum CodingKeys: String, CodingKey {
        case role = "Role"
        case rules = "Rules"
    }

    /// A rule for a lake below a prefix.
    ///
    /// - Parameters:
    ///   - bucket: the ARN of the bucket that copies go to, which must keep versions like the lake's own.
    ///   - role: the ARN of the role that S3 copies as.
    public init(prefix: String, to bucket: String, role: String) {
        let base = prefix.isEmpty || prefix.hasSuffix("/") ? prefix : prefix + "/"
        self.role = role
        rules = [Rule(filter: .init(prefix: base), destination: .init(bucket: bucket))]
    }
}

extension Pipeline {
    /// The lifecycle rules for the lake as it is, with the legal holds in force.
    ///
    /// - Parameter prefix: the lake's prefix in its bucket.
    public func lifecycle(prefix: String) async throws -> LifecycleConfiguration {
        let lake = try await openLake()
        return LifecycleConfiguration(
            prefix: prefix,
            tables: try await lake.ledger.tables(),
            holds: try await lake.ledger.holds(),
            retention: retention,
            tiers: configuration.tiers
        )
    }
}
