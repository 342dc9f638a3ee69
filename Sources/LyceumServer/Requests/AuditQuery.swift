// What is sought in the audit record.

import Foundation
import LyceumAudit
import LyceumCore

/// The conditions and the page of a search in the audit record.
struct AuditQuery: Sendable {
    /// A page of entries as JSON, and after which entry the next one begins.
    struct Page: Sendable {
        var entries: [String] = []
        var next: UInt64?
    }

    private(set) var filter = AuditFilter()
    /// The entry after which the page begins.
    private(set) var after: UInt64 = 0
    private(set) var limit = 100

    /// Reads a query string.
    ///
    /// - Throws: ``Problem`` 400 that names the parameter.
    init(_ query: QueryString, limits: ServerConfiguration.Limits) throws {
        var seen: Set<String> = []
        for (name, value) in query.pairs {
            guard AuditRoutes.parameters.contains(name) else {
                throw SearchParameters.unknown(name, known: AuditRoutes.parameters)
            }
            guard seen.insert(name).inserted else {
                throw Problem.badParameter(name, "The parameter '\(name)' is given twice.")
            }
            guard (1...512).contains(value.unicodeScalars.count) else {
                throw Problem.badParameter(name, "The parameter '\(name)' has 1 to 512 characters.")
            }
            switch name {
            case "actor": filter.actor = value
            case "student": filter.student = value
            case "purpose": filter.purpose = value
            case "request": filter.request = value
            case "from": filter.from = try Self.moment(name, value)
            case "until": filter.until = try Self.moment(name, value)
            case "denied": filter.isDeniedOnly = try SearchParameters.flag(name, value)
            case "after": after = UInt64(try SearchParameters.whole(name, value))
            case "limit":
                limit = try SearchParameters.whole(name, value)
                guard (1...1000).contains(limit) else {
                    throw Problem.badParameter(name, "The limit is a whole number from 1 to 1000.")
                }
            default:
                guard let action = AuditAction(rawValue: value) else {
                    let known = AuditAction.allCases.map(\.rawValue).joined(separator: ", ")
                    throw Problem.badParameter(name, "The action is one of: \(known).")
                }
                filter.action = action
            }
        }
    }

    /// The page, in the order of the record.
    func page(of reader: AuditReader) throws -> Page {
        var page = Page()
        var last: UInt64 = 0
        try reader.forEach(filter) { entry in
            if entry.sequence <= after { return true }
            guard page.entries.count < limit else {
                page.next = last
                return false
            }
            page.entries.append(try Self.json(entry))
            last = entry.sequence
            return true
        }
        return page
    }

    /// An entry or disclosure as JSON.
    static func json(_ value: some Encodable) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(value), as: UTF8.self)
    }

    private static func moment(_ name: String, _ value: String) throws -> Date {
        guard let date = Timestamp.parse(value) else {
            throw Problem.badParameter(name, "The parameter '\(name)' is a time such as 2026-11-28T09:30:00Z.")
        }
        return date
    }
}
