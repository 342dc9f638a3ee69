// The whole set of models: read from a folder, checked, ordered.

import Foundation
import LyceumCore
import LyceumSources

/// Every model, source contract and seed of a project, checked to fit together.
public struct Project: Sendable {
    /// Models in an order in which each stands after everything it reads.
    public let models: [ModelDefinition]
    /// The raw tables that models may read.
    public let sourceTables: [Contract]
    /// SQL run once on each engine connection pool before anything else: the shared functions.
    public let prelude: String
    /// The same functions for Spark, as macros; empty where a project has none.
    public let sparkPrelude: String
    /// Bundled reference tables by name.
    public let seeds: [String: URL]

    /// A hash of each seed's file; part of the fingerprint of the models that read it.
    let seedVersions: [String: String]

    private let modelsByName: [String: ModelDefinition]

    /// The project that ships with Lyceum.
    ///
    /// - Throws: ``PipelineError`` when the bundled resources are missing or wrong.
    public static func bundled() throws -> Project {
        guard let resources = Bundle.module.resourceURL else {
            throw PipelineError(.badModel, "the bundled models are missing beside the executable; reinstall Lyceum")
        }
        return try Project(
            models: resources.appending(path: "Models"),
            seeds: resources.appending(path: "Taxonomy")
        )
    }

    /// Reads models from `<folder>/<zone>/<table>.sql|.yml`, with `prelude.duckdb.sql` on top.
    ///
    /// - Throws: ``PipelineError`` naming the file, and the line where there is one.
    public init(models folder: URL, seeds seedFolder: URL) throws {
        func read(_ url: URL) throws -> String {
            do {
                return try String(contentsOf: url, encoding: .utf8)
            } catch {
                throw PipelineError(
                    .badModel,
                    "cannot be read; every model needs a .sql and a .yml file",
                    location: url.lastPathComponent,
                    cause: error
                )
            }
        }
        let files = FileManager.default
        var seeds: [String: URL] = [:]
        for file in try files.contentsOfDirectory(at: seedFolder, includingPropertiesForKeys: nil)
        where file.pathExtension == "parquet" {
            seeds[file.deletingPathExtension().lastPathComponent] = file
        }
        var definitions: [ModelDefinition] = []
        for zone in [Zone.clean, .enriched, .curated] {
            let directory = folder.appending(path: zone.rawValue)
            guard files.fileExists(atPath: directory.path) else { continue }
            for file in try files.contentsOfDirectory(at: directory, includingPropertiesForKeys: nil)
            where file.pathExtension == "sql" {
                let name = file.deletingPathExtension().lastPathComponent
                let description = file.deletingPathExtension().appendingPathExtension("yml")
                definitions.append(
                    try ModelDefinition(
                        name: name,
                        zone: zone,
                        sql: try read(file),
                        yaml: try read(description),
                        file: "\(zone.rawValue)/\(description.lastPathComponent)"
                    )
                )
            }
        }
        let spark = folder.appending(path: "prelude.spark.sql")
        try self.init(
            definitions: definitions,
            sourceTables: try Contract.bundled(),
            prelude: try read(folder.appending(path: "prelude.duckdb.sql")),
            sparkPrelude: files.fileExists(atPath: spark.path) ? try read(spark) : "",
            seeds: seeds,
            seedVersions: try seeds.mapValues { try ContentHash.ofFile(at: $0) }
        )
        try requireSubjects()
    }

    /// Refuses a table with personal columns that says neither whom its rows are about nor that they are about nobody:
    /// what it does not say, a request for access or erasure would miss.
    private func requireSubjects() throws(PipelineError) {
        let tables =
            models.map { ("\($0.zone.rawValue)/\($0.name).yml", $0.columns, $0.subject) }
            + sourceTables.map { ("sources.yml: \($0.table)", $0.columnDescriptions, $0.subject) }
        for (place, columns, subject) in tables where subject == nil {
            guard let personal = columns.first(where: { $0.pii != .none }) else { continue }
            throw PipelineError(
                .badModel,
                "'\(personal.name)' is personal, but 'subject' does not say which column names the person; add "
                    + "'subject: COLUMN', or 'subject: {none: why no row is about one person}'",
                location: place
            )
        }
    }

