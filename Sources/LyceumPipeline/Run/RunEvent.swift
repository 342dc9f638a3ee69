// What a run tells while it works, and what it says at the end.

import Foundation
import LyceumCore
import LyceumSources

/// A step of a run, for progress bars and logs. Carries counts and names, never rows.
public enum RunEvent: Sendable {
    /// The run holds the lock and has an id.
    case started(RunID)
    /// Rows of a source's table have arrived so far.
    case extracting(source: String, table: String, rows: Int64)
    /// A source's table has been compared with the lake; `counts.rowsOut` rows are new.
    case extracted(source: String, table: String, counts: RowCounts, seconds: Double)
    /// Something a source's owner should know (schema drift, a skipped file).
    case notice(String)
    /// A model's build begins.
    case building(table: String, zone: Zone)
    /// Which part of a model's build is under way; each is a statement of the engine, or a few. `tasks` is how far the
    /// statement is, once that is known.
    case buildStep(table: String, zone: Zone, step: BuildStep, tasks: TaskCounts?)
    /// A model has been built.
    case built(TableOutcome)
    /// All is ready; the catalog is being switched.
    case publishing(tables: Int)
    /// Documents of a collection are in the new search snapshot so far.
    case indexing(collection: String, documents: Int)
    /// The search snapshot is live.
    case indexed(IndexSummary)
}

/// The parts of a model's build, in order.
public enum BuildStep: String, Sendable {
    /// Its SELECT is run, with the tests of single rows.
    case rows = "rows and their tests"
    /// Rows that broke a rule are written to quarantine.
    case quarantine
    /// Versions of one key are compared.
    case duplicates
    /// The published rows are written.
    case files
    /// The table as a whole is tested.
    case tests = "tests of the table"
}

/// How one table fared in a run.
public struct TableOutcome: Sendable, Codable, Hashable {
    /// Built, unchanged, skipped or failed.
    public enum Status: String, Sendable, Codable {
        /// New rows were made.
        case built
        /// Inputs and definition are as at the last publication.
        case unchanged
        /// Not selected in this run.
        case skipped
    }

    /// The table.
    public var table: String
    /// Its zone.
    public var zone: Zone
    /// The source, for raw tables.
    public var source: String?
    /// How it fared.
    public var status: Status
    /// Rows in, out, quarantined, de-duplicated.
    public var counts: RowCounts
    /// Seconds of work.
    public var seconds: Double
    /// Broken tests of severity `warn` with the number of rows.
    public var warnings: [String: Int64]
    /// Rows of erased people that the source delivered and that were not landed; not among the rows in.
    public var suppressed: Int64

    /// Flat JSON, as the command line's contract states it.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        try container.encode(table, forKey: .table)
        try container.encode(zone, forKey: .zone)
        try container.encodeIfPresent(source, forKey: .source)
        try container.encode(status, forKey: .status)
        try counts.encode(to: encoder)
        try container.encode((seconds * 1000).rounded() / 1000, forKey: .seconds)
        if !warnings.isEmpty { try container.encode(warnings, forKey: .warnings) }
        if suppressed > 0 { try container.encode(suppressed, forKey: .suppressed) }
    }

    /// Reads what ``encode(to:)`` writes.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Key.self)
        table = try container.decode(String.self, forKey: .table)
        zone = try container.decode(Zone.self, forKey: .zone)
        source = try container.decodeIfPresent(String.self, forKey: .source)
        status = try container.decode(Status.self, forKey: .status)
        counts = try RowCounts(from: decoder)
        seconds = try container.decode(Double.self, forKey: .seconds)
        warnings = try container.decodeIfPresent([String: Int64].self, forKey: .warnings) ?? [:]
        suppressed = try container.decodeIfPresent(Int64.self, forKey: .suppressed) ?? 0
    }

    init(
        table: String,
        zone: Zone,
        source: String? = nil,
        status: Status,
        counts: RowCounts = RowCounts(),
        seconds: Double = 0,
        warnings: [String: Int64] = [:],
        suppressed: Int64 = 0
    ) {
        self.table = table
        self.zone = zone
        self.source = source
        self.status = status
        self.counts = counts
        self.seconds = seconds
        self.warnings = warnings
        self.suppressed = suppressed
    }

    private enum Key: String, CodingKey {
        case table, zone, source, status, seconds, warnings, suppressed
    }
}

/// The search snapshot as it stands after a run.
public struct IndexSummary: Sendable, Codable, Hashable {
    /// The snapshot's version.
    public var version: String
    /// Documents in the students collection.
    public var students: Int
    /// Documents in the jobs collection.
    public var jobs: Int
    /// Documents in the courses collection.
    public var courses: Int
    /// Whether this run built it.
    public var rebuilt: Bool
    /// Seconds it took.
    public var seconds: Double
}

/// The last line of `lyceum run --json`.
public struct RunReport: Sendable, Codable {
    /// The run.
    public var runID: RunID
    /// `succeeded`; a failed run throws instead.
    public var status: String
    /// Seconds from lock to published snapshot.
    public var seconds: Double
    /// Source records that were new, changed, deleted or unreadable.
    public var records: Int64
    /// `records / seconds`.
    public var recordsPerSecond: Double
    /// Seconds by stage: extract, build, publish, index.
    public var stages: [String: Double]
    /// Every table.
    public var tables: [TableOutcome]
    /// Tables with a new snapshot, as `zone.table`.
    public var published: [String]
    /// The search snapshot; nil when nothing curated exists yet.
    public var index: IndexSummary?
    /// What the sources' owners should know.
    public var notices: [String]

    enum CodingKeys: String, CodingKey {
        case runID = "run_id"
        case status, seconds, records
        case recordsPerSecond = "records_per_second"
        case stages, tables, published, index, notices
    }
}

/// What a run is asked to do.
public struct RunOptions: Sendable {
    /// Read everything again and rebuild every table.
    public var fullRefresh = false
    /// Build only these models (`model`, `model+`, `+model`); empty for all.
    public var select: [String] = []
    /// Extract only from these sources; empty for all.
    public var sources: [String] = []
    /// How long to wait for another run's lock; nil fails at once with its holder's name.
    public var wait: Duration?
    /// Build the models even if nothing changed (quarantine replay).
    public var rebuild = false

    /// The default: an incremental run of everything.
    public init() {}
}
