// Reads a document's id and field values out of the JSON it is served as, by the paths of its schema.

import Foundation

extension CollectionSchema {
    /// Makes a document from the JSON it is served as, taking the id and the values from the schema's paths.
    ///
    /// A member that is absent, null or of another type than its field leaves the field without a value.
    ///
    /// - Throws: ``SearchError`` with code `invalid_document` when the text is not one JSON object or has no id.
    public func document(fromJSON json: String) throws -> IndexDocument {
        guard let object = JSONValue(json), case .object = object else {
            throw SearchError(.invalidDocument, "a document of \(name) is not a JSON object")
        }
        guard let id = object[idPath]?.text, !id.isEmpty else {
            throw SearchError(.invalidDocument, "a document of \(name) has no \(idPath)")
        }
        var values: [(field: Int, value: FieldValue)] = []
        values.reserveCapacity(fields.count)
        for (index, field) in fields.enumerated() {
            let value = field.value(in: object)
            if value != .none { values.append((index, value)) }
        }
        return IndexDocument(id: id, json: json, values: values)
    }
}

extension FieldDefinition {
    func value(in object: JSONValue) -> FieldValue {
        let paths = paths.isEmpty ? [name] : paths
        switch kind {
        case .number:
            for path in paths { if let number = Self.number(path, in: object) { return .number(number) } }
            return .none
        case .date:
            for path in paths {
                guard case .string(let text)? = object[path], let span = DateText.span(of: text) else { continue }
                return .date(span.start)
            }
            return .none
        case .geo:
            for path in paths { if let point = Self.point(object[path]) { return .point(point) } }
            return .none
        case .text, .keyword:
            let texts = paths.flatMap { object[$0]?.texts ?? [] }
            if texts.isEmpty { return .none }
            return isArray ? .texts(texts) : .text(texts.count == 1 ? texts[0] : texts.joined(separator: " "))
        }
    }

    /// A position written as an object, as two numbers, or as the name of a place.
    static func point(_ value: JSONValue?) -> GeoPoint? {
        switch value {
        case .object?:
            guard case .number(let latitude, _)? = value?["lat"] ?? value?["latitude"],
                case .number(let longitude, _)? = value?["lon"] ?? value?["lng"] ?? value?["longitude"]
            else { return nil }
            return GeoPoint(latitude: latitude, longitude: longitude)
        case .string(let text)?:
            let numbers = text.split(separator: ",").map { Double($0.trimmingCharacters(in: .whitespaces)) }
            if numbers.count == 2, let latitude = numbers[0], let longitude = numbers[1] {
                return GeoPoint(latitude: latitude, longitude: longitude)
            }
            return Gazetteer.bundled.point(named: text)
        default: return nil
        }
    }

    /// A number, a text that is one, or with `#n` after the path the n-th number in a text.
    private static func number(_ path: String, in object: JSONValue) -> Double? {
        let mark = path.utf8.firstIndex(of: UInt8(ascii: "#"))
        let found: Double?
        switch object[mark.map { String(path[..<$0]) } ?? path] {
        case .number(let number, _)? where mark == nil: found = number
        case .string(let text)?:
            if let mark {
                found = Int(path[path.utf8.index(after: mark)...]).flatMap { number($0, in: text) }
            } else {
                found = Double(text)
            }
        default: found = nil
        }
        guard let found, found.isFinite else { return nil }
        return found
    }

    /// The number at a position among those in a text; commas within numbers are passed over.
    private static func number(_ position: Int, in text: String) -> Double? {
        var digits: [UInt8] = []
        var count = 0
        for byte in Array(text.utf8) + [0] {
            if (0x30...0x39).contains(byte) || byte == UInt8(ascii: ".") {
                digits.append(byte)
            } else if byte != UInt8(ascii: ",") || digits.isEmpty {
                if !digits.isEmpty {
                    if count == position { return Double(String(decoding: digits, as: UTF8.self)) }
                    count += 1
                }
                digits.removeAll(keepingCapacity: true)
            }
        }
        return nil
    }
}
