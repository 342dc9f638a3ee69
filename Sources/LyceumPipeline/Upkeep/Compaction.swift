// Small files merged into larger ones: the same rows, sorted, in fewer files.

import Foundation
import LyceumCore
import LyceumLake

/// What a compaction did, or would do.
public struct CompactionReport: Sendable, Codable {
    /// One table's share.
    public struct Table: Sendable, Codable {
        /// The table's full name.
        public var table: String
        /// Files that were merged.
        public var filesBefore: Int
        /// Files they became.
        public var filesAfter: Int
        /// Rows in them.
        public var rows: Int64
        /// Their size before, in bytes.
        public var bytesBefore: Int64
        /// Their size after; nil in a dry run.
        public var bytesAfter: Int64?

        enum CodingKeys: String, CodingKey {
            case table, rows
            case filesBefore = "files_before"
            case filesAfter = "files_after"
            case bytesBefore = "bytes_before"
            case bytesAfter = "bytes_after"
        }
    }

    /// The run that published it; nil when nothing was published.
    public var run: String?
    /// The tables with files to merge.
    public var tables: [Table]
}

extension Pipeline {
    /// Merges small files of tables and publishes the merged ones as a snapshot of its own.
    ///
    /// Rows are counted and hashed, in no order, before and after; if they differ nothing is published. Old snapshots stay
    /// readable, and tables built from a compacted one stay up to date.
    /// - Parameters:
    ///   - tables: tables by name, as `lyceum tables` shows them; all of them if empty.
    ///   - target: the size in bytes that merged files come near to; the configuration's unless given.
    ///   - isDryRun: whether to say only what would be merged.
    /// - Throws: `LakeError` with code `locked`, `unknown_table` or `conflict`; ``PipelineError`` with code `unbalanced` when
    ///   a merged file does not hold the rows of those it is made from.
    public func compact(_ tables: [String] = [], target: Int64? = nil, isDryRun: Bool = false) async throws
        -> CompactionReport
    {
        let lake = try await openLake()
        var chosen: [TableID] = []
        for name in tables { chosen.append(try await lake.ledger.table(named: name).id) }
        let target = target ?? configuration.compaction.target
        if isDryRun {
            return CompactionReport(
                run: nil,
                tables: plans(try await LakeState(lake), chosen, target).map(Self.planned)
            )
        }
        let names = chosen.map { "\"\($0)\"" }.joined(separator: ", ")
        let (report, receipt) = try await rewriting(lake, "{\"compact\": [\(names)]}") { work in
            var report: [CompactionReport.Table] = []
            var publications: [TablePublication] = []
            for (table, plan) in plans(work.state, chosen, target) {
                let files = try await work.merge(plan, of: table)
                publications.append(
                    TablePublication(
                        table,
                        mode: .rewrite(removing: Set(plan.groups.joined().map(\.path)), .compaction),
                        files: files
                    )
                )
                var entry = Self.planned((table, plan))
                entry.bytesAfter = files.reduce(0) { $0 + $1.bytes }
                report.append(entry)
            }
            return (report, publications)
        }
        return CompactionReport(run: receipt?.run.text, tables: report)
    }

    /// After a run: compacts the tables that have grown many small files; says what it did, or why it could not.
    func compactAfterRun() async -> [String] {
        let settings = configuration.compaction
        guard settings.isAutomatic else { return [] }
        do {
            let state = try await LakeState(try await openLake())
            let due = plans(state, [], settings.target).filter { $0.plan.files >= settings.files }
            if due.isEmpty { return [] }
            return try await compact(due.map { "\($0.table)" }).tables.map {
                "\($0.table): \($0.filesBefore) small files merged into \($0.filesAfter)"
            }
        } catch {
            return ["small files were not merged, which does no harm: \(error)"]
        }
    }

    private func plans(
        _ state: LakeState,
        _ tables: [TableID],
        _ target: Int64
    ) -> [(table: TableID, plan: CompactionPlan)] {
        state.files.keys.sorted().filter { tables.isEmpty || tables.contains($0) }
            .map { ($0, CompactionPlan(state.files[$0] ?? [], target: target, today: Timestamp.day(now()))) }
            .filter { !$0.plan.groups.isEmpty }
    }

    private static func planned(_ entry: (table: TableID, plan: CompactionPlan)) -> CompactionReport.Table {
        let files = entry.plan.groups.joined()
        return CompactionReport.Table(
            table: "\(entry.table)",
            filesBefore: files.count,
            filesAfter: entry.plan.groups.count,
            rows: files.reduce(0) { $0 + $1.rows },
            bytesBefore: files.reduce(0) { $0 + $1.bytes }
        )
    }
}

extension RewriteRun {
    /// Writes each group of a plan to one file and compares the rows.
    func merge(_ plan: CompactionPlan, of table: TableID) async throws -> [StagedFile] {
        var files: [StagedFile] = []
        for (number, group) in plan.groups.enumerated() {
            try Task.checkCancellation()
            guard let last = group.max(by: { ($0.day ?? "") < ($1.day ?? "") }) else { continue }
            let formerly = project.formerNames(of: table, configuration)
            let scan = try await engine.tableScan(group.map(\.data), formerly: formerly)
            let columns = try await engine.columns(of: "SELECT * FROM \(scan)")
            let order = try await order(of: table, columns)
            let file = try await write("SELECT * FROM \(scan)\(order)", in: table, like: last, number: number)
            let before = try await fingerprint(scan)
            let after = try await fingerprint(engine.parquetScan([run.staging.data(of: file)]))
            let counted = group.reduce(0) { $0 + $1.rows }
            guard before == after, file.rows == counted else {
                throw PipelineError(
                    .unbalanced,
                    "merging \(group.count) files would have changed their rows (\(counted) in the catalog, \(before) read, "
                        + "\(after) written: count and checksums); nothing was published. Check the files' disk",
                    location: "\(table)"
                )
            }
            files.append(file)
        }
        return files
    }

    /// Count of rows, and two sums over their hashes that do not depend on the order.
    private func fingerprint(_ scan: String) async throws -> String {
        try await engine.texts(
            "SELECT concat_ws(' ', count(*), coalesce(bit_xor(hash(t)), 0), coalesce(sum(hash(t)), 0)) FROM \(scan) t"
        ).first ?? ""
    }
}
