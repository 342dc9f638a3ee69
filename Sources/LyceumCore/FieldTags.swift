// What a column is, for those who guard it: its personal-data class, purpose and retention.

/// How closely a column points at a person.
public enum PIIClass: String, Sendable, Codable, CaseIterable {
    /// Says nothing about a person.
    case none
    /// Identifies a person only together with other columns (age band, region).
    case indirect
    /// Names a person (name, e-mail address) or is a number given to one.
    case direct
    /// Education record under FERPA: grades, results, performance.
    case education
}

/// One column of a table in the catalog, as its model's YAML describes it.
public struct ColumnDescription: Sendable, Hashable, Codable {
    /// The column's name.
    public var name: String
    /// The engine's type, such as `VARCHAR` or `DECIMAL(4,2)`.
    public var type: String
    /// One sentence for the data dictionary.
    public var description: String
    /// How closely it points at a person.
    public var pii: PIIClass

    /// Describes one column.
    public init(name: String, type: String, description: String = "", pii: PIIClass = .none) {
        self.name = name
        self.type = type
        self.description = description
        self.pii = pii
    }
}
