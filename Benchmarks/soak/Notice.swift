// The documents of the soak: small, many times changed, each version recognisable by a word of its own.

import Foundation
import LyceumSearch

enum Notice {
    static let schema = CollectionSchema(
        name: "notices",
        fields: [
            .init("title", .text(weight: 3)), .init("body", .text(weight: 1)),
            .init("tags", .keyword(textWeight: 1), isArray: true, isFacet: true), .init("amount", .number),
            .init("place", .keyword(textWeight: nil), isFacet: true), .init("version", .number),
        ],
        titleField: "title",
        vectorFields: ["title", "tags"]
    )

    static let words = [
        "data", "nurse", "engineer", "teacher", "analyst", "senior", "junior", "cloud", "welding", "history",
        "chemistry",
        "spanish", "reports", "pumps", "software", "library", "garden", "finance", "audit", "music",
    ]

    static func id(_ number: Int) -> String { "n\(number)" }

    /// The word that only this version of this document has.
    static func mark(_ number: Int, _ version: Int) -> String { "mark\(number)x\(version)" }

    static func json(_ number: Int, version: Int) -> String {
        var state = UInt64(truncatingIfNeeded: number &* 7919 &+ version &* 104_729) &+ 1
        func word() -> String {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return words[Int(state >> 33) % words.count]
        }
        let tags = Set([word(), word()]).sorted().map { "\"\($0)\"" }.joined(separator: ",")
        let body = (0..<12).map { _ in word() }.joined(separator: " ")
        return
            "{\"id\":\"\(id(number))\",\"title\":\"\(word()) \(word())\",\"body\":\"\(mark(number, version)) \(body)\","
            + "\"tags\":[\(tags)],\"amount\":\(number % 100),\"place\":\"\(word())\",\"version\":\(version)}"
    }

    static func version(of json: Data) -> Int? {
        let object = try? JSONSerialization.jsonObject(with: json) as? [String: Any]
        return (object?["version"] as? NSNumber)?.intValue
    }

    static func amount(of json: Data) -> Int? {
        let object = try? JSONSerialization.jsonObject(with: json) as? [String: Any]
        return (object?["amount"] as? NSNumber)?.intValue
    }

    /// A snapshot of documents in version 1.
    static func publish(_ count: Int, in directory: URL) throws {
        let writer = try SnapshotWriter(directory: directory, version: "v000000")
        let notices = try writer.collection(schema)
        for number in 0..<count { try notices.add(schema.document(fromJSON: json(number, version: 1))) }
        _ = try writer.finish()
    }
}

/// A seeded generator: SplitMix64 (Steele, Lea and Flood, 2014).
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var value = state
        value = (value ^ value >> 30) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ value >> 27) &* 0x94D0_49BB_1331_11EB
        return value ^ value >> 31
    }
}
