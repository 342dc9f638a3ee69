// Which members of a collection's documents there are for somebody.

/// Members of documents by their dotted paths; a path takes what is under it.
public struct MemberSelection: Sendable, Hashable {
    /// The paths, each as its names.
    let paths: [[String]]

    /// Selects members.
    public init(_ paths: [String]) {
        self.paths = Set(paths).sorted().map { $0.split(separator: ".").map(String.init) }
    }

    /// Whether a path, and with it all that is under it, is selected.
    func holds(_ path: String) -> Bool {
        let names = path.prefix { $0 != "#" }.split(separator: ".").map(String.init)
        return paths.contains { !$0.isEmpty && names.starts(with: $0) }
    }

    /// The schema without the fields whose values are not selected: to a query they are unknown.
    func limit(_ schema: CollectionSchema) -> CollectionSchema {
        var limited = schema
        limited.fields = schema.fields.filter { field in
            (field.paths.isEmpty ? [field.name] : field.paths).allSatisfy(holds)
        }
        let names = Set(limited.fields.map(\.name))
        if let title = schema.titleField, !names.contains(title) { limited.titleField = nil }
        limited.vectorFields = schema.vectorFields.filter(names.contains)
        limited.suggestionFields = schema.suggestionFields.filter(names.contains)
        return limited
    }

    /// A document with the selected members only, in their order; an empty object when it has none.
    func apply(_ document: JSONValue) -> JSONValue {
        Self.selected(document, paths.map { $0[...] }) ?? .object([])
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
