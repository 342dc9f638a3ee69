// The ledger as text, independent of the database that holds it.

import Foundation

/// The portable form of a ledger's tables: rows as JSON arrays, a line each, cut into chunks in the order of the key.
///
/// Chunks are objects of a vault like any other, so a table that only grows is written once and then only its end.
enum LedgerDump {
    /// Rows in a chunk.
    static let rowsPerChunk = 5_000

    /// One table of the ledger.
    struct Table: Sendable, Codable {
        /// Its name.
        var name: String
        /// Its columns, in the order of the rows' values.
        var columns: [String]
        /// How many rows it has.
        var rows: Int
        /// Its rows, in order.
        var chunks: [BackupObject]
    }

    /// A chunk's text.
    static func encode(_ rows: [[SQLValue]]) throws -> Data {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.withoutEscapingSlashes, .sortedKeys]
        var text = Data()
        for row in rows {
            text += try encoder.encode(row)
            text.append(UInt8(ascii: "\n"))
        }
        return text
    }

    /// The rows of a chunk's text.
    static func decode(_ text: Data) throws -> [[SQLValue]] {
        let decoder = JSONDecoder()
        return try text.split(separator: UInt8(ascii: "\n")).map { try decoder.decode([SQLValue].self, from: $0) }
    }
}

extension SQLValue: Codable {
    private enum Key: String, CodingKey { case real }

    init(from decoder: any Decoder) throws {
        if let keyed = try? decoder.container(keyedBy: Key.self) {
            let text = try keyed.decode(String.self, forKey: .real)
            guard let value = Double(text) else {
                throw DecodingError.dataCorruptedError(forKey: .real, in: keyed, debugDescription: "not a number")
            }
            self = .real(value)
            return
        }
        let single = try decoder.singleValueContainer()
        if single.decodeNil() {
            self = .null
        } else if let value = try? single.decode(Int64.self) {
            self = .integer(value)
        } else {
            self = .text(try single.decode(String.self))
        }
    }

    func encode(to encoder: any Encoder) throws {
        if case .real(let value) = self {
            // As text, since JSON does not tell 3.0 from 3 and has no infinity.
            var keyed = encoder.container(keyedBy: Key.self)
            try keyed.encode("\(value)", forKey: .real)
            return
        }
        var single = encoder.singleValueContainer()
        switch self {
        case .null, .real: try single.encodeNil()
        case .integer(let value): try single.encode(value)
        case .text(let value): try single.encode(value)
        }
    }
}
