// Which parts of a document are returned.

import Foundation

/// The paths of a document's JSON that were asked for.
struct FieldSelection {
    /// Paths as their dotted parts; empty selects nothing.
    private let paths: [[String]]

    /// - Parameter fields: names of schema fields, which stand for all their paths, or dotted paths.
    init(_ fields: [String], schema: CollectionSchema) {
        paths = fields.flatMap { name -> [[String]] in
            let known = schema.index(of: name).map { schema.fields[$0].paths } ?? []
            return (known.isEmpty ? [name] : known).map { path in
                // `salary_range#0` is a number within the text at `salary_range`.
                path.prefix { $0 != "#" }.split(separator: ".").map(String.init)
            }
        }
    }

    var isEmpty: Bool { paths.isEmpty }

    /// The document with the selected members only, in their order; objects stay where something in them is selected.
    func apply(_ json: UnsafeRawBufferPointer) -> Data {
        guard !isEmpty, let value = JSONValue(json.bindMemory(to: UInt8.self)) else { return Data() }
        var out = JSONOutput()
        out.value(Self.selected(value, paths.map { $0[...] }) ?? .object([]))
        return out.bytes
    }

    private static func selected(_ value: JSONValue, _ paths: [ArraySlice<String>]) -> JSONValue? {
        if paths.contains(where: \.isEmpty) { return value }
        guard case .object(let members) = value else { return nil }
        let kept = members.compactMap { member -> (key: String, value: JSONValue)? in
            let rest = paths.filter { $0.first == member.key }.map { $0.dropFirst() }
            guard !rest.isEmpty, let value = selected(member.value, rest) else { return nil }
            return (member.key, value)
        }
        return kept.isEmpty ? nil : .object(kept)
    }
}

extension JSONOutput {
    /// A value as JSON; numbers as they were written.
    mutating func value(_ value: JSONValue) {
        switch value {
        case .null: raw("null")
        case .bool(let truth): raw(truth ? "true" : "false")
        case .number(_, let text): raw(text)
        case .string(let text): string(text)
        case .array(let elements):
            raw("[")
            for (index, element) in elements.enumerated() {
                if index > 0 { raw(",") }
                self.value(element)
            }
            raw("]")
        case .object(let members):
            raw("{")
            for (index, member) in members.enumerated() {
                if index > 0 { raw(",") }
                string(member.key)
                raw(":")
                self.value(member.value)
            }
            raw("}")
        }
    }
}
