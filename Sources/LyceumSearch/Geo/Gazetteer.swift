// Places by name: "Boston, MA" to a position.

import Foundation

/// Some 29,000 places: those of the United States from 1,000 inhabitants, others from 30,000 (GeoNames, CC BY 4.0).
public struct Gazetteer: Sendable {
    /// The gazetteer that comes with this module, read when first used (some 50 ms).
    public static let bundled: Gazetteer = {
        let file = Bundle.module.url(forResource: "gazetteer", withExtension: "tsv")
        // The file is part of the module; without it names resolve to nothing, as names that are not in it do.
        return Gazetteer(file.flatMap { try? String(contentsOf: $0, encoding: .utf8) } ?? "")
    }()

    private struct Place {
        var point: GeoPoint
        var region: String
        var country: String
    }

    private var places: [Place] = []
    /// Places of a name, the largest first.
    private var byName: [String: [Int32]] = [:]
    /// Places of another name they go by.
    private var byAlias: [String: [Int32]] = [:]
    private var countries: [String: String] = [:]
    /// Regions by code or name, each with its country and code.
    private var regions: [String: [(country: String, code: String)]] = [:]

    /// The number of places.
    public var count: Int { places.count }

    /// Reads lines of `country`, `region` and `place`, as `scripts/gazetteer` writes them; others are passed over.
    init(_ text: String) {
        for line in text.split(separator: "\n") {
            let parts = line.split(separator: "\t", omittingEmptySubsequences: false)
            switch parts.first {
            case "country" where parts.count >= 3:
                for name in parts.dropFirst() { countries[Self.key(name)] = String(parts[1]) }
            case "region" where parts.count == 4:
                for name in parts.dropFirst(2) {
                    regions[Self.key(name), default: []].append((String(parts[1]), String(parts[2])))
                }
            case "place" where parts.count == 7:
                guard let latitude = Double(parts[4]), let longitude = Double(parts[5]),
                    let point = GeoPoint(latitude: latitude, longitude: longitude)
                else { continue }
                let number = Int32(places.count)
                places.append(Place(point: point, region: String(parts[2]), country: String(parts[3])))
                let key = Self.key(parts[1])
                byName[key, default: []].append(number)
                if key.hasSuffix(" city") { byAlias[String(key.dropLast(5)), default: []].append(number) }
                for alias in parts[6].split(separator: "|") {
                    let other = Self.key(alias)
                    if other != key { byAlias[other, default: []].append(number) }
                }
            default: continue
            }
        }
    }

    /// The position of a place written as `City`, `City, Region`, `City, Country` or `City, Region, Country`; regions and countries by
    /// name or code. Of several places that fit, the largest. Nil when there is none: a country or region alone is no position.
    public func point(named text: String) -> GeoPoint? {
        let parts = text.split(separator: ",").map { Self.key($0) }.filter { !$0.isEmpty }
        guard let name = parts.first, parts.count <= 4 else { return nil }
        let qualifiers = parts.dropFirst().map { part in
            (country: countries[part], regions: regions[part] ?? [])
        }
        // A part that is neither region nor country says something this does not know: better no answer than a wrong one.
        guard qualifiers.allSatisfy({ $0.country != nil || !$0.regions.isEmpty }) else { return nil }
        func fits(_ number: Int32) -> Bool {
            let place = places[Int(number)]
            return qualifiers.allSatisfy { qualifier in
                qualifier.country == place.country
                    || qualifier.regions.contains { $0.country == place.country && $0.code == place.region }
            }
        }
        let found = byName[name]?.first(where: fits) ?? byAlias[name]?.first(where: fits)
        return found.map { places[Int($0)].point }
    }

    /// Lowercase without diacritics, points and hyphens; `saint`, `fort` and `mount` as they are commonly shortened.
    private static func key(_ text: some StringProtocol) -> String {
        var folded: [UInt8] = []
        func append(_ bytes: some Sequence<UInt8>) {
            for byte in bytes {
                switch byte {
                case UInt8(ascii: "."): continue
                case UInt8(ascii: "-"), 0...0x20: if let last = folded.last, last != 0x20 { folded.append(0x20) }
                case 0x41...0x5A: folded.append(byte | 0x20)
                default: folded.append(byte)
                }
            }
        }
        if text.utf8.allSatisfy({ $0 < 0x80 }) {
            append(text.utf8)
        } else {
            let plain = text.folding(options: [.diacriticInsensitive, .caseInsensitive], locale: nil)
            append(plain.replacing("’", with: "'").utf8)
        }
        if folded.last == 0x20 { folded.removeLast() }
        for (long, short) in [("saint ", "st "), ("fort ", "ft "), ("mount ", "mt ")]
        where folded.starts(with: long.utf8) { folded.replaceSubrange(0..<long.utf8.count, with: short.utf8) }
        return String(decoding: folded, as: UTF8.self)
    }
}
