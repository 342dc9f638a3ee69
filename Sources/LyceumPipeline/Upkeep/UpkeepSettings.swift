// What lyceum.yaml says about the lake's upkeep: when files are merged, how long rows are kept.

import Foundation
import LyceumCore
import LyceumLake

/// When and how small files are merged.
public struct CompactionSettings: Sendable, Hashable {
    /// Whether a run merges files of the tables that have grown many.
    public var isAutomatic = true
    /// How many files of a table must be there to merge before a run does so.
    public var files = 64
    /// The size in bytes that merged files come near to.
    public var target: Int64 = 128_000_000
}

/// How long something is kept, in calendar units.
public struct RetentionPeriod: Sendable, Hashable, CustomStringConvertible {
    /// The unit.
    public enum Unit: String, Sendable, CaseIterable {
        /// Days.
        case day
        /// Calendar months.
        case month
        /// Calendar years.
        case year
    }

    /// How many units.
    public let count: Int
    /// Of which unit.
    public let unit: Unit

    /// Seven years: what student records are commonly kept for.
    public static let standard = RetentionPeriod(7, .year)

    /// States a period.
    public init(_ count: Int, _ unit: Unit) {
        self.count = count
        self.unit = unit
    }

    /// Reads `7 years`, `18 months`, `90 days`, `1 day`; nil for anything else.
    public init?(_ text: String) {
        guard let match = text.wholeMatch(of: /([1-9][0-9]{0,4}) (day|month|year)s?/), let count = Int(match.1),
            let unit = Unit(rawValue: String(match.2))
        else { return nil }
        self.init(count, unit)
    }

    /// `7 years`.
    public var description: String { "\(count) \(unit.rawValue)\(count == 1 ? "" : "s")" }

    /// The moment before which things are older than the period.
    public func cutoff(from now: Date) -> Date {
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = .gmt
        let component: Calendar.Component =
            switch unit {
            case .day: .day
            case .month: .month
            case .year: .year
            }
        return calendar.date(byAdding: component, value: -count, to: now) ?? .distantPast
    }

    /// The period in days, at least; a year counts 366.
    public var days: Int {
        switch unit {
        case .day: count
        case .month: count * 31
        case .year: count * 366
        }
    }
}

/// How long each table's rows are kept.
public struct RetentionSettings: Sendable, Hashable {
    /// What holds where nothing else is said.
    public var standard = RetentionPeriod.standard
    /// Table → period: a raw table, `quarantine.<table>` or the whole `quarantine`.
    public var tables: [TableName: RetentionPeriod] = [:]
    /// How long superseded files stay readable.
    public var history = RetentionPeriod(90, .day)
    /// Raw table → the column with the date that a row's age counts from.
    public var by: [String: String] = [:]

    /// A table as the configuration names it.
    public typealias TableName = String

    /// The name that stands for every table of quarantine.
    static let wholeQuarantine = "quarantine"
    static let historyName = "history"

    /// States what is kept.
    public init() {}

    /// How long a table's rows are kept, and whether the configuration says so of this very table.
    public func period(of table: TableID) -> RetentionPeriod {
        switch table.zone {
        case .quarantine: tables["\(table)"] ?? tables[Self.wholeQuarantine] ?? standard
        default: tables[table.name] ?? tables["\(table)"] ?? standard
        }
    }

    /// The date column that a raw table's rows age by; nil where their extraction counts.
    public func dateColumn(of table: TableID) -> String? {
        table.zone == .raw ? by[table.name] ?? by["\(table)"] : nil
    }
}

/// How superseded and seldom-read objects move to cheaper storage on S3, in days since an object was written.
public struct TierSettings: Sendable, Hashable {
    /// To infrequent access; S3 takes no less than 30 days.
    public var infrequentAfter = 90
    /// To the archive that answers at once.
    public var archiveAfter = 365
    /// History to the archive that takes hours to answer; nil never.
    public var deepArchiveAfter: Int?
}
