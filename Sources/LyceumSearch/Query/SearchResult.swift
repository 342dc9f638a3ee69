// What a search returns.

import Foundation

/// One document found.
public struct Hit: Sendable {
    /// The document's id.
    public var id: String
    /// How well it matches; comparable within one result only.
    public var score: Float
    /// The document's JSON, as it was indexed, or the fields of it that were asked for; empty when none were.
    public var document: Data
    /// How the score came about, when asked for.
    public var explanation: Explanation?
    /// The values of text fields with the query's matches marked, by field, when asked for.
    public var highlights: [String: [String]] = [:]
}

/// How many matches have one value of a facet.
public struct FacetCount: Sendable, Hashable, Codable {
    /// The value, as it was written first.
    public var value: String
    /// Matches that have it.
    public var count: Int

    /// Makes a count.
    public init(value: String, count: Int) {
        self.value = value
        self.count = count
    }
}

/// How many matches lie in one range of a field.
public struct RangeCount: Sendable, Hashable {
    /// The range.
    public var range: ValueRange
    /// Matches in it.
    public var count: Int
}

/// What the values of a number or date field among the matches come to; dates in seconds since 1970.
public struct FieldStatistics: Sendable, Hashable, Codable {
    /// Matches that have a value.
    public var count = 0
    /// The least value, 0 when there is none.
    public var minimum = 0.0
    /// The greatest value, 0 when there is none.
    public var maximum = 0.0
    /// The sum of the values.
    public var sum = 0.0
    /// The mean of the values, 0 when there is none.
    public var mean: Double { count == 0 ? 0 : sum / Double(count) }

    mutating func add(_ value: Double) {
        minimum = count == 0 ? value : min(minimum, value)
        maximum = count == 0 ? value : max(maximum, value)
        sum += value
        count += 1
    }
}

/// The hits of one page, and counts over all matches.
public struct SearchResult: Sendable {
    /// All matches, not only those of this page; without ``isTotalExact`` at least so many.
    public var total: Int
    /// Whether ``total`` counts all matches.
    public var isTotalExact = true
    /// Whether the time budget ended the search early: there may be better hits, and more.
    public var isPartial = false
    /// This page.
    public var hits: [Hit]
    /// Counts by value for each facet asked for.
    public var facets: [String: [FacetCount]]
    /// Counts by range for each range facet asked for, in the order asked.
    public var rangeFacets: [String: [RangeCount]] = [:]
    /// Statistics of each field asked for.
    public var statistics: [String: FieldStatistics] = [:]
    /// The time taken, in microseconds.
    public var tookMicroseconds = 0
    /// What to pass as ``SearchRequest/cursor`` for the next page; nil on the last. Made when asked for.
    public var nextCursor: String? { end?.cursor.text }

    /// Where the page ends when there may be another.
    var end: PageEnd?

    /// Takes the next page's cursor away.
    public mutating func dropCursor() { end = nil }

    init(total: Int, hits: [Hit], facets: [String: [FacetCount]]) {
        self.total = total
        self.hits = hits
        self.facets = facets
    }

    /// The result as served: `{"total", "total_is_exact"?, "partial"?, "hits": [{"id", "score", "document"?, "highlights"?, "explain"?}],
    /// "facets", "range_facets"?, "statistics"?, "took_us", "next_cursor"?}`.
    ///
    /// Documents are copied as they are, not parsed again.
    ///
    /// - Parameter isTimed: whether `took_us` is in it.
    public func json(isTimed: Bool = true) -> Data {
        var out = JSONOutput()
        out.raw("{\"total\":\(total),")
        if !isTotalExact { out.raw("\"total_is_exact\":false,") }
        if isPartial { out.raw("\"partial\":true,") }
        out.raw("\"hits\":[")
        for (index, hit) in hits.enumerated() {
            if index > 0 { out.raw(",") }
            out.raw("{\"id\":")
            out.string(hit.id)
            out.raw(",\"score\":\(JSONOutput.number(hit.score))")
            if !hit.document.isEmpty {
                out.raw(",\"document\":")
                out.bytes.append(hit.document)
            }
            if !hit.highlights.isEmpty {
                out.raw(",\"highlights\":{")
                for (index, (field, texts)) in hit.highlights.sorted(by: { $0.key < $1.key }).enumerated() {
                    if index > 0 { out.raw(",") }
                    out.string(field)
                    out.raw(":[")
                    for (index, text) in texts.enumerated() {
                        if index > 0 { out.raw(",") }
                        out.string(text)
                    }
                    out.raw("]")
                }
                out.raw("}")
            }
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
        out.raw("}")
        if !rangeFacets.isEmpty {
            out.raw(",\"range_facets\":{")
            for (index, (name, counts)) in rangeFacets.sorted(by: { $0.key < $1.key }).enumerated() {
                if index > 0 { out.raw(",") }
                out.string(name)
                out.raw(":[")
                for (index, count) in counts.enumerated() {
                    out.raw(index > 0 ? ",{" : "{")
                    for (bound, value) in [("from", count.range.from), ("to", count.range.to)] {
                        guard let value else { continue }
                        out.raw("\"\(bound)\":")
                        switch value {
                        case .number(let number): out.raw("\(number)")
                        case .text(let text): out.string(text)
                        }
                        out.raw(",")
                    }
                    out.raw("\"count\":\(count.count)}")
                }
                out.raw("]")
            }
            out.raw("}")
        }
        if !statistics.isEmpty {
            out.raw(",\"statistics\":{")
            for (index, (name, values)) in statistics.sorted(by: { $0.key < $1.key }).enumerated() {
                if index > 0 { out.raw(",") }
                out.string(name)
                out.raw(":{\"count\":\(values.count),\"min\":\(values.minimum),\"max\":\(values.maximum),")
                out.raw("\"sum\":\(values.sum),\"mean\":\(values.mean)}")
            }
            out.raw("}")
        }
        if isTimed { out.raw(",\"took_us\":\(tookMicroseconds)") }
        if let nextCursor {
            out.raw(",\"next_cursor\":")
            out.string(nextCursor)
        }
        out.raw("}")
        return out.bytes
    }
}

/// The end of a page and the query it belongs to.
struct PageEnd: Sendable {
    let fingerprint: UInt64
    let request: SearchRequest
    let filter: Filter?
    let position: PagePosition

    var cursor: Cursor { Cursor(snapshot: fingerprint, query: request.hash(filter: filter), last: position) }
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
