// The raw tables: their keys, columns and rules, which connectors deliver and models rely on.

import Foundation
import LyceumCore

/// The contract of one raw table, as `Contracts/sources.yml` states it.
public struct Contract: Sendable, Hashable {
    /// One column with what must hold of its values.
    public struct Column: Sendable, Hashable {
        /// Name, engine type, description and personal-data class.
        public var description: ColumnDescription
        /// Whether it holds JSON arrays or objects as text.
        public var isJSON = false
        /// Whether every row must have a value.
        public var isRequired = false
        /// The only values there may be; nil allows all.
        public var values: [String]?
        /// A regular expression that each value matches as a whole; nil allows all.
        public var pattern: String?
        /// Names that the column had before, the latest first: files landed under them are read under the present one.
        public var formerNames: [String]

        /// Describes a column.
        public init(
            _ description: ColumnDescription,
            formerNames: [String] = [],
            isJSON: Bool = false,
            isRequired: Bool = false,
            values: [String]? = nil,
            pattern: String? = nil
        ) {
            self.description = description
            self.formerNames = formerNames
            self.isJSON = isJSON
            self.isRequired = isRequired
            self.values = values
            self.pattern = pattern
        }
    }

    /// The column that takes what no other column takes, as a JSON object.
    public static let extraColumn = "_extra"

    /// The raw table; those that connectors know start with the role: `oracle_`, `workday_` or `tableau_`.
    public let table: String
    /// One sentence for the data dictionary.
    public let description: String
    /// The columns that identify a row.
    public let key: [String]
    /// The columns with their rules, `_extra` included where the table has it.
    public let fields: [Column]
    /// What happens when a source differs.
    public let modes: ContractModes
    /// Which columns name the person that a row is about; nil where nothing is said.
    public let subject: SubjectDeclaration?

    /// Describes a raw table.
    public init(
        table: String,
        description: String = "",
        key: [String],
        fields: [Column],
        modes: ContractModes = ContractModes(),
        subject: SubjectDeclaration? = nil
    ) {
        self.table = table
        self.description = description
        self.key = key
        self.fields = fields
        self.modes = modes
        self.subject = subject
    }

    /// The names of the columns that models read, `_extra` aside.
    public var columns: [String] { fields.map(\.description.name).filter { $0 != Self.extraColumn } }

    /// The columns for the catalog.
    public var columnDescriptions: [ColumnDescription] { fields.map(\.description) }

    /// Columns that had other names: column → former names, the latest first.
    public var formerNames: [String: [String]] {
        Dictionary(
            uniqueKeysWithValues: fields.filter { !$0.formerNames.isEmpty }.map {
                ($0.description.name, $0.formerNames)
            }
        )
    }

    /// The columns that hold JSON arrays or objects as text.
    public var jsonColumns: Set<String> { Set(fields.filter(\.isJSON).map(\.description.name)) }

    /// Members of the source's own records that `_extra` takes and that are nothing to report.
    public var ordinaryMembers: Set<String> { table.hasPrefix("workday_") ? WorkdayFields.ordinaryMembers : [] }

    /// The contract of a raw table, or nil if there is none.
    public static func of(_ table: String) -> Contract? { byTable[table] }

    /// The contracts of one role, in the order of the file.
    public static func tables(role: String) -> [Contract] {
        all.filter { $0.table.hasPrefix(role + "_") }
    }

    /// All contracts; none when the bundled file is missing or wrong, which ``bundled()`` tells.
    public static var all: [Contract] { (try? loaded.get()) ?? [] }

    /// All contracts.
    ///
    /// - Throws: ``SourceError`` with code `missingComponent` when the bundled file is missing or wrong.
    public static func bundled() throws(SourceError) -> [Contract] { try loaded.get() }

    private static let byTable = Dictionary(all.map { ($0.table, $0) }) { first, _ in first }

    private static let loaded: Result<[Contract], SourceError> = {
        let file = Bundle.module.bundleURL.appendingPathComponent("Contracts/sources.yml")
        do {
            return .success(try ContractFile.read(String(contentsOf: file, encoding: .utf8)))
        } catch {
            return .failure(
                SourceError(
                    .missingComponent,
                    "The contracts of the raw tables cannot be read (\(error)); reinstall Lyceum.",
                    location: file.path,
                    cause: error
                )
            )
        }
    }()
}