    /// Checks that names are unique, references resolve and there is no cycle, and orders the models.
    init(
        definitions: [ModelDefinition],
        sourceTables: [Contract],
        prelude: String,
        sparkPrelude: String = "",
        seeds: [String: URL],
        seedVersions: [String: String]
    ) throws(PipelineError) {
        var byName: [String: ModelDefinition] = [:]
        let sourceNames = Set(sourceTables.map(\.table))
        for model in definitions {
            if byName.updateValue(model, forKey: model.name) != nil {
                throw PipelineError(.badModel, "two models are named '\(model.name)'; rename one", location: model.name)
            }
        }
        for model in definitions {
            for (names, known, call) in [
                (model.inputs.sources, sourceNames, "source"),
                (model.inputs.refs, Set(byName.keys), "ref"),
                (model.inputs.seeds, Set(seeds.keys), "seed"),
            ] {
                for name in names where !known.contains(name) {
                    let near = NearestName.of(name, among: known).map { "; did you mean '\($0)'?" } ?? ""
                    throw PipelineError(
                        .badModel,
                        "\(call)('\(name)') does not exist\(near)",
                        location: "\(model.zone.rawValue)/\(model.name)"
                    )
                }
            }
        }
        models = try Self.ordered(definitions)
        modelsByName = byName
        self.sourceTables = sourceTables
        self.prelude = prelude
        self.sparkPrelude = sparkPrelude
        self.seeds = seeds
        self.seedVersions = seedVersions
    }

    /// The model of that name.
    public func model(_ name: String) -> ModelDefinition? { modelsByName[name] }

    /// The contract of a raw table.
    public func sourceTable(_ name: String) -> Contract? { sourceTables.first { $0.table == name } }

    /// A hash of all that defines a model's rows besides its inputs.
    func fingerprint(of model: ModelDefinition) -> String {
        let seeds = model.inputs.seeds.sorted().map { "\($0)=\(seedVersions[$0] ?? "")" }
        return ContentHash.of(parts: [model.sql, model.yaml, prelude, sparkPrelude] + seeds)
    }

    /// The names that a selector chooses: `model`, `model+` (and all that read it), `+model` (and all it reads).
    ///
    /// - Throws: ``PipelineError`` with code `notFound` when no model has the name.
    public func select(_ selectors: [String]) throws(PipelineError) -> Set<String> {
        var chosen: Set<String> = []
        for selector in selectors {
            let name = selector.trimmingCharacters(in: CharacterSet(charactersIn: "+"))
            guard modelsByName[name] != nil else {
                let near = NearestName.of(name, among: modelsByName.keys).map { "; did you mean '\($0)'?" } ?? ""
                throw PipelineError(.notFound, "no model is named '\(name)'\(near)")
            }
            chosen.insert(name)
            if selector.hasSuffix("+") {
                // `models` is in dependency order, so one pass reaches every descendant.
                var reached: Set<String> = [name]
                for model in models where !model.inputs.refs.isDisjoint(with: reached) { reached.insert(model.name) }
                chosen.formUnion(reached)
            }
            if selector.hasPrefix("+") {
                var wanted: Set<String> = [name]
                for model in models.reversed() where wanted.contains(model.name) {
                    wanted.formUnion(model.inputs.refs)
                }
                chosen.formUnion(wanted)
            }
        }
        return chosen
    }

    /// Kahn's topological sort; within one level by zone and name, so that the order is stable.
    private static func ordered(_ definitions: [ModelDefinition]) throws(PipelineError) -> [ModelDefinition] {
        var waiting = definitions.sorted { ($0.zone, $0.name) < ($1.zone, $1.name) }
        var done: Set<String> = []
        var result: [ModelDefinition] = []
        while !waiting.isEmpty {
            let ready = waiting.filter { $0.inputs.refs.isSubset(of: done) }
            guard !ready.isEmpty else {
                throw PipelineError(
                    .badModel,
                    "these models refer to each other in a circle: \(waiting.map(\.name).joined(separator: ", "))"
                )
            }
            result += ready
            done.formUnion(ready.map(\.name))
            waiting.removeAll { done.contains($0.name) }
        }
        return result
    }
}
