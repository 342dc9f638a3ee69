// How values are written in the ledger: times as ISO 8601 with milliseconds, lists as JSON.

import Foundation
import LyceumCore

enum LedgerText {
    static func time(_ date: Date) -> String { Timestamp.iso(date, fractional: true) }

    static func list(_ values: [String]) throws -> String {
        String(decoding: try JSONEncoder().encode(values), as: UTF8.self)
    }
}

extension Row {
    /// The error of a value that no version of the ledger writes.
    private func unreadable(_ column: String) -> LakeError {
        LakeError(.corruptLedger, "The ledger has an unreadable value in '\(column)'. Restore it from a backup.")
    }

    func text(_ column: String) throws -> String {
        guard let value = self[column] as String? else { throw unreadable(column) }
        return value
    }

    func integer(_ column: String) throws -> Int64 {
        guard let value = self[column] as Int64? else { throw unreadable(column) }
        return value
    }

    func runID(_ column: String) throws -> RunID {
        guard let value = RunID(try text(column)) else { throw unreadable(column) }
        return value
    }

    func tableID(_ column: String) throws -> TableID {
        guard let value = TableID(try text(column)) else { throw unreadable(column) }
        return value
    }

    func date(_ column: String) throws -> Date {
        guard let value = Timestamp.parse(try text(column)) else { throw unreadable(column) }
        return value
    }

    func dateIfPresent(_ column: String) throws -> Date? {
        guard self[column] as String? != nil else { return nil }
        return try date(column)
    }

    func value<Value: RawRepresentable>(_ column: String, as type: Value.Type) throws -> Value
    where Value.RawValue == String {
        guard let value = Value(rawValue: try text(column)) else { throw unreadable(column) }
        return value
    }

    func list(_ column: String) throws -> [String] {
        guard let value = try? JSONDecoder().decode([String].self, from: Data(text(column).utf8)) else {
            throw unreadable(column)
        }
        return value
    }
}
