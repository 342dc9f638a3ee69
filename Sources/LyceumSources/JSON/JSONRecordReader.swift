// Flattens JSON objects into rows of text, by a tree of the members that are wanted.

/// One record as a row of text.
struct JSONRecord: Sendable, Hashable {
    /// One text a column, nil for null and for what is missing.
    var values: [String?]
    /// Members that no column takes, as a JSON object; nil if there are none.
    var extra: String?
    /// The record's bytes in its page.
    var range: Range<Int>
}

/// What kinds of JSON values a column has held.
struct JSONKinds: OptionSet, Sendable, Hashable {
    let rawValue: UInt8

    static let string = JSONKinds(rawValue: 1)
    static let number = JSONKinds(rawValue: 2)
    static let bool = JSONKinds(rawValue: 4)
    static let object = JSONKinds(rawValue: 8)
    static let array = JSONKinds(rawValue: 16)
    /// The member was there, perhaps null.
    static let present = JSONKinds(rawValue: 128)

    /// The kinds in words: `number, string`.
    var names: String {
        let names: [(JSONKinds, String)] = [
            (.array, "array"), (.bool, "boolean"), (.number, "number"), (.object, "object"), (.string, "string"),
        ]
        return names.filter { contains($0.0) }.map(\.1).joined(separator: ", ")
    }
}

/// Reads records out of one JSON text.
struct JSONRecordReader {
    private let tree: FieldTree
    private let bytes: UnsafeBufferPointer<UInt8>
    private var scanner: JSONScanner
    private var values: [String?] = []
    /// The rank of the path that each value came from; the greatest where there is no value.
    private var ranks: [Int] = []
    private var extra = ""
    /// What each column has held so far.
    private(set) var kinds: [JSONKinds]
    /// Members that no column takes, by name, at the record's top level.
    private(set) var unmapped: Set<String> = []

    init(_ bytes: UnsafeBufferPointer<UInt8>, tree: FieldTree) {
        self.tree = tree
        self.bytes = bytes
        scanner = JSONScanner(bytes)
        kinds = Array(repeating: [], count: tree.columns.count)
    }

    /// Reads a page such as `{"total": N, "data": […]}`, or a bare array, and calls `receive` for each record.
    ///
    /// - Parameters:
    ///   - rows: the dotted path of the array of records; empty for a bare array.
    ///   - scalars: dotted paths of other values that are wanted, such as `total`.
    /// - Returns: the texts of `scalars`, nil where there is none or null.
    mutating func readPage(
        rows: String,
        scalars: [String] = ["total"],
        receive: (JSONRecord) -> Void
    ) throws(JSONFault) -> [String?] {
        var envelope = Envelope(rows: rows, scalars: scalars)
        if try scanner.kind() == .array {
            try readRecords(receive)
            envelope.hasRows = true
        } else {
            try readEnvelope(&envelope, prefix: "", receive: receive)
        }
        try scanner.expectEnd()
        guard envelope.hasRows else { throw JSONFault(reason: "there is no array '\(rows)'", offset: 0) }
        return envelope.values
    }

    /// What is wanted of the text around the records.
    private struct Envelope {
        let rows: String
        let scalars: [String]
        var values: [String?]
        var hasRows = false

        init(rows: String, scalars: [String]) {
            self.rows = rows
            self.scalars = scalars
            values = Array(repeating: nil, count: scalars.count)
        }

        /// Whether a wanted path leads through `path`.
        func leads(through path: String) -> Bool {
            rows.hasPrefix(path + ".") || scalars.contains { $0.hasPrefix(path + ".") }
        }
    }

    private mutating func readEnvelope(
        _ envelope: inout Envelope,
        prefix: String,
        receive: (JSONRecord) -> Void
    ) throws(JSONFault) {
        try scanner.expect(UInt8(ascii: "{"), "an object")
        if try scanner.take(UInt8(ascii: "}")) { return }
        repeat {
            let path = prefix + (try memberName())
            let kind = try scanner.kind()
            if path == envelope.rows, kind == .array, !envelope.hasRows {
                envelope.hasRows = true
                try readRecords(receive)
            } else if kind == .object, envelope.leads(through: path) {
                try readEnvelope(&envelope, prefix: path + ".", receive: receive)
            } else if let index = envelope.scalars.firstIndex(of: path), kind == .string {
                let (range, hasEscapes) = try scanner.string()
                envelope.values[index] = JSONText.decode(bytes[range], hasEscapes: hasEscapes)
            } else {
                let range = try scanner.skipValue()
                if let index = envelope.scalars.firstIndex(of: path), kind == .number || kind == .bool {
                    envelope.values[index] = String(validating: bytes[range], as: UTF8.self)
                }
            }
        } while try scanner.take(UInt8(ascii: ","))
        try scanner.expect(UInt8(ascii: "}"), "a comma or }")
    }

    /// Reads a text that is one record, such as a line of NDJSON.
    mutating func readRecord() throws(JSONFault) -> JSONRecord {
        let record = try nextRecord()
        try scanner.expectEnd()
        return record
    }

    private mutating func nextRecord() throws(JSONFault) -> JSONRecord {
        guard try scanner.kind() == .object else { throw scanner.fault("a record is not an object") }
        let offset = scanner.position
        values = Array(repeating: nil, count: tree.columns.count)
        ranks = Array(repeating: .max, count: tree.columns.count)
        extra = ""
        try readObject(tree.root, prefix: "")
        return JSONRecord(values: values, extra: extra.isEmpty ? nil : "{\(extra)}", range: offset..<scanner.position)
    }

