// What Spark says when a statement fails, taken apart.

import ADBC

/// An error of Spark: its class, SQLSTATE and place in the query, without values of the data.
struct SparkError: Error, Sendable, CustomStringConvertible {
    /// Spark's error class, such as `UNRESOLVED_COLUMN.WITH_SUGGESTION`; nil if it gave none.
    let errorClass: String?
    /// Five characters; nil if Spark gave none.
    let sqlState: String?
    /// Where in the query, such as `line 1 pos 7`; nil if Spark did not say.
    let place: String?
    /// What stands there in the statement, as it was sent.
    private(set) var excerpt: String?
    /// The sentence, without what it quotes of the data.
    let message: String
    /// Whether the session or the server was lost, so that the statement may succeed in a new session.
    var isSessionLost: Bool
    /// Whether the server does not take our token.
    let isRefusal: Bool

    init(_ error: ADBCError) {
        let text = error.message
        errorClass = text.firstMatch(of: /\[([A-Z][A-Z0-9_]+(?:\.[A-Z0-9_]+)*)\]/).map { String($0.1) }
        sqlState = text.firstMatch(of: /SQLSTATE: ([0-9A-Z]{5})/).map { String($0.1) } ?? error.sqlState
        place = text.firstMatch(of: /line (\d+),? pos(?:ition)? (\d+)/).map { "line \($0.1) pos \($0.2)" }
        // The plan and the statement follow on lines of their own.
        var sentence = text
        if let begin = sentence.firstRange(of: "[Spark] ") { sentence = String(sentence[begin.upperBound...]) }
        sentence = sentence.drop { $0.isNewline || $0 == " " }.prefix { !$0.isNewline }.description
        if let state = sentence.firstRange(of: " SQLSTATE: ") { sentence = String(sentence[..<state.lowerBound]) }
        let isAboutData = ["21", "22", "23", "P0"].contains(sqlState.map { String($0.prefix(2)) } ?? "")
        if isAboutData, let first = sentence.firstIndex(of: "'"), let last = sentence.lastIndex(of: "'"), first < last {
            sentence.replaceSubrange(sentence.index(after: first)..<last, with: "…")
        }
        // Numbers stand there without quotes.
        if isAboutData { sentence.replace(/-?\b\d+(?:\.\d+)?(?:[eE][+-]?\d+)?\b/, with: "…") }
        message = sentence
        isRefusal = error.code == .unauthenticated || error.code == .unauthorized
        isSessionLost =
            error.code == .io || sqlState == "08003"
            || (errorClass?.hasPrefix("INVALID_HANDLE") ?? false)
            || (errorClass?.hasPrefix("INVALID_CURSOR.DISCONNECTED") ?? false)
    }

    var description: String {
        var text = "spark: \(message)"
        let notes = [sqlState.map { "SQLSTATE \($0)" }, place, excerpt.map { "near \($0)" }].compactMap(\.self)
        if !notes.isEmpty { text += " (\(notes.joined(separator: ", ")))" }
        return text
    }

    /// The error with what stands at its place, without text literals: one may be a password.
    func quoting(_ statement: String) -> SparkError {
        guard let match = place?.firstMatch(of: /line (\d+) pos (\d+)/), let line = Int(match.1),
            let position = Int(match.2)
        else { return self }
        var isLiteral = false
        var last: Character = " "
        let words = String(
            statement.map { character in
                defer { last = last == "\\" && character == "\\" ? " " : character }
                if character == "'", !isLiteral || last != "\\" { isLiteral.toggle() } else if isLiteral { return "*" }
                return character
            }
        )
        let lines = words.split(separator: "\n", omittingEmptySubsequences: false)
        guard lines.indices.contains(line - 1) else { return self }
        // Some of Spark's errors count from 0, some from 1: a word before, and some after.
        let text = lines[line - 1].dropFirst(max(0, position - 12))
        guard !text.isEmpty else { return self }
        var error = self
        error.excerpt = text.count > 60 ? "\(text.prefix(60))…" : String(text)
        return error
    }
}
