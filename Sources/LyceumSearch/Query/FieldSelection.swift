// Which parts of a document are returned.

import Foundation

/// The paths of a document's JSON that were asked for.
struct FieldSelection {
    /// Selects nothing when empty.
    private let members: MemberSelection

    /// - Parameter fields: names of schema fields, which stand for all their paths, or dotted paths.
    init(_ fields: [String], schema: CollectionSchema) {
        members = MemberSelection(
            fields.flatMap { name -> [String] in
                let known = schema.index(of: name).map { schema.fields[$0].paths } ?? []
                // `salary_range#0` is a number within the text at `salary_range`.
                return (known.isEmpty ? [name] : known).map { String($0.prefix { $0 != "#" }) }
            }
        )
    }

    var isEmpty: Bool { members.paths.isEmpty }

    /// The document with the selected members only, in their order; objects stay where something in them is selected.
    func apply(_ json: UnsafeRawBufferPointer) -> Data {
        guard !isEmpty, let value = JSONValue(json.bindMemory(to: UInt8.self)) else { return Data() }
        var out = JSONOutput()
        out.value(members.apply(value))
        return out.bytes
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
