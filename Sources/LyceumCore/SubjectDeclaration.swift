// Which person a table's rows are about: what access and erasure for one person find their rows by.

/// A column that names a person.
public struct SubjectColumn: Sendable, Hashable, Codable {
    /// The column, or a member of a struct column (`personal_info.email`).
    public var column: String
    /// The kind of identifier (`student_id`, `workday_id`, `email`): columns of one kind share their values.
    public var kind: String

    /// Names a column; its kind is its own name (a member's is the member's) unless given.
    public init(_ column: String, kind: String? = nil) {
        self.column = column
        self.kind = kind ?? column.split(separator: ".").last.map(String.init) ?? column
    }

    /// Whether the values are ways to reach someone, which several people may share or take over from one another.
    public var isContact: Bool { kind == "email" }

    /// The column and, if it is a member, the way to it.
    public var path: [String] { column.split(separator: ".").map(String.init) }
}

/// What a table says about the people in it.
public enum SubjectDeclaration: Sendable, Hashable, Codable {
    /// Each row is about the one person whom the first of these columns that has a value names.
    case columns([SubjectColumn])
    /// No row is about one person, although columns are personal; says why.
    case none(reason: String)

    /// The columns that name the person; none for a table that is about no one.
    public var columns: [SubjectColumn] {
        switch self {
        case .columns(let columns): columns
        case .none: []
        }
    }
}
