// The key store's file as text: strict, because what is overlooked here lets someone in.

import Foundation
import LyceumCore

/// Reads and writes `keys.json`.
enum KeyFile {
    /// The form of the file that this version reads and writes.
    static let version = 1
    /// The largest file that is read, in bytes.
    static let mostBytes = 16 << 20
    /// The most keys that a store holds.
    static let mostKeys = 20_000

    /// The keys of a file, in its order.
    ///
    /// An unknown member is a fault and not passed over: a misspelt `revoked` would leave a key working.
    ///
    /// - Throws: ``KeyFileFault`` or a `DecodingError` that says what is wrong, without values.
    static func records(in data: Data) throws -> [KeyRecord] {
        let document: Document
        do {
            document = try JSONDecoder().decode(Document.self, from: data)
        } catch let fault as KeyFileFault {
            throw fault
        } catch let error as DecodingError {
            throw KeyFileFault(error)
        }
        var ids: Set<String> = []
        for entry in document.keys where !ids.insert(entry.record.id).inserted {
            throw KeyFileFault("two keys have the id \(entry.record.id)")
        }
        return document.keys.map(\.record)
    }

    /// The file's text for some keys.
    static func data(_ records: [KeyRecord]) throws -> Data {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        var data = try encoder.encode(Document(keys: records.map(Entry.init)))
        data.append(UInt8(ascii: "\n"))
        return data
    }

    private struct Document: Codable {
        var keys: [Entry]

        enum CodingKeys: String, CodingKey, CaseIterable { case version, keys }

        init(keys: [Entry]) { self.keys = keys }

        init(from decoder: any Decoder) throws {
            let container = try decoder.strictContainer(keyedBy: CodingKeys.self)
            let version = try container.decode(Int.self, forKey: .version)
            guard version == KeyFile.version else {
                throw KeyFileFault("it has version \(version); this program reads version \(KeyFile.version)")
            }
            keys = try container.decode([Entry].self, forKey: .keys)
        }

        func encode(to encoder: any Encoder) throws {
            var container = encoder.container(keyedBy: CodingKeys.self)
            try container.encode(KeyFile.version, forKey: .version)
            try container.encode(keys, forKey: .keys)
        }
    }

    private struct Entry: Codable {
        let record: KeyRecord

        enum CodingKeys: String, CodingKey, CaseIterable {
            case id, name, role, subject, scopes, sha256, created, expires, revoked
            case createdBy = "created_by"
            case revokedBy = "revoked_by"
        }

        init(_ record: KeyRecord) { self.record = record }

        init(from decoder: any Decoder) throws {
            let container = try decoder.strictContainer(keyedBy: CodingKeys.self)
            let id = try container.decode(String.self, forKey: .id)
            guard KeyText.isID(id) else { throw KeyFileFault("a key's id is not one") }
            guard let digest = Self.bytes(try container.decode(String.self, forKey: .sha256)), digest.count == 32
            else { throw KeyFileFault("the hash of the key \(id) is not 64 hexadecimal digits") }
            func time(_ key: CodingKeys) throws -> Date? {
                guard let text = try container.decodeIfPresent(String.self, forKey: key) else { return nil }
                guard let date = Timestamp.parse(text) else {
                    throw KeyFileFault("'\(key.rawValue)' of the key \(id) is not a time")
                }
                return date
            }
            guard let created = try time(.created) else { throw KeyFileFault("the key \(id) has no 'created'") }
            let role = try container.decode(Role.self, forKey: .role)
            let subject = try container.decodeIfPresent(String.self, forKey: .subject)
            guard !role.needsSubject || subject?.isEmpty == false else {
                throw KeyFileFault("the key \(id) has the role \(role.rawValue) and no subject")
            }
            let scopes = Set(try container.decode([Scope].self, forKey: .scopes))
            guard scopes.isSubset(of: role.scopes) else {
                throw KeyFileFault("the key \(id) has scopes that its role \(role.rawValue) does not open")
            }
            record = KeyRecord(
                id: id,
                name: try container.decode(String.self, forKey: .name),
                role: role,
                subject: subject,
                scopes: scopes,
                digest: digest,
                created: created,
                createdBy: try container.decode(String.self, forKey: .createdBy),
                expires: try time(.expires),
                revoked: try time(.revoked),
                revokedBy: try container.decodeIfPresent(String.self, forKey: .revokedBy)
            )
        }

        func encode(to encoder: any Encoder) throws {
            var container = encoder.container(keyedBy: CodingKeys.self)
            try container.encode(record.id, forKey: .id)
            try container.encode(record.name, forKey: .name)
            try container.encode(record.role, forKey: .role)
            try container.encodeIfPresent(record.subject, forKey: .subject)
            try container.encode(record.scopes.sorted(), forKey: .scopes)
            try container.encode(record.sha256, forKey: .sha256)
            try container.encode(Timestamp.iso(record.created), forKey: .created)
            try container.encode(record.createdBy, forKey: .createdBy)
            try container.encodeIfPresent(record.expires.map { Timestamp.iso($0) }, forKey: .expires)
            try container.encodeIfPresent(record.revoked.map { Timestamp.iso($0) }, forKey: .revoked)
            try container.encodeIfPresent(record.revokedBy, forKey: .revokedBy)
        }

        private static func bytes(_ hexadecimal: String) -> [UInt8]? {
            let digits = Array(hexadecimal.utf8)
            guard digits.count == 64 else { return nil }
            var bytes: [UInt8] = []
            for pair in stride(from: 0, to: digits.count, by: 2) {
                guard let high = Character(UnicodeScalar(digits[pair])).hexDigitValue,
                    let low = Character(UnicodeScalar(digits[pair + 1])).hexDigitValue
                else { return nil }
                bytes.append(UInt8(high << 4 | low))
            }
            return bytes
        }
    }
}

/// What is wrong with a key file.
struct KeyFileFault: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }

    /// The decoder's complaint without the values that it quotes.
    init(_ error: DecodingError) {
        let (what, path): (String, [any CodingKey]) =
            switch error {
            case .keyNotFound(let key, let context): ("has no '\(key.stringValue)'", context.codingPath)
            case .typeMismatch(_, let context): ("is of the wrong type", context.codingPath)
            case .valueNotFound(_, let context): ("is null", context.codingPath)
            case .dataCorrupted(let context):
                (context.codingPath.isEmpty ? "is not valid JSON" : "has an unknown value", context.codingPath)
            @unknown default: ("cannot be read", [])
            }
        let place = path.map { key in key.intValue.map { "[\($0)]" } ?? ".\(key.stringValue)" }.joined()
        description = "\(place.isEmpty ? "it" : "'\(place.drop { $0 == "." })'") \(what)"
    }
}

private struct AnyMember: CodingKey {
    let stringValue: String
    var intValue: Int? { nil }
    init?(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
}

extension Decoder {
    /// A container that refuses members that nobody would read.
    fileprivate func strictContainer<Key: CodingKey & CaseIterable>(
        keyedBy type: Key.Type
    ) throws -> KeyedDecodingContainer<Key> {
        let known = Set(Key.allCases.map(\.stringValue))
        for member in try container(keyedBy: AnyMember.self).allKeys where !known.contains(member.stringValue) {
            throw KeyFileFault("it has an unknown member '\(member.stringValue)'")
        }
        return try container(keyedBy: type)
    }
}
