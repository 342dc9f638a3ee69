// Reads one table's ranges on a cluster: planned here, read there, landed as ever.

import Arrow
import LyceumCore

extension TableReader {
    /// Where rows are read instead of here.
    struct Cluster: Sendable {
        let reader: any ClusterReader
        let access: JDBCConfiguration
        /// The source, which tells its tables from another's of the same name.
        let source: String
    }

    /// The plan's rows on the cluster, in the consistent view that the leader's connection holds open.
    ///
    /// - Throws: ``SourceError`` for database and cluster; the sink's own errors unchanged.
    func readOnCluster(
        _ cluster: Cluster,
        _ ranges: [RowRange],
        _ plan: Plan,
        _ view: ConsistentView,
        leader: any RowConnection,
        into sink: any ExtractSink
    ) async throws -> Int64 {
        if let statement = view.patience {
            try await classified("keeping the consistent view open") { try await leader.perform(statement) }
        }
        let queries = plan.queries.forCluster()
        let reading = ClusterReading(
            name: "\(cluster.source)__\(table)",
            table: options.from,
            access: cluster.access,
            queries: ranges.map { queries.rows(in: $0, view: view) },
            columns: queries.delivered,
            counted: queries.counted,
            sessionStatement: view.joining,
            streams: workers
        )
        return try await cluster.reader.read(reading) { stream in
            let rows = try await sink.write(stream)
            request.onProgress(rows)
            return rows
        }
    }

    /// The columns that the cluster cannot deliver as they are delivered here.
    func unreadable(by cluster: Cluster, _ queries: TableQueries) -> [String] {
        queries.forCluster().delivered.fields.filter { !cluster.reader.canRead($0) }.map(\.name)
    }
}

extension TableQueries {
    /// The queries for a reader that knows decimals as they are.
    func forCluster() -> TableQueries {
        var queries = self
        queries.isCopied = true
        queries.isForCluster = true
        return queries
    }

    /// The names under which dates and times are delivered as counts.
    var counted: Set<String> {
        guard isForCluster, dialect == .postgresql else { return [] }
        return Set(fields.filter { CountedTime.expression("", $0.type) != nil }.map { $0.name.lowercased() })
    }
}

extension ConsistentView {
    /// What a connection runs in its transaction, before anything else, to see the same; nil where the query says it.
    var joining: String? {
        guard case .snapshot(let name) = self else { return nil }
        return "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY; SET TRANSACTION SNAPSHOT "
            + SQLText.literal(name)
    }

    /// What keeps the server from ending the first connection while it waits for the others; nil where none does that.
    var patience: String? {
        guard case .snapshot = self else { return nil }
        return "SET LOCAL idle_in_transaction_session_timeout = 0"
    }
}

/// Dates and times as numbers, which no zone and no calendar of a machine on the way can change.
///
/// Java reads them through the zone of its machine: a time without a zone is moved where that has a gap, old times by its
/// history, and a year before the first loses its era.
public enum CountedTime {
    /// What a query says that has met infinity, which no count can say.
    public static let refusal = "infinity is no count"

    /// Days or microseconds since 1970 of a column of PostgreSQL; nil for columns of other types.
    static func expression(_ column: String, _ type: DataType) -> String? {
        let (count, name): (String, String)
        switch type {
        case .date32: (count, name) = ("\(column) - date '1970-01-01'", "int4")
        case .timestamp: (count, name) = ("(extract(epoch FROM \(column)) * 1000000)::int8", "int8")
        default: return nil
        }
        // The refusal is made of the value: a constant would be evaluated when the query is planned.
        return "CASE WHEN isfinite(\(column)) THEN \(count) WHEN \(column) IS NOT NULL "
            + "THEN CAST('\(refusal)' || left(\(column)::text, 0) AS \(name)) END"
    }
}
