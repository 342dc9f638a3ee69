// The path of one data file inside the lake, and what it says.

import Foundation
import LyceumCore

/// The path of a data file relative to the lake:
/// `<zone>/<table>/source=<source>/dt=<YYYY-MM-DD>/<run-id>-<n>.parquet`.
///
/// Both partitions are optional; further Hive partitions (`key=value`) may stand between table and file.
/// A value of this type cannot point outside its table's folder.
public struct FilePath: Sendable, Hashable, CustomStringConvertible {
    /// The table that the file belongs to.
    public let table: TableID
    /// The Hive partitions, in order.
    public let partitions: [Partition]
    /// The last component, `<run-id>-<n>.parquet`.
    public let name: String

    /// One Hive partition of a path.
    public struct Partition: Sendable, Hashable {
        /// The column's name.
        public let key: String
        /// The column's value as the path has it (percent-encoded where an engine did so).
        public let value: String
    }

    /// The file of a run, or an error if one of the names has no place in a path.
    ///
    /// - Throws: ``LakeError`` with code `invalid_name`.
    public init(table: TableID, source: String?, day: String?, run: RunID, number: Int) throws {
        try table.validate()
        guard number >= 0 else { throw LakeError(.invalidName, "A file number cannot be negative: \(number).") }
        var partitions: [Partition] = []
        if let source {
            guard Self.isValid(source: source) else {
                throw LakeError(
                    .invalidName,
                    "'\(source)' is not a source name: use letters, digits, '.', '_' and '-', at most 63."
                )
            }
            partitions.append(Partition(key: "source", value: source))
        }
        if let day {
            guard Self.isValid(day: day) else {
                throw LakeError(.invalidName, "'\(day)' is not a day of the form 2026-11-23.")
            }
            partitions.append(Partition(key: "dt", value: day))
        }
        self.table = table
        self.partitions = partitions
        self.name = "\(run.text)-\(number).parquet"
    }

    /// Reads a relative path, or throws if it is not one of a data file.
    ///
    /// - Throws: ``LakeError`` with code `invalid_name`, for absolute paths, `..` and everything else out of place.
    public init(_ text: String) throws {
        let refusal = LakeError(
            .invalidName,
            "'\(text)' is not the path of a data file: <zone>/<table>/[source=…/][dt=…/]<run-id>-<n>.parquet."
        )
        let parts = text.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        guard parts.count >= 3, let name = parts.last, let zone = Zone(rawValue: parts[0]),
            TableID.isValid(name: parts[1]), Self.isValid(fileName: name)
        else { throw refusal }
        var partitions: [Partition] = []
        for part in parts[2..<(parts.count - 1)] {
            guard let equals = part.firstIndex(of: "=") else { throw refusal }
            let key = String(part[..<equals])
            let value = String(part[part.index(after: equals)...])
            guard TableID.isValid(name: key), Self.isValid(partitionValue: value),
                !partitions.contains(where: { $0.key == key }), key != "dt" || Self.isValid(day: value)
            else { throw refusal }
            partitions.append(Partition(key: key, value: value))
        }
        table = TableID(zone, parts[1])
        self.partitions = partitions
        self.name = name
    }

    private init(table: TableID, partitions: [Partition], name: String) {
        (self.table, self.partitions, self.name) = (table, partitions, name)
    }

    /// The path of a file that another run writes into the same partition.
    func written(by run: RunID, number: Int) -> FilePath {
        FilePath(table: table, partitions: partitions, name: "\(run.text)-\(number).parquet")
    }

    /// The value of the `source` partition.
    public var source: String? { value(of: "source") }

    /// The value of the `dt` partition.
    public var day: String? { value(of: "dt") }

    /// The run that wrote the file, as its name says.
    public var run: RunID? { RunID(String(name.prefix(23))) }

    /// The folder of the file, relative to the lake.
    public var folder: String {
        ([table.zone.rawValue, table.name] + partitions.map { "\($0.key)=\($0.value)" }).joined(separator: "/")
    }

    /// The whole path, relative to the lake.
    public var description: String { folder + "/" + name }

    private func value(of key: String) -> String? {
        guard let value = partitions.first(where: { $0.key == key })?.value else { return nil }
        return value.removingPercentEncoding ?? value
    }

    /// Whether the text can stand as a source's name in a path.
    public static func isValid(source: String) -> Bool {
        guard let first = source.utf8.first, isAlphanumeric(first), source.utf8.count <= 63 else { return false }
        return source.utf8.allSatisfy { isAlphanumeric($0) || isOne($0, of: "._-") }
    }

    /// Whether the text is a day that exists, as `YYYY-MM-DD`.
    public static func isValid(day: String) -> Bool {
        // By hand, since every file that the catalog lists passes here.
        let bytes = Array(day.utf8)
        guard bytes.count == 10, bytes[4] == UInt8(ascii: "-"), bytes[7] == UInt8(ascii: "-") else { return false }
        func number(_ range: Range<Int>) -> Int? {
            bytes[range].reduce(0 as Int?) { value, byte in
                guard let value, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) else { return nil }
                return value * 10 + Int(byte - UInt8(ascii: "0"))
            }
        }
        guard let year = number(0..<4), let month = number(5..<7), let day = number(8..<10), (1...12).contains(month)
        else { return false }
        let isLeapYear = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
        let lengths = [31, isLeapYear ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
        return (1...lengths[month - 1]).contains(day)
    }

    private static func isValid(partitionValue value: String) -> Bool {
        !value.isEmpty && value.utf8.count <= 200
            && value.utf8.allSatisfy { isAlphanumeric($0) || isOne($0, of: "._-%+:") }
    }

    private static func isValid(fileName name: String) -> Bool {
        guard name.hasSuffix(".parquet"), name.utf8.count <= 200, RunID(String(name.prefix(23))) != nil,
            name.dropFirst(23).first == "-"
        else { return false }
        return name.utf8.allSatisfy { isAlphanumeric($0) || isOne($0, of: "._-") }
    }

    private static func isAlphanumeric(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default: false
        }
    }

    private static func isOne(_ byte: UInt8, of characters: StaticString) -> Bool {
        characters.withUTF8Buffer { $0.contains(byte) }
    }
}
