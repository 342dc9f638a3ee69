// What a template is filled with.

import Foundation
import Mustache

/// The named values of a page, or of a part of it.
///
/// A name that was set to nothing hides one of the same name around it; one that was never set does not.
struct PageFields: Sendable, MustacheParent {
    private enum Value: Sendable {
        case text(String)
        case flag(Bool)
        case fields(PageFields)
        case list([PageFields])
        case absent
    }

    private var values: [String: Value] = [:]

    init() {}

    /// Makes the fields of a few texts.
    init(_ texts: KeyValuePairs<String, String?>) {
        for (name, text) in texts { set(name, text) }
    }

    /// Sets a text; an empty one counts as none.
    mutating func set(_ name: String, _ text: String?) {
        values[name] = text.flatMap { $0.isEmpty ? nil : .text($0) } ?? .absent
    }

    mutating func set(_ name: String, _ flag: Bool) {
        values[name] = .flag(flag)
    }

    mutating func set(_ name: String, _ fields: PageFields?) {
        values[name] = fields.map { .fields($0) } ?? .absent
    }

    /// Sets a list; `has_<name>` says whether there is anything in it.
    mutating func set(_ name: String, _ list: [PageFields]) {
        values[name] = .list(list)
        values["has_\(name)"] = .flag(!list.isEmpty)
    }

    /// Sets a list of texts, each the `text` of its element.
    mutating func set(_ name: String, texts: [String]) {
        set(name, texts.map { PageFields(["text": $0]) })
    }

    /// Sets a text with matches in it, as its parts.
    mutating func set(_ name: String, _ marked: MarkedText?) {
        set(name, marked?.fields ?? [])
    }

    /// What Mustache asks for.
    func child(named name: String) -> Any? {
        switch values[name] {
        case .text(let text): text
        case .flag(let flag): flag
        case .fields(let fields): fields
        case .list(let list): list
        case .absent: NSNull()
        case nil: nil
        }
    }
}
