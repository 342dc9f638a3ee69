// One table of the catalog as `lyceum tables show` prints it.

import Foundation
import LyceumCore
import LyceumLake

/// What the catalog knows of one table: columns with their tags, partitions, lineage, snapshots.
struct TableDescription: Sendable {
    var summary: TableSummary
    var partitions: [Partition]
    /// What it was last built from.
    var inputs: [LineageInput]
    /// The tables last built from it.
    var readers: [String]
    /// Newest first.
    var snapshots: [Snapshot]
    /// How far the sources of a raw table have been read.
    var watermarks: [WatermarkRecord]
    /// Each kept column's least and greatest value and rows without one, over all files.
    var statistics: [String: ColumnStatistics]

    /// Reads all of it from the ledger.
    init(of id: TableID, in ledger: Ledger) async throws {
        summary = try await ledger.table(named: "\(id)")
        partitions = try await ledger.partitions(of: id)
        let lineage = try await ledger.lineage()
        inputs = lineage[id] ?? []
        readers = lineage.filter { $0.value.contains { $0.name == "\(id)" } }.keys.sorted().map(\.description)
        snapshots = try await ledger.history(of: id)
        watermarks = id.zone == .raw ? try await ledger.watermarks().filter { $0.table == id.name } : []
        statistics = Self.merged(try await ledger.statistics(of: id).values.joined(), columns: summary.columns)
    }

    /// The statistics of several files as one.
    static func merged(
        _ statistics: some Sequence<ColumnStatistics>,
        columns: [ColumnDescription]
    ) -> [String: ColumnStatistics] {
        let types = Dictionary(columns.map { ($0.name, $0.type) }) { first, _ in first }
        return statistics.reduce(into: [:]) { merged, next in
            merged[next.column] = merged[next.column]?.merging(next, type: types[next.column] ?? "") ?? next
        }
    }

    // MARK: - For people

    /// Prints the description.
    func say(on console: Console, now: Date = Date()) {
        let style = console.style
        console.say("\(style.bold("\(summary.id)"))  \(Printable.line(summary.description))")
        for (name, value) in facts(now: now) { console.say("\(style.dim(name))  \(Printable.line(value))") }
        if !summary.columns.isEmpty {
            console.say()
            console.say(
                TextTable(
                    columns: [
                        .text("column"), .text("type"), .text("personal data"), .text("purpose"), .text("kept"),
                        .text("from"), .text("to"), .number("nulls"), .text("description"),
                    ],
                    rows: summary.columns.map { column in
                        let known = statistics[column.name]
                        return [
                            column.name, Self.brief(column.type), column.pii.rawValue, column.purpose, column.retention,
                            known?.minimum ?? "", known?.maximum ?? "",
                            known.map { HumanNumbers.count($0.nulls) } ?? "", column.description,
                        ]
                    }
                )
            )
        }
        if !partitions.isEmpty {
            console.say()
            console.say(
                TextTable(
                    columns: [.text("source"), .text("day"), .number("rows"), .number("files"), .number("size")],
                    rows: partitions.suffix(Self.listed).map { partition in
                        [
                            partition.source ?? "", partition.day ?? "", HumanNumbers.count(partition.rows),
                            HumanNumbers.count(partition.files), HumanNumbers.bytes(partition.bytes),
                        ]
                    }
                )
            )
            sayRest(partitions.count, "partitions", on: console)
        }
        if !snapshots.isEmpty {
            console.say()
            console.say(
                TextTable(
                    columns: [
                        .number("snapshot"), .text("published"), .text("how"), .number("rows"), .number("size"),
                        .text(""),
                    ],
                    rows: snapshots.prefix(Self.listed).map { snapshot in
                        [
                            "\(snapshot.id)", Timestamp.iso(snapshot.createdAt), snapshot.mode.rawValue,
                            HumanNumbers.count(snapshot.rows), HumanNumbers.bytes(snapshot.bytes),
                            snapshot.isCurrent ? "current" : snapshot.expiredAt == nil ? "" : "expired",
                        ]
                    }
                )
            )
            sayRest(snapshots.count, "snapshots", on: console)
        }
    }

    /// A type as people see it, of structures no more than the beginning; `--json` and the data dictionary have all.
    private static func brief(_ type: String) -> String { type.count > 40 ? type.prefix(39) + "…" : type }

    /// How many partitions and snapshots people see; `--json` has all.
    private static let listed = 10

    private func sayRest(_ count: Int, _ what: String, on console: Console) {
        guard count > Self.listed else { return }
        console.say(console.style.dim("\(count - Self.listed) more \(what); --json lists all"))
    }

    private func facts(now: Date) -> [(String, String)] {
        var facts = [
            (
                "rows     ",
                "\(HumanNumbers.count(summary.rows)) in \(HumanNumbers.count(summary.files)) \(summary.files == 1 ? "file" : "files"), "
                    + HumanNumbers.bytes(summary.bytes)
            )
        ]
        if !summary.key.isEmpty { facts.append(("key      ", summary.key.joined(separator: ", "))) }
        if let published = summary.publishedAt {
            var fresh = "published \(HumanNumbers.age(now.timeIntervalSince(published)))"
            if let day = partitions.compactMap(\.day).max() { fresh += ", newest partition \(day)" }
            facts.append(("freshness", fresh))
        }
        for mark in watermarks {
            let reached = mark.column.flatMap { column in mark.value.map { " up to \(column) \($0)" } } ?? ", whole"
            facts.append(("read     ", "\(mark.source)\(reached)"))
        }
        if !inputs.isEmpty { facts.append(("made of  ", inputs.map(\.name).sorted().joined(separator: ", "))) }
        if !readers.isEmpty { facts.append(("read by  ", readers.joined(separator: ", "))) }
        return facts
    }
}

// MARK: - For scripts

extension TableDescription: Encodable {
    private enum Key: String, CodingKey {
        case table, zone, description, key, columns, rows, bytes, files, inputs, readers, partitions, snapshots
        case publishedAt = "published_at"
        case watermarks, statistics
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        try container.encode(summary.id.name, forKey: .table)
        try container.encode(summary.id.zone, forKey: .zone)
        try container.encode(summary.description, forKey: .description)
        try container.encode(summary.key, forKey: .key)
        try container.encode(summary.columns, forKey: .columns)
        try container.encode(summary.rows, forKey: .rows)
        try container.encode(summary.bytes, forKey: .bytes)
        try container.encode(summary.files, forKey: .files)
        try container.encode(inputs.map(\.name).sorted(), forKey: .inputs)
        try container.encode(readers, forKey: .readers)
        try container.encode(partitions, forKey: .partitions)
        try container.encode(snapshots.map(SnapshotDocument.init), forKey: .snapshots)
        try container.encodeIfPresent(summary.publishedAt.map { Timestamp.iso($0) }, forKey: .publishedAt)
        try container.encode(watermarks, forKey: .watermarks)
        try container.encode(statistics.values.sorted { $0.column < $1.column }, forKey: .statistics)
    }
}
