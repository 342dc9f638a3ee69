// The functions that a model may call, since every engine has them with one meaning.

import LyceumCore

/// The shared set: what both preludes define, and the built-in functions that the engines have in common.
struct SharedFunctions: Sendable {
    /// The numbers of arguments that a function takes, by its name in small letters.
    let arities: [String: Set<ClosedRange<Int>>]

    /// Reads the preludes.
    ///
    /// A macro of Spark's prelude that DuckDB's does not have stands for a function of DuckDB.
    ///
    /// - Throws: ``PipelineError`` with code `badModel` for a prelude that cannot be read, and for a macro that Spark's
    ///   prelude lacks.
    init(duckDB: String, spark: String) throws(PipelineError) {
        var arities = Self.builtIns.merging(Self.constructs) { own, _ in own }
        let own = try SQLMacro.read(duckDB, file: "prelude.duckdb.sql", skippingOthers: true).filter(\.isShared)
        let macros = try SQLMacro.read(spark, file: "prelude.spark.sql").filter(\.isShared)
        for macro in macros { arities[macro.name.lowercased(), default: []].insert(macro.arity) }
        for macro in own where arities[macro.name.lowercased()]?.contains(macro.arity) != true {
            throw PipelineError(
                .badModel,
                "the macro '\(macro.name)' with \(macro.parameters.count) parameters is missing, which prelude.duckdb.sql "
                    + "has; define it here with the same meaning, or call it _\(macro.name) there if only macros use it",
                location: "prelude.spark.sql"
            )
        }
        self.arities = arities
    }

    /// Why a call is none of a shared function, and what to do; nil if it is one.
    func complaint(of call: SQLCall) -> String? {
        let name = call.name.lowercased()
        if call.isMethod {
            return "function '\(call.name)' is called after a dot, which only DuckDB understands; write \(name)(x, …)"
        }
        let known = arities[name] ?? []
        if known.contains(where: { $0.contains(call.arguments) }) { return nil }
        guard known.isEmpty else {
            return
                "function '\(call.name)' is shared with \(Self.words(known)), not with \(call.arguments); change the "
                + "call, or define a macro with \(call.arguments) parameters in both preludes"
        }
        let near = NearestName.of(name, among: arities.keys).map { " (did you mean '\($0)'?)" } ?? ""
        return "function '\(call.name)' is not one that both engines have\(near); use a function of "
            + "docs/model-functions.md, or define a macro '\(name)' in both preludes"
    }

    private static func words(_ known: Set<ClosedRange<Int>>) -> String {
        let parts = known.sorted { $0.lowerBound < $1.lowerBound }.map { range in
            range.upperBound == .max
                ? "\(range.lowerBound) or more"
                : range.count == 1 ? "\(range.lowerBound)" : "\(range.lowerBound) to \(range.upperBound)"
        }
        let isOne = parts.count == 1 && known.first == 1...1
        return parts.joined(separator: " or ") + (isOne ? " argument" : " arguments")
    }
}
