// What `lyceum.yaml` says, as values.

import Foundation
import LyceumAccess
import LyceumCore
import LyceumLake
import LyceumSources

/// The configuration of one Lyceum installation.
public struct Configuration: Sendable {
    /// The file it was read from.
    public var file: URL
    /// The lake and its ledger.
    public var lake: LakeSettings
    /// The folder of search snapshots.
    public var index: URL
    /// How many search snapshots to keep, the current one among them.
    public var indexVersionsKept: Int
    /// The folder of a sentence encoder that snapshots are made with beside the bundled model; nil for that one alone.
    public var indexEncoder: URL?
    /// The embedded engine's share of the machine.
    public var engine: DuckDBEngine.Limits
    /// The Spark cluster that builds the models; nil when the embedded engine does.
    public var spark: SparkSettings?
    /// Sources by configured name, in the file's order.
    public var sources: [SourceSettings]
    /// Where the catalog is mirrored, if anywhere.
    public var glue: GlueSettings?
    /// What may change in the sources' tables.
    public var contracts = ContractSettings()
    /// What concerns the rights of the people in the lake.
    public var privacy: PrivacySettings
    /// The record of who looked at whose data.
    public var audit: AuditSettings
    /// When small files are merged.
    public var compaction = CompactionSettings()
    /// How long rows are kept.
    public var retention = RetentionSettings()
    /// When objects on S3 move to cheaper storage.
    public var tiers = TierSettings()
    /// The HTTP server.
    public var server: ServerSettings

    /// One configured source.
    public enum SourceSettings: Sendable {
        /// A student information system reached over ADBC.
        case oracle(OracleConfiguration)
        /// Workday's REST API.
        case workday(WorkdayConfiguration)
        /// Tableau Server or Cloud.
        case tableau(TableauConfiguration)
        /// A folder of exported files.
        case files(FilesConfiguration)
        /// Any REST interface that answers in JSON.
        case rest(RESTConfiguration)

        /// The configured name, which is also the `source=` partition.
        public var name: String {
            switch self {
            case .oracle(let configuration): configuration.name
            case .workday(let configuration): configuration.name
            case .tableau(let configuration): configuration.name
            case .files(let configuration): configuration.name
            case .rest(let configuration): configuration.name
            }
        }
    }

    /// What concerns the rights of the people in the lake.
    public struct PrivacySettings: Sendable {
        /// The key of erasures, if it is not kept in a file of its own.
        public var key: Secret?
        /// The file of the key of erasures, made by the first erasure.
        public var keyFile: URL
        /// The folder of erasures' receipts.
        public var receipts: URL
        /// The legal basis of processing by table (`clean.students` or `students`), `default` for all others.
        public var legalBasis: [String: String] = [:]
        /// Who receives data beside those whom the configuration shows.
        public var recipients: [String] = []

        /// Settings of an installation in a folder.
        public init(folder: URL) {
            keyFile = folder.appending(path: "erasure.key")
            receipts = folder.appending(path: "receipts", directoryHint: .isDirectory)
        }
    }
}
