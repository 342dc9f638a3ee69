// The SQL by which the rows of one person are told from those of others.

import Foundation
import LyceumCore

/// Conditions on the rows of one table, under the alias `t`.
struct SubjectSQL {
    let subject: SubjectTable
    /// The columns that the files have.
    let columns: [ColumnDescription]

    /// An identifier in the form in which it is compared; NULL for none.
    static func normalised(_ expression: String) -> String {
        "nullif(regexp_replace(lower(trim(CAST(\(expression) AS VARCHAR), E' \\t\\r\\n')), '^mailto:|[.]0+$', '', 'g'), '')"
    }

    /// The declared columns that are there.
    var named: [SubjectColumn] {
        let names = Set(columns.map(\.name))
        switch subject.form {
        case .columns(let columns): return columns.filter { names.contains($0.path[0]) }
        case .quarantined(let columns): return columns
        case .text: return []
        }
    }

    /// The identifiers that a row gives, as pairs of kind and SQL expression, in order of precedence.
    var identifiers: [(kind: String, value: String)] {
        named.map { ($0.kind, Self.normalised(expression($0))) }
    }

    private func expression(_ column: SubjectColumn) -> String {
        if case .quarantined = subject.form {
            let path = "$" + column.path.map { ".\"\($0)\"" }.joined()
            return "CASE WHEN json_valid(t.row_json) THEN json_extract_string(t.row_json, \(SQLText.literal(path))) END"
        }
        return "t." + column.path.map(SQLText.identifier).joined(separator: ".")
    }

    /// Whether a row is about the person.
    func isAbout(_ identity: SubjectIdentity) -> String {
        switch subject.form {
        case .columns:
            return quickly(named, identity, isNamed(identity))
        case .text:
            return "coalesce(\(Self.mentions(identity, in: text)), false)"
        case .quarantined:
            // A row that is JSON says whom it is about; where it names nobody, and where it could not even be read, any of
            // the person's identifiers in it makes it theirs.
            return """
                coalesce(CASE WHEN json_valid(t.row_json) AND json_type(t.row_json) = 'OBJECT'
                    THEN \(isNamed(identity)) OR (\(namesNobody) AND \(Self.mentions(identity, in: text)))
                    ELSE \(Self.mentions(identity, in: text)) END, false)
                """
        }
    }

    /// Whether any identifier of a row is one of these, whomever the row is about.
    ///
    /// - Parameter byContact: whether ways to reach someone count.
    func leads(to identity: SubjectIdentity, byContact: Bool) -> String {
        let columns = named.filter { byContact || !$0.isContact }
        let alternatives = columns.compactMap { isOne($0, of: identity) }
        return alternatives.isEmpty ? "false" : quickly(columns, identity, alternatives.joined(separator: " OR "))
    }

    /// A condition, behind one that costs a row little and that whatever meets it meets too: an identifier in any of its forms
    /// has its normal form in it. Almost every row is somebody else's.
    private func quickly(_ columns: [SubjectColumn], _ identity: SubjectIdentity, _ condition: String) -> String {
        let exact = "coalesce(\(condition), false)"
        // What an identifier's text in JSON looks like is not for sure.
        guard case .columns = subject.form else { return exact }
        let alternatives = columns.flatMap { column -> [String] in
            if isInteger(column) { return isOne(column, of: identity).map { [$0] } ?? [] }
            return (identity.identifiers[column.kind] ?? []).sorted().map {
                "contains(lower(CAST(\(expression(column)) AS VARCHAR)), \(SQLText.literal($0)))"
            }
        }
        return alternatives.isEmpty
            ? exact : "(coalesce(\(alternatives.joined(separator: " OR ")), false) AND \(exact))"
    }

    private func isInteger(_ column: SubjectColumn) -> Bool {
        guard case .columns = subject.form, column.path.count == 1 else { return false }
        return columns.contains { $0.name == column.column && Self.integers.contains($0.type) }
    }

    /// Whether the first identifier that a row has is one of the person's.
    ///
    /// The order in which a table declares its identifiers is their precedence: a row with a student's number is that
    /// student's, whoever has had its e-mail address, and one that was filed under another number by mistake is not taken
    /// from the other.
    private func isNamed(_ identity: SubjectIdentity) -> String {
        var alternatives: [String] = []
        var absent: [String] = []
        for column in named {
            if let isOne = isOne(column, of: identity) {
                alternatives.append("(\((absent + [isOne]).joined(separator: " AND ")))")
            }
            absent.append("\(Self.normalised(expression(column))) IS NULL")
        }
        return alternatives.isEmpty ? "false" : "(\(alternatives.joined(separator: " OR ")))"
    }

