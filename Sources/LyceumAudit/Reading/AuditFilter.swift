// Which entries are looked for.

import Foundation
import LyceumCore

/// Conditions that must all hold; one that is nil always does.
public struct AuditFilter: Sendable {
    /// The actor, as it was given when the entry was recorded.
    public var actor: String?
    /// The student's id, which is compared by its keyed hash.
    public var student: String?
    /// What was done.
    public var action: AuditAction?
    /// The declared purpose.
    public var purpose: String?
    /// The request's id.
    public var request: String?
    /// From this moment on.
    public var from: Date?
    /// Before this moment.
    public var until: Date?
    /// Refused ones only.
    public var isDeniedOnly: Bool

    /// Conditions.
    public init(
        actor: String? = nil,
        student: String? = nil,
        action: AuditAction? = nil,
        purpose: String? = nil,
        request: String? = nil,
        from: Date? = nil,
        until: Date? = nil,
        isDeniedOnly: Bool = false
    ) {
        self.actor = actor
        self.student = student
        self.action = action
        self.purpose = purpose
        self.request = request
        self.from = from
        self.until = until
        self.isDeniedOnly = isDeniedOnly
    }

    /// The filter in terms of what stands in the record.
    ///
    /// - Throws: ``AuditError`` with code `bad_secret` if it names a student and there is no key.
    func compiled(_ key: AuditKey?) throws(AuditError) -> CompiledFilter {
        guard student == nil || key != nil else {
            throw AuditError(
                .badSecret,
                "a student's lines are found by a keyed hash, for which the secret of the record is needed; configure it in 'audit.secret'"
            )
        }
        return CompiledFilter(self, key)
    }
}

/// A filter whose ids are hashed and whose times are text.
struct CompiledFilter {
    private let filter: AuditFilter
    private let actors: [String]
    private let student: String?
    private let from: String?
    private let until: String?
    /// Texts that every line must hold that fits: looked for in its bytes before it is read.
    private let needles: [[UInt8]]

    init(_ filter: AuditFilter, _ key: AuditKey?) {
        self.filter = filter
        actors = filter.actor.map { actor in [actor] + (key.map { [$0.pseudonym(ofActor: actor)] } ?? []) } ?? []
        student = filter.student.flatMap { id in key?.pseudonym(ofStudent: id) }
        from = filter.from.map { Timestamp.iso($0, fractional: true) }
        until = filter.until.map { Timestamp.iso($0, fractional: true) }
        var needles = [#","kind":"entry","#]
        if let student { needles.append("\"\(student)\"") }
        if let action = filter.action { needles.append("\"action\":\"\(action.rawValue)\"") }
        if filter.isDeniedOnly { needles.append(#""outcome":"denied""#) }
        self.needles = needles.map { Array($0.utf8) }
    }

    /// Whether a line may fit, as far as its bytes say.
    func mayMatch(_ line: UnsafeRawBufferPointer) -> Bool {
        needles.allSatisfy { Self.holds(line, $0) }
    }

    private static func holds(_ line: UnsafeRawBufferPointer, _ needle: [UInt8]) -> Bool {
        guard let base = line.baseAddress, let first = needle.first else { return needle.isEmpty }
        var start = 0
        while line.count - start >= needle.count {
            guard let found = memchr(base + start, Int32(first), line.count - start - needle.count + 1) else {
                return false
            }
            if memcmp(found, needle, needle.count) == 0 { return true }
            start = UnsafeRawPointer(found) - base + 1
        }
        return false
    }

    /// Whether an entry fits.
    func matches(_ record: AuditRecord) -> Bool {
        if !actors.isEmpty, !actors.contains(record.actor) { return false }
        if let student, !record.subjects.contains(student) { return false }
        if let action = filter.action, record.action != action.rawValue { return false }
        if let purpose = filter.purpose, record.purpose != purpose { return false }
        if let request = filter.request, record.request != request { return false }
        // Times of one form in one zone compare as text.
        if let from, record.at < from { return false }
        if let until, record.at >= until { return false }
        return !filter.isDeniedOnly || record.outcome == "denied"
    }
}
