// What a search returns.

import Foundation

/// One document found.
public struct Hit: Sendable {
    /// The document's id.
    public var id: String
    /// How well it matches; comparable within one result only.
    public var score: Float
    /// The document's JSON, as it was indexed.
    public var document: Data
    /// How the score came about, when asked for.
    public var explanation: Explanation?
}

/// How many matches have one value of a facet.
public struct FacetCount: Sendable, Hashable, Codable {
    /// The value, as it was written first.
    public var value: String
    /// Matches that have it.
    public var count: Int
}

/// The hits of one page, and counts over all matches.
public struct SearchResult: Sendable {
    /// All matches, not only those of this page.
    public var total: Int
    /// This page.
    public var hits: [Hit]
    /// Counts by value for each facet asked for.
    public var facets: [String: [FacetCount]]
    /// The time taken, in microseconds.
    public var tookMicroseconds = 0
    /// What to pass as ``SearchRequest/cursor`` for the next page; nil on the last.
    public var nextCursor: String?

    /// The result as served: `{"total", "hits": [{"id", "score", "document", "explain"?}], "facets", "took_us", "next_cursor"?}`.
    ///
    /// Documents are copied as they are, not parsed again.
    public func json() -> Data {
        var out = JSONOutput()
        out.raw("{\"total\":\(total),\"hits\":[")
        for (index, hit) in hits.enumerated() {
            if index > 0 { out.raw(",") }
            out.raw("{\"id\":")
            out.string(hit.id)
            out.raw(",\"score\":\(JSONOutput.number(hit.score)),\"document\":")
            out.bytes.append(hit.document)
            if let explanation = hit.explanation {
                out.raw(",\"explain\":")
                out.encode(explanation)
            }
            out.raw("}")
        }
        out.raw("],\"facets\":{")
        for (index, (name, counts)) in facets.sorted(by: { $0.key < $1.key }).enumerated() {
            if index > 0 { out.raw(",") }
            out.string(name)
            out.raw(":[")
            for (index, count) in counts.enumerated() {
                if index > 0 { out.raw(",") }
                out.raw("{\"value\":")
                out.string(count.value)
                out.raw(",\"count\":\(count.count)}")
            }
            out.raw("]")
        }
        out.raw("},\"took_us\":\(tookMicroseconds)")
        if let nextCursor {
            out.raw(",\"next_cursor\":")
            out.string(nextCursor)
        }
        out.raw("}")
        return out.bytes
    }
}

/// Assembles JSON around documents that are JSON already.
struct JSONOutput {
    var bytes = Data()

    mutating func raw(_ text: String) { bytes.append(contentsOf: text.utf8) }

    mutating func string(_ text: String) {
        bytes.append(UInt8(ascii: "\""))
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"):
                bytes.append(UInt8(ascii: "\\"))
                bytes.append(byte)
            case 0..<0x20:
                let hex = String(byte, radix: 16)
                raw("\\u00\(hex.count == 1 ? "0" : "")\(hex)")
            default: bytes.append(byte)
            }
        }
        bytes.append(UInt8(ascii: "\""))
    }

    mutating func encode(_ value: some Encodable) {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        // Only our own plain structures are encoded, with finite numbers: this cannot fail.
        bytes.append((try? encoder.encode(value)) ?? Data("null".utf8))
    }

    static func number(_ value: Float) -> String { value.isFinite ? "\(value)" : "0" }
}