    /// That a row has none of the identifiers.
    private var namesNobody: String {
        named.map { "\(Self.normalised(expression($0))) IS NULL" }.joined(separator: " AND ")
    }

    private func isOne(_ column: SubjectColumn, of identity: SubjectIdentity) -> String? {
        guard let values = identity.identifiers[column.kind], !values.isEmpty else { return nil }
        if isInteger(column) {
            let numbers = values.compactMap(Int64.init).sorted().map(String.init)
            return numbers.isEmpty ? nil : "\(expression(column)) IN (\(numbers.joined(separator: ", ")))"
        }
        // The forms of one identifier written out, which costs a row less than bringing it into the one form.
        let forms = values.sorted().flatMap { [$0, $0 + ".0", "mailto:" + $0] }
        let list = forms.map(SQLText.literal).joined(separator: ", ")
        return "lower(trim(CAST(\(expression(column)) AS VARCHAR), E' \\t\\r\\n')) IN (\(list))"
    }

    private static let integers: Set<String> = ["BIGINT", "INTEGER", "SMALLINT", "UBIGINT", "UINTEGER"]

    /// Rows that only say that a key of the person's is gone: they name nobody, and nobody else has a row of that key.
    ///
    /// - Parameters:
    ///   - rows: a table expression of all rows of the table.
    /// - Returns: a SELECT of the keys, and the condition on `t` that a row is one of them; nil where there can be none.
    func deletions(of identity: SubjectIdentity, in rows: String, keys: EngineTable) -> (keys: String, isOne: String)? {
        let names = Set(columns.map(\.name))
        guard case .columns = subject.form, names.contains("_op"), !subject.key.isEmpty,
            subject.key.allSatisfy(names.contains), !named.isEmpty,
            !subject.key.contains(where: { key in named.contains { $0.column == key } })
        else { return nil }
        let list = subject.key.map { "t." + SQLText.identifier($0) }.joined(separator: ", ")
        let mine = isAbout(identity)
        let same = subject.key.map { "k.\(SQLText.identifier($0)) IS NOT DISTINCT FROM t.\(SQLText.identifier($0))" }
        return (
            """
            SELECT \(list) FROM \(rows) t WHERE \(mine)
            EXCEPT SELECT \(list) FROM \(rows) t WHERE t._op = 'U' AND NOT \(mine)
            """,
            """
            (t._op = 'D' AND \(namesNobody) AND EXISTS (SELECT 1 FROM \(keys.sql) k WHERE \(same.joined(separator: " AND "))))
            """
        )
    }

    /// All text of a row.
    private var text: String {
        if case .quarantined = subject.form { return "concat_ws(' ', t.row_json, t.row_key, t.location)" }
        let texts = columns.filter { $0.type.contains("VARCHAR") }.map { column in
            column.type == "VARCHAR"
                ? "t.\(SQLText.identifier(column.name))"
                : "CAST(to_json(t.\(SQLText.identifier(column.name))) AS VARCHAR)"
        }
        return texts.isEmpty ? "''" : "concat_ws(' ', \(texts.joined(separator: ", ")))"
    }

    /// Whether a text has one of the identifiers as a whole word.
    static func mentions(_ identity: SubjectIdentity, in text: String) -> String {
        let patterns = identity.all.map { wordPattern($0.value) }
        guard !patterns.isEmpty else { return "false" }
        return "regexp_matches(\(text), \(SQLText.literal("(?i)" + patterns.joined(separator: "|"))))"
    }

    /// A regular expression (RE2, ICU) of a text that stands as a word: `11391` is in `"11391.0"`, not in `113910`; an
    /// address is not in a longer one.
    static func wordPattern(_ text: String) -> String {
        let word = NSRegularExpression.escapedPattern(for: text)
        guard text.contains("@") else { return #"(?:^|[^\pL\pN_])\#(word)(?:$|[^\pL\pN_])"# }
        return #"(?:^|[^\pL\pN_.+-])\#(word)(?:$|[^\pL\pN_.@-]|\.(?:$|[^\pL\pN]))"#
    }
}
