// What a line says besides its place in the chain, written as JSON members.

import Foundation
import LyceumCore

/// The members of a line after its kind, in a fixed order; members without a value are left out.
struct LineBody: Sendable {
    let kind: LineKind
    /// `,"name":value` for each member.
    private(set) var members: [UInt8] = []

    private init(_ kind: LineKind) { self.kind = kind }

    // MARK: - Kinds

    /// The first line of a record.
    static func begin(chain: String, publicKey: String, at time: String) -> LineBody {
        var body = LineBody(.begin)
        body.add("at", time)
        body.add("format", raw: "1")
        body.add("chain", chain)
        body.add("public_key", publicKey)
        return body
    }

    /// A signature over the line before, and so over all lines before.
    static func checkpoint(signature: String, at time: String) -> LineBody {
        var body = LineBody(.checkpoint)
        body.add("at", time)
        body.add("signature", signature)
        return body
    }

    /// The end of a line that was never finished, now in a file of its own.
    static func torn(bytes: Int, sha256: String, file: String, at time: String) -> LineBody {
        var body = LineBody(.torn)
        body.add("at", time)
        body.add("bytes", raw: String(bytes))
        body.add("sha256", sha256)
        body.add("file", file)
        return body
    }

    /// The lines of an entry: one, or several where it names more students than go into one.
    ///
    /// - Parameter subjects: the pseudonyms of the entry's students.
    static func lines(of entry: AuditEntry, subjects: [String], key: AuditKey) -> [LineBody] {
        guard subjects.count > AuditLimits.subjectsInLine else { return [line(of: entry, subjects[...], key)] }
        return stride(from: 0, to: subjects.count, by: AuditLimits.subjectsInLine).map { start in
            let end = min(start + AuditLimits.subjectsInLine, subjects.count)
            return line(of: entry, subjects[start..<end], key)
        }
    }

    private static func line(of entry: AuditEntry, _ subjects: ArraySlice<String>, _ key: AuditKey) -> LineBody {
        var body = LineBody(.entry)
        body.members.reserveCapacity(512 + subjects.count * 25)
        body.add("at", Timestamp.iso(entry.at, fractional: true))
        body.add("request", entry.request)
        body.add("actor", entry.role == "student" ? key.pseudonym(ofActor: entry.actor) : entry.actor)
        body.add("role", entry.role)
        body.add("action", entry.action.rawValue)
        body.add("resource", entry.resource)
        body.add("collection", entry.collection)
        body.add("subjects", subjects)
        body.add("fields", entry.fields.prefix(AuditLimits.fieldsInLine))
        body.add("query", entry.query.map { key.pseudonym(ofQuery: $0) })
        body.add("purpose", entry.purpose)
        body.add("basis", entry.basis)
        switch entry.outcome {
        case .granted:
            body.add("outcome", "granted")
        case .denied(let problem):
            body.add("outcome", "denied")
            body.add("problem", problem)
        }
        body.add("recipient", entry.recipient?.rawValue)
        body.add("party", entry.party)
        return body
    }

    // MARK: - Members

    private mutating func add(_ name: StaticString, raw value: String) {
        begin(name)
        members += value.utf8
    }

    private mutating func add(_ name: StaticString, _ value: String?) {
        guard let value else { return }
        begin(name)
        quote(value)
    }

    private mutating func add(_ name: StaticString, _ values: some Collection<String>) {
        guard !values.isEmpty else { return }
        begin(name)
        var mark = UInt8(ascii: "[")
        for value in values {
            members.append(mark)
            quote(value)
            mark = UInt8(ascii: ",")
        }
        members.append(UInt8(ascii: "]"))
    }

    private mutating func begin(_ name: StaticString) {
        members.append(UInt8(ascii: ","))
        members.append(UInt8(ascii: "\""))
        name.withUTF8Buffer { members.append(contentsOf: $0) }
        members.append(UInt8(ascii: "\""))
        members.append(UInt8(ascii: ":"))
    }

    /// A JSON string of at most ``AuditLimits/textBytes`` bytes, so that nothing from outside makes a line long.
    private mutating func quote(_ text: String) {
        members.append(UInt8(ascii: "\""))
        defer { members.append(UInt8(ascii: "\"")) }
        // Nearly every text is short and plain.
        let plain = text.utf8
        if plain.count <= AuditLimits.textBytes,
            plain.allSatisfy({ (0x20..<0x7F).contains($0) && $0 != 0x22 && $0 != 0x5C })
        {
            members += plain
            return
        }
        var rest = AuditLimits.textBytes
        for scalar in text.unicodeScalars {
            rest -= UTF8.width(scalar)
            guard rest >= 0 else {
                members += Array("…".utf8)
                break
            }
            switch scalar.value {
            case 0x22: members += [0x5C, 0x22]
            case 0x5C: members += [0x5C, 0x5C]
            case 0..<0x20, 0x7F, 0x2028, 0x2029:
                let digits = String(scalar.value, radix: 16)
                members += Array("\\u\(String(repeating: "0", count: 4 - digits.count))\(digits)".utf8)
            default: members += UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter
            }
        }
    }
}
