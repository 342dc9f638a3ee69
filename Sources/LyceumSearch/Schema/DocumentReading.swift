// Reads a document's id and field values out of the JSON it is served as, by the paths of its schema.

import Foundation

extension CollectionSchema {
    /// Makes a document from the JSON it is served as, taking the id and the values from the schema's paths.
    ///
    /// A member that is absent, null or of another type than its field leaves the field without a value.
    ///
    /// - Throws: ``SearchError`` with code `invalid_document` when the text is not one JSON object or has no id.
    public func document(fromJSON json: String) throws -> IndexDocument {
        let parsed: Any
        do {
            parsed = try JSONSerialization.jsonObject(with: Data(json.utf8))
        } catch {
            throw SearchError(.invalidDocument, "a document of \(name) is not JSON", cause: error)
        }
        guard let object = parsed as? [String: Any] else {
            throw SearchError(.invalidDocument, "a document of \(name) is not a JSON object")
        }
        guard let id = JSONPath.value(idPath, in: object).flatMap(JSONPath.text), !id.isEmpty else {
            throw SearchError(.invalidDocument, "a document of \(name) has no \(idPath)")
        }
        var values: [(field: Int, value: FieldValue)] = []
        for (index, field) in fields.enumerated() {
            let value = field.value(in: object)
            if value != .none { values.append((index, value)) }
        }
        return IndexDocument(id: id, json: json, values: values)
    }
}

extension FieldDefinition {
    func value(in object: [String: Any]) -> FieldValue {
        let paths = paths.isEmpty ? [name] : paths
        switch kind {
        case .number:
            for path in paths { if let number = JSONPath.number(path, in: object) { return .number(number) } }
            return .none
        case .date:
            for path in paths {
                guard let text = JSONPath.value(path, in: object) as? String, let span = DateText.span(of: text) else {
                    continue
                }
                return .date(span.start)
            }
            return .none
        case .text, .keyword:
            if isArray {
                let all = paths.flatMap { JSONPath.texts(JSONPath.value($0, in: object)) }
                return all.isEmpty ? .none : .texts(all)
            }
            let parts = paths.flatMap { JSONPath.texts(JSONPath.value($0, in: object)) }
            return parts.isEmpty ? .none : .text(parts.joined(separator: " "))
        }
    }
}

/// Dotted paths into what `JSONSerialization` returns.
enum JSONPath {
    static func value(_ path: String, in object: [String: Any]) -> Any? {
        var current: Any = object
        for part in path.split(separator: ".") {
            guard let members = current as? [String: Any], let next = members[String(part)] else { return nil }
            current = next
        }
        return current is NSNull ? nil : current
    }

    static func text(_ value: Any) -> String? {
        if let text = value as? String { return text }
        if let number = value as? NSNumber { return number.stringValue }
        return nil
    }

    static func texts(_ value: Any?) -> [String] {
        guard let value else { return [] }
        if let list = value as? [Any] { return list.compactMap(text).filter { !$0.isEmpty } }
        guard let text = text(value), !text.isEmpty else { return [] }
        return [text]
    }

    static func number(_ path: String, in object: [String: Any]) -> Double? {
        let parts = path.split(separator: "#", maxSplits: 1)
        guard let first = parts.first, let value = value(String(first), in: object) else { return nil }
        guard parts.count == 2 else {
            if let number = value as? NSNumber { return number.doubleValue.isFinite ? number.doubleValue : nil }
            guard let number = (value as? String).flatMap(Double.init), number.isFinite else { return nil }
            return number
        }
        guard let text = value as? String, let position = Int(parts[1]) else { return nil }
        let numbers = text.filter { $0 != "," }.split { !($0.isASCII && $0.isNumber) && $0 != "." }.compactMap {
            Double($0)
        }
        return numbers.indices.contains(position) ? numbers[position] : nil
    }
}
