// A model: one table, made by one SELECT, with what must hold of its rows.

import LyceumCore

/// One table of the lake, as its `.sql` and `.yml` files define it.
public struct ModelDefinition: Sendable, Hashable {
    /// The table's name, unique in the project.
    public let name: String
    /// The zone it is written to.
    public let zone: Zone
    /// One sentence for the data dictionary.
    public let description: String
    /// What the table is kept for, where a column does not say otherwise.
    public let purpose: String
    /// How long its rows are kept, where a column does not say otherwise: `7 years`.
    public let retention: String
    /// The SELECT, with `source()`, `ref()` and `seed()` as written.
    public let sql: String
    /// The text of the YAML file; part of the fingerprint.
    public let yaml: String
    /// The input whose rows this model accounts for; nil when its rows in are what its SELECT produced.
    public let grain: String?
    /// The business key; rows with equal keys are versions of one thing.
    public let uniqueKey: [String]
    /// Columns whose highest values mark the latest version, the most significant first.
    public let latestBy: [String]
    /// Published columns as documented in the YAML.
    public let columns: [ColumnDescription]
    /// Columns that had other names: column → former names, the latest first.
    public let formerNames: [String: [String]]
    /// The columns by which the table's files are sorted; empty for its key.
    public let sortBy: [String]
    /// Which columns name the person that a row is about; nil where nothing is said.
    public let subject: SubjectDeclaration?
    /// Tests of single rows.
    public let rowTests: [RowTest]
    /// Tests of the whole table.
    public let tableTests: [TableTest]
    /// What it reads.
    public let inputs: ModelInputs
    /// The SELECT and the SQL of the tests, with their places.
    let statements: [ModelStatement]
}

/// What a model reads, taken from its SQL and its relationship tests.
public struct ModelInputs: Sendable, Hashable {
    /// Raw tables.
    public var sources: Set<String> = []
    /// Other models.
    public var refs: Set<String> = []
    /// Bundled reference tables.
    public var seeds: Set<String> = []
}
