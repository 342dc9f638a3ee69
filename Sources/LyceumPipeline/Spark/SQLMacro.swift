// The macros of a prelude.

/// One macro: `CREATE OR REPLACE MACRO name(a, b) AS expression`.
struct SQLMacro: Sendable {
    let name: String
    let parameters: [String]
    let body: [SQLNode]

    /// Macros whose names begin so are for the other macros of their prelude, and not for models.
    static let privatePrefix = "_"

    /// Whether models may call it.
    var isShared: Bool { !name.hasPrefix(Self.privatePrefix) }

    /// How many arguments it takes.
    var arity: ClosedRange<Int> { parameters.count...parameters.count }

    /// Reads the macros of a prelude.
    ///
    /// - Parameter skippingOthers: whether other statements may stand in it, which the embedded engine runs as they are.
    /// - Throws: ``PipelineError`` with code `badModel` for anything else in it.
    static func read(
        _ prelude: String,
        file: String,
        skippingOthers: Bool = false
    ) throws(PipelineError) -> [SQLMacro] {
        var macros: [SQLMacro] = []
        for statement in try SQLNode.parse(prelude).split(at: ";") where !statement.isEmpty {
            guard statement.count > 6, statement[3].isWord("MACRO"), case .word(let name) = statement[4],
                case .group("(", let parameters) = statement[5], statement[6].isWord("AS")
            else {
                if skippingOthers { continue }
                throw PipelineError(
                    .badModel,
                    "holds something else than CREATE OR REPLACE MACRO name(…) AS expression",
                    location: file
                )
            }
            let names = parameters.split().compactMap { part -> String? in
                if case .word(let name)? = part.first { name } else { nil }
            }
            macros.append(SQLMacro(name: name, parameters: names, body: Array(statement[7...])))
        }
        return macros
    }
}
