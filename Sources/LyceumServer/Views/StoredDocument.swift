// JSON that is shown on a page: documents, answers, runs.

import Foundation

/// One JSON object, read member by member; what is missing or of another kind is nil, for a page shows what there is.
struct StoredDocument {
    let members: [String: Any]

    /// - Throws: an error of Foundation's when it is no JSON object: our own answers always are one.
    init(_ json: Data) throws {
        members = try JSONSerialization.jsonObject(with: json) as? [String: Any] ?? [:]
    }

    init(members: [String: Any]) {
        self.members = members
    }

    /// The value at a dotted path.
    func value(_ path: String) -> Any? {
        var current: Any? = members
        for name in path.split(separator: ".") { current = (current as? [String: Any])?[String(name)] }
        return current is NSNull ? nil : current
    }

    /// A text, or a number or truth value as text; nil when it is empty.
    func text(_ path: String) -> String? {
        switch value(path) {
        case let text as String: text.isEmpty ? nil : text
        case let number as NSNumber: number.stringValue
        default: nil
        }
    }

    func number(_ path: String) -> Double? { (value(path) as? NSNumber)?.doubleValue }

    func whole(_ path: String) -> Int? { (value(path) as? NSNumber)?.intValue }

    /// The texts of a list, or the one text there is.
    func texts(_ path: String) -> [String] {
        if let list = value(path) as? [Any] { return list.compactMap { $0 as? String }.filter { !$0.isEmpty } }
        return text(path).map { [$0] } ?? []
    }

    /// The object at a path.
    func object(_ path: String) -> StoredDocument? {
        (value(path) as? [String: Any]).map(StoredDocument.init(members:))
    }

    /// The objects of a list.
    func objects(_ path: String) -> [StoredDocument] {
        (value(path) as? [[String: Any]] ?? []).map(StoredDocument.init(members:))
    }
}
