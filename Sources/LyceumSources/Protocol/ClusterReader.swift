// How rows of a database are read on a cluster instead of on this machine.

import ADBC
import Arrow
import LyceumCore

/// Reads queries of a database on the machines of a cluster, several at once.
///
/// The pipeline supplies one where its engine is a cluster; the source plans what is read (columns, ranges, the consistent
/// view, the watermark) and asks it for the rows.
public protocol ClusterReader: Sendable {
    /// Whether the cluster delivers a column with the type and the values that a connection of ours would.
    func canRead(_ column: Field) -> Bool

    /// Reads all queries and hands their rows over, as streams with the columns and types that are asked for.
    ///
    /// - Parameter deliver: takes a stream, and returns how many rows it had; called from several tasks at once.
    /// - Returns: the number of rows.
    /// - Throws: ``SourceError`` for what database and cluster did; `deliver`'s errors unchanged; `CancellationError`.
    func read(
        _ reading: ClusterReading,
        deliver: @escaping @Sendable (RecordBatchStream) async throws -> Int64
    ) async throws -> Int64
}

/// What a cluster is to read of one table.
public struct ClusterReading: Sendable {
    /// Names the reading apart from others of the same run: source and table.
    public var name: String
    /// The table, for messages.
    public var table: String
    /// How the cluster reaches the database.
    public var access: JDBCConfiguration
    /// One SELECT a range; together they have every row once.
    public var queries: [String]
    /// The columns under the names that the queries give them, with the types that rows are to have.
    public var columns: Schema
    /// The dates and times among them that the queries give as a number: of days or microseconds since 1970.
    public var counted: Set<String>
    /// What each connection runs before its query, such as to see the same state of the database; nil for nothing.
    public var sessionStatement: String?
    /// How many streams may be handed over at once.
    public var streams: Int

    /// Describes a reading.
    public init(
        name: String,
        table: String,
        access: JDBCConfiguration,
        queries: [String],
        columns: Schema,
        counted: Set<String> = [],
        sessionStatement: String? = nil,
        streams: Int = 1
    ) {
        self.name = name
        self.table = table
        self.access = access
        self.queries = queries
        self.columns = columns
        self.counted = counted
        self.sessionStatement = sessionStatement
        self.streams = streams
    }
}

/// The reason of a ``SourceError`` where a value is one that the cluster cannot read as it is.
public enum ClusterObstacle: Error {
    /// A decimal column holds NaN or infinity.
    case noNumber
    /// A date or time is infinite.
    case endlessTime
}
