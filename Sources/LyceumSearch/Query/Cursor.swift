// Where a page ended, as an opaque text.

import Foundation

/// The last hit of a page, bound to the snapshot and the query it came from.
///
/// 25 bytes in base64url: a format byte, a hash of the snapshot's version and the collection, a hash of the query, the
/// hit's score and its ordinal, all little-endian.
struct Cursor: Equatable {
    private static let format: UInt8 = 1
    private static let size = 25

    var snapshot: UInt64
    var query: UInt64
    var last: ScoredDocument

    var text: String {
        var bytes = Data([Self.format])
        withUnsafeBytes(of: snapshot.littleEndian) { bytes.append(contentsOf: $0) }
        withUnsafeBytes(of: query.littleEndian) { bytes.append(contentsOf: $0) }
        withUnsafeBytes(of: last.score.bitPattern.littleEndian) { bytes.append(contentsOf: $0) }
        withUnsafeBytes(of: last.document.littleEndian) { bytes.append(contentsOf: $0) }
        return bytes.base64EncodedString().replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
    }

    init(snapshot: UInt64, query: UInt64, last: ScoredDocument) {
        self.snapshot = snapshot
        self.query = query
        self.last = last
    }

    /// Reads a cursor and checks that it belongs to this snapshot and query.
    ///
    /// - Throws: ``SearchError`` with code `invalid_cursor`.
    init(_ text: String, snapshot: UInt64, query: UInt64, documentCount: Int) throws {
        func refuse(_ why: String) -> SearchError {
            SearchError(.invalidCursor, "\(why); start again without a cursor")
        }
        guard text.utf8.count <= 64 else { throw refuse("this is not a cursor") }
        let plain = text.replacing("-", with: "+").replacing("_", with: "/")
        let padding = String(repeating: "=", count: (4 - plain.utf8.count % 4) % 4)
        guard let data = Data(base64Encoded: plain + padding), data.count == Self.size else {
            throw refuse("this is not a cursor")
        }
        let bytes = [UInt8](data)
        func read(_ offset: Int, _ count: Int) -> UInt64 {
            (0..<count).reduce(0) { $0 | UInt64(bytes[offset + $1]) << UInt64(8 * $1) }
        }
        guard bytes[0] == Self.format else { throw refuse("the cursor is of another version of this program") }
        guard read(1, 8) == snapshot else { throw refuse("the index was rebuilt since this cursor was given") }
        guard read(9, 8) == query else { throw refuse("the cursor belongs to another query, filter or order") }
        let score = Float(bitPattern: UInt32(truncatingIfNeeded: read(17, 4)))
        let document = UInt32(truncatingIfNeeded: read(21, 4))
        guard !score.isNaN, Int(document) < documentCount else { throw refuse("this is not a cursor") }
        self.init(snapshot: snapshot, query: query, last: ScoredDocument(score: score, document: document))
    }
}
