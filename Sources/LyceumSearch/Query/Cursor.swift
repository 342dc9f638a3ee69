// Where a page ended, as an opaque text.

import Foundation

/// The last hit of a page, bound to the snapshot and the query it came from.
///
/// It holds what the hit was sorted by rather than which document it was: the next page begins in the right place even if that
/// document has been deleted or replaced since. In base64url: a format byte, a hash of the snapshot's version and the collection,
/// a hash of the query, the hit's score, its rank, and its sort values (a type byte each, then 4 or 8 bytes, or a length and
/// text), all little-endian.
struct Cursor: Equatable {
    private static let format: UInt8 = 2
    private static let maximumLength = 32_768

    var snapshot: UInt64
    var query: UInt64
    var last: PagePosition

    init(snapshot: UInt64, query: UInt64, last: PagePosition) {
        self.snapshot = snapshot
        self.query = query
        self.last = last
    }

    var text: String {
        var bytes = Data([Self.format])
        func append(_ value: some FixedWidthInteger) {
            withUnsafeBytes(of: value.littleEndian) { bytes.append(contentsOf: $0) }
        }
        append(snapshot)
        append(query)
        append(last.score.bitPattern)
        append(last.rank)
        for value in last.values {
            switch value {
            case .missing: bytes.append(0)
            case .score(let score):
                bytes.append(1)
                append(score.bitPattern)
            case .number(let number):
                bytes.append(2)
                append(number.bitPattern)
            case .date(let date):
                bytes.append(3)
                append(date)
            case .keyword(let text):
                bytes.append(4)
                append(UInt32(text.utf8.count))
                bytes.append(contentsOf: text.utf8)
            }
        }
        return bytes.base64EncodedString().replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
    }

    /// Reads a cursor and checks that it belongs to this snapshot and query.
    ///
    /// - Throws: ``SearchError`` with code `invalid_cursor`.
    init(_ text: String, snapshot: UInt64, query: UInt64, sort: [SortKey]) throws {
        func refuse(_ why: String) -> SearchError {
            SearchError(.invalidCursor, "\(why); start again without a cursor")
        }
        guard text.utf8.count <= Self.maximumLength else { throw refuse("this is not a cursor") }
        let plain = text.replacing("-", with: "+").replacing("_", with: "/")
        let padding = String(repeating: "=", count: (4 - plain.utf8.count % 4) % 4)
        guard let data = Data(base64Encoded: plain + padding), !data.isEmpty else {
            throw refuse("this is not a cursor")
        }
        let bytes = [UInt8](data)
        guard bytes[0] == Self.format else { throw refuse("the cursor is of another version of this program") }
        var position = 1
        func read<Value: FixedWidthInteger>(_ type: Value.Type) throws -> Value {
            let size = MemoryLayout<Value>.size
            guard position + size <= bytes.count else { throw refuse("this is not a cursor") }
            defer { position += size }
            return bytes.withUnsafeBytes {
                Value(littleEndian: $0.loadUnaligned(fromByteOffset: position, as: Value.self))
            }
        }
        guard try read(UInt64.self) == snapshot else {
            throw refuse("the index was rebuilt since this cursor was given")
        }
        guard try read(UInt64.self) == query else {
            throw refuse("the cursor belongs to another query, filter or order")
        }
        var last = PagePosition(score: Float(bitPattern: try read(UInt32.self)), rank: try read(UInt64.self))
        guard !last.score.isNaN else { throw refuse("this is not a cursor") }
        for _ in sort {
            switch try read(UInt8.self) {
            case 0: last.values.append(.missing)
            case 1: last.values.append(.score(Float(bitPattern: try read(UInt32.self))))
            case 2: last.values.append(.number(Double(bitPattern: try read(UInt64.self))))
            case 3: last.values.append(.date(try read(Int64.self)))
            case 4:
                let count = Int(try read(UInt32.self))
                guard count <= bytes.count - position else { throw refuse("this is not a cursor") }
                last.values.append(.keyword(String(decoding: bytes[position..<position + count], as: UTF8.self)))
                position += count
            default: throw refuse("this is not a cursor")
            }
        }
        guard position == bytes.count else { throw refuse("this is not a cursor") }
        self.init(snapshot: snapshot, query: query, last: last)
    }
}
