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
    /// What the column is kept for, such as `advising`; empty where nothing is said.
    public var purpose: String
    /// How long the column is kept, such as `7 years`.
    public var retention: String

    /// How long student records are kept where nothing else is said.
    public static let standardRetention = "7 years"

    /// Whether a text says how long something is kept: a number of days, months or years.
    public static func isRetention(_ text: String) -> Bool {
        text.wholeMatch(of: /[1-9][0-9]{0,4} (day|month|year)s?/) != nil
    }

    /// Describes one column.
    public init(
        name: String,
        type: String,
        description: String = "",
        pii: PIIClass = .none,
        purpose: String = "",
        retention: String = ColumnDescription.standardRetention
    ) {
        self.name = name
        self.type = type
        self.description = description
        self.pii = pii
        self.purpose = purpose
        self.retention = retention
    }
}
