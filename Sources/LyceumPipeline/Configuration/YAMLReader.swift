// Strict reading of YAML: every key known, every value of its type, each fault with file and line.

import LyceumCore
import Yams

/// One mapping of a YAML document that remembers which keys were read, so that an unknown key is an error.
struct YAMLMapping {
    let file: String
    let path: String
    private let node: Node
    private let pairs: [String: Node]
    private let order: [String]
    private let read: ReadKeys

    private final class ReadKeys {
        var keys: Set<String> = []
    }

    /// Parses a document whose top is a mapping (an empty document is an empty mapping).
    static func document(_ text: String, file: String) throws(PipelineError) -> YAMLMapping {
        let node: Node?
        do {
            node = try Yams.compose(yaml: text)
        } catch {
            throw PipelineError(.badConfiguration, "is not valid YAML: \(error)", location: file)
        }
        guard let node else { return try YAMLMapping(Node([(Node, Node)]()), file: file, path: "") }
        return try YAMLMapping(node, file: file, path: "")
    }

    init(_ node: Node, file: String, path: String) throws(PipelineError) {
        self.file = file
        self.path = path
        self.node = node
        read = ReadKeys()
        guard case .mapping(let mapping) = node else {
            throw PipelineError(
                .badConfiguration,
                "\(path.isEmpty ? "the document" : "'\(path)'") must be a mapping of keys to values",
                location: Self.place(file, node)
            )
        }
        var pairs: [String: Node] = [:]
        var order: [String] = []
        for (key, value) in mapping {
            guard let name = key.string else {
                throw PipelineError(.badConfiguration, "a key must be text", location: Self.place(file, key))
            }
            guard pairs.updateValue(value, forKey: name) == nil else {
                throw PipelineError(.badConfiguration, "'\(name)' is given twice", location: Self.place(file, key))
            }
            order.append(name)
        }
        self.pairs = pairs
        self.order = order
    }

    private static func place(_ file: String, _ node: Node) -> String {
        node.mark.map { "\(file):\($0.line)" } ?? file
    }

    private func pathOf(_ key: String) -> String { path.isEmpty ? key : "\(path).\(key)" }

    /// An error at a key's line.
    func fault(_ key: String?, _ message: String) -> PipelineError {
        let at = key.flatMap { pairs[$0] } ?? node
        return PipelineError(.badConfiguration, message, location: Self.place(file, at))
    }

    /// The line on which a key's text begins: of a block, the one after its `|`.
    func firstLine(_ key: String) -> Int {
        guard let value = pairs[key] else { return node.mark?.line ?? 1 }
        var line = value.mark?.line ?? 1
        if case .scalar(let scalar) = value, scalar.style == .literal || scalar.style == .folded { line += 1 }
        return line
    }

    var keys: [String] { order }

    func has(_ key: String) -> Bool { pairs[key] != nil }

    /// The value's node, marked as read.
    func take(_ key: String) -> Node? {
        read.keys.insert(key)
        guard let node = pairs[key] else { return nil }
        if case .scalar(let scalar) = node, scalar.style == .plain, ["", "~", "null"].contains(scalar.string) {
            return nil
        }
        return node
    }

    func string(_ key: String) throws(PipelineError) -> String? {
        guard let node = take(key) else { return nil }
        guard case .scalar(let scalar) = node else {
            throw fault(key, "'\(pathOf(key))' must be text")
        }
        return scalar.string
    }

    func requiredString(_ key: String) throws(PipelineError) -> String {
        guard let value = try string(key), !value.isEmpty else {
            throw fault(key, "'\(pathOf(key))' is missing; give it a value")
        }
        return value
    }

    func integer(_ key: String, in range: ClosedRange<Int>) throws(PipelineError) -> Int? {
        guard let node = take(key) else { return nil }
        guard let value = node.int else { throw fault(key, "'\(pathOf(key))' must be a whole number") }
        guard range.contains(value) else {
            throw fault(
                key,
                "'\(pathOf(key))' is \(value); it must lie between \(range.lowerBound) and \(range.upperBound)"
            )
        }
        return value
    }

    func boolean(_ key: String) throws(PipelineError) -> Bool? {
        guard let node = take(key) else { return nil }
        guard let value = node.bool else { throw fault(key, "'\(pathOf(key))' must be true or false") }
        return value
    }

    func number(_ key: String) throws(PipelineError) -> Double? {
        guard let node = take(key) else { return nil }
        guard let value = node.float ?? node.int.map(Double.init), value.isFinite else {
            throw fault(key, "'\(pathOf(key))' must be a number")
        }
        return value
    }

    /// `true` or `false`.
    func bool(_ key: String) throws(PipelineError) -> Bool? {
        guard let node = take(key) else { return nil }
        guard let value = node.bool else { throw fault(key, "'\(pathOf(key))' must be true or false") }
        return value
    }

    func mapping(_ key: String) throws(PipelineError) -> YAMLMapping? {
        guard let node = take(key) else { return nil }
        return try YAMLMapping(node, file: file, path: pathOf(key))
    }

    /// A list of mappings.
    func mappings(_ key: String) throws(PipelineError) -> [YAMLMapping] {
        var result: [YAMLMapping] = []
        for (index, node) in try nodes(key).enumerated() {
            result.append(try YAMLMapping(node, file: file, path: "\(pathOf(key))[\(index)]"))
        }
        return result
    }

    /// The items of a list; a missing key is an empty list.
    func nodes(_ key: String) throws(PipelineError) -> [Node] {
        guard let node = take(key) else { return [] }
        guard case .sequence(let sequence) = node else {
            throw fault(key, "'\(pathOf(key))' must be a list")
        }
        return Array(sequence)
    }

    /// A list of texts; a single text counts as a list of one.
    func strings(_ key: String) throws(PipelineError) -> [String]? {
        guard let node = take(key) else { return nil }
        if case .scalar(let scalar) = node { return [scalar.string] }
        var result: [String] = []
        for item in try nodes(key) {
            guard case .scalar(let scalar) = item else {
                throw fault(key, "'\(pathOf(key))' must be a list of texts")
            }
            result.append(scalar.string)
        }
        return result
    }

    /// One of an enumeration's values.
    func choice<Choice: RawRepresentable & CaseIterable>(
        _ key: String,
        _ type: Choice.Type
    ) throws(PipelineError) -> Choice? where Choice.RawValue == String {
        guard let text = try string(key) else { return nil }
        guard let value = Choice(rawValue: text) else {
            let known = Choice.allCases.map(\.rawValue).joined(separator: ", ")
            throw fault(key, "'\(pathOf(key))' is '\(text)'; it must be one of \(known)")
        }
        return value
    }

    /// Refuses keys that nobody read.
    func finish() throws(PipelineError) {
        for key in order where !read.keys.contains(key) {
            var message = "unknown key '\(pathOf(key))'"
            if let near = NearestName.of(key, among: read.keys) {
                message += "; did you mean '\(near)'?"
            } else {
                message += "; known here: \(read.keys.sorted().joined(separator: ", "))"
            }
            throw fault(key, message)
        }
    }
}
