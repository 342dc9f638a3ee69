// What a table's owner allows its source to change: three dimensions, three answers.

/// How a difference from a table's contract is answered.
public enum ContractMode: String, Sendable, Codable, CaseIterable {
    /// It lands, and is reported.
    case evolve
    /// It stops the run before anything is published.
    case freeze
    /// The rows that carry it go to quarantine, and the others land.
    case quarantine
}

/// What can differ.
public enum ContractDimension: String, Sendable, Codable, CaseIterable {
    /// Columns that come or go.
    case columns
    /// Values that are not of their column's type.
    case types
    /// Rows that break a rule of the contract, such as a missing key.
    case data
}

/// The answers of one table's contract.
public struct ContractModes: Sendable, Hashable, Codable {
    /// When columns come or go.
    public var columns: ContractMode
    /// When values are not of their column's type.
    public var types: ContractMode
    /// When rows break a rule.
    public var data: ContractMode

    /// States the answers; a table that says nothing takes what comes.
    public init(columns: ContractMode = .evolve, types: ContractMode = .evolve, data: ContractMode = .evolve) {
        self.columns = columns
        self.types = types
        self.data = data
    }

    /// The answer in one dimension.
    public subscript(dimension: ContractDimension) -> ContractMode {
        get {
            switch dimension {
            case .columns: columns
            case .types: types
            case .data: data
            }
        }
        set {
            switch dimension {
            case .columns: columns = newValue
            case .types: types = newValue
            case .data: data = newValue
            }
        }
    }
}

/// How one column of a source differs from the table's contract, and what was done about it.
public struct DriftRecord: Sendable, Hashable, Codable {
    /// What is different.
    public enum Kind: String, Sendable, Codable, CaseIterable {
        /// A column that neither the contract nor the rows landed so far have.
        case added
        /// A column that the contract or the rows landed so far have, and the source does not.
        case missing
        /// Values that are not of the column's type.
        case retyped
        /// Rows that break a rule.
        case broken
    }

    /// The configured source.
    public var source: String
    /// The raw table.
    public var table: String
    /// The column.
    public var column: String
    /// In which dimension it differs.
    public var dimension: ContractDimension
    /// What is different.
    public var kind: Kind
    /// The contract's answer.
    public var mode: ContractMode
    /// What was done, or (in a plan) what would be done.
    public var action: String
    /// Rows that carry the difference; 0 where none could be counted.
    public var rows: Int64
    /// From what to what, in words without values; empty if there is nothing to add.
    public var detail: String

    /// Records a difference.
    public init(
        source: String,
        table: String,
        column: String,
        dimension: ContractDimension,
        kind: Kind,
        mode: ContractMode,
        action: String,
        rows: Int64 = 0,
        detail: String = ""
    ) {
        self.source = source
        self.table = table
        self.column = column
        self.dimension = dimension
        self.kind = kind
        self.mode = mode
        self.action = action
        self.rows = rows
        self.detail = detail
    }

    /// `gpa retyped: VARCHAR instead of DECIMAL(4,2), 3 rows; rows went to quarantine`.
    public var sentence: String {
        var parts = [detail, rows == 0 ? "" : "\(rows) row\(rows == 1 ? "" : "s")"].filter { !$0.isEmpty }
        parts = [parts.joined(separator: ", "), action].filter { !$0.isEmpty }
        return "\(column) \(kind.rawValue): " + parts.joined(separator: "; ")
    }
}