    private mutating func readRecords(_ receive: (JSONRecord) -> Void) throws(JSONFault) {
        try scanner.expect(UInt8(ascii: "["), "an array")
        if try scanner.take(UInt8(ascii: "]")) { return }
        repeat {
            receive(try nextRecord())
        } while try scanner.take(UInt8(ascii: ","))
        try scanner.expect(UInt8(ascii: "]"), "a comma or ]")
    }

    private mutating func memberName() throws(JSONFault) -> String {
        let (range, hasEscapes) = try scanner.string()
        guard let name = JSONText.decode(bytes[range], hasEscapes: hasEscapes) else {
            throw scanner.fault("a member's name is not text")
        }
        try scanner.expect(UInt8(ascii: ":"), "a colon")
        return name
    }

    private mutating func readObject(_ entries: [FieldTree.Entry], prefix: String) throws(JSONFault) {
        try scanner.expect(UInt8(ascii: "{"), "an object")
        if try scanner.take(UInt8(ascii: "}")) { return }
        repeat {
            let (range, hasEscapes) = try scanner.string()
            try scanner.expect(UInt8(ascii: ":"), "a colon")
            if let entry = try entry(of: range, hasEscapes, among: entries) {
                try readMember(entry.node, path: prefix, name: bytes[range])
            } else {
                let value = try scanner.skipValue()
                let text = try text(of: range, hasEscapes)
                if prefix.isEmpty { unmapped.insert(text) }
                try keep(prefix + text, value)
            }
        } while try scanner.take(UInt8(ascii: ","))
        try scanner.expect(UInt8(ascii: "}"), "a comma or }")
    }

    private func entry(
        of name: Range<Int>,
        _ hasEscapes: Bool,
        among entries: [FieldTree.Entry]
    ) throws(JSONFault) -> FieldTree.Entry? {
        if !hasEscapes {
            let bytes = bytes[name]
            return entries.first { $0.name.elementsEqual(bytes) }
        }
        let text = Array(try text(of: name, hasEscapes).utf8)
        return entries.first { $0.name == text }
    }

    private func text(of string: Range<Int>, _ hasEscapes: Bool) throws(JSONFault) -> String {
        guard let text = JSONText.decode(bytes[string], hasEscapes: hasEscapes) else {
            throw JSONFault(reason: "a member's name is not valid UTF-8", offset: string.lowerBound)
        }
        return text
    }

    private mutating func readMember(
        _ node: FieldTree.Node,
        path: String,
        name: Slice<UnsafeBufferPointer<UInt8>>
    ) throws(JSONFault) {
        let kind = try scanner.kind()
        if kind == .object, !node.children.isEmpty, !node.isJSON {
            try readObject(node.children, prefix: path + String(decoding: name, as: UTF8.self) + ".")
            return
        }
        if kind == .array, !node.element.isEmpty {
            try readElements(node.element, path: path + String(decoding: name, as: UTF8.self) + "[].")
            return
        }
        guard let column = node.column else {
            markPresent(node)
            let value = try scanner.skipValue()
            if kind != .null { try keep(path + String(decoding: name, as: UTF8.self), value) }
            return
        }
        kinds[column].insert(.present)
        let text: String
        switch kind {
        case .null:
            _ = try scanner.skipValue()
            return
        case .string:
            let (range, hasEscapes) = try scanner.string()
            guard let decoded = JSONText.decode(bytes[range], hasEscapes: hasEscapes) else {
                throw JSONFault(reason: "a string is not valid UTF-8 or has a wrong escape", offset: range.lowerBound)
            }
            kinds[column].insert(.string)
            text = decoded
        case .number, .bool, .object, .array:
            let range = try scanner.skipValue()
            guard let raw = String(validating: bytes[range], as: UTF8.self) else {
                throw JSONFault(reason: "a value is not valid UTF-8", offset: range.lowerBound)
            }
            kinds[column].insert(kind == .number ? .number : kind == .bool ? .bool : kind == .object ? .object : .array)
            text = raw
        }
        guard node.rank < ranks[column] else { return }
        values[column] = text
        ranks[column] = node.rank
    }

    /// An array of objects: each element's value, joined by `; `.
    private mutating func readElements(_ entries: [FieldTree.Entry], path: String) throws(JSONFault) {
        try scanner.expect(UInt8(ascii: "["), "an array")
        if try scanner.take(UInt8(ascii: "]")) { return }
        // What stands outside the array gives way to better paths inside it, and stays before worse ones.
        let (before, ranksBefore) = (values, ranks)
        var joined = [String?](repeating: nil, count: values.count)
        var joinedRanks = ranks
        repeat {
            guard try scanner.kind() == .object else {
                _ = try scanner.skipValue()
                continue
            }
            (values, ranks) = (before, ranksBefore)
            try readObject(entries, prefix: path)
            for column in values.indices where ranks[column] < ranksBefore[column] {
                guard let value = values[column] else { continue }
                joined[column] = joined[column].map { $0 + "; " + value } ?? value
                joinedRanks[column] = min(joinedRanks[column], ranks[column])
            }
        } while try scanner.take(UInt8(ascii: ","))
        values = zip(joined, before).map { $0 ?? $1 }
        ranks = joinedRanks
        try scanner.expect(UInt8(ascii: "]"), "a comma or ]")
    }

    /// A parent that is null makes its children's columns null, not missing.
    private mutating func markPresent(_ node: FieldTree.Node) {
        for child in node.children + node.element {
            if let column = child.node.column { kinds[column].insert(.present) }
            markPresent(child.node)
        }
    }

    private mutating func keep(_ name: String, _ value: Range<Int>) throws(JSONFault) {
        guard let text = String(validating: bytes[value], as: UTF8.self) else {
            throw JSONFault(reason: "a value is not valid UTF-8", offset: value.lowerBound)
        }
        if !extra.isEmpty { extra += "," }
        extra += JSONText.encode(name) + ":" + text
    }
}
