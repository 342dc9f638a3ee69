// Fields and schemas: the names and types of a batch's columns.

/// The name and type of a column.
public struct Field: Sendable, Hashable {
    /// The column's name; may be empty.
    public var name: String
    /// The column's type; for a dictionary, ``DataType/dictionary(index:value:)``.
    public var type: DataType
    /// Whether the column may hold nulls.
    public var isNullable: Bool
    /// Key and value pairs that travel with the field.
    public var metadata: [String: String]

    /// Creates a field, nullable unless told otherwise.
    public init(_ name: String, _ type: DataType, isNullable: Bool = true, metadata: [String: String] = [:]) {
        self.name = name
        self.type = type
        self.isNullable = isNullable
        self.metadata = metadata
    }

    /// The extension type that the column's storage stands for, such as `arrow.opaque`.
    public var extensionName: String? { metadata["ARROW:extension:name"] }
}

/// The columns of a record batch, in order.
public struct Schema: Sendable, Hashable {
    /// The columns.
    public let fields: [Field]
    /// Key and value pairs that travel with the schema.
    public let metadata: [String: String]
    private let positions: [String: Int]

    /// Creates a schema. Of columns with the same name, ``index(of:)`` finds the first.
    public init(_ fields: [Field], metadata: [String: String] = [:]) {
        self.fields = fields
        self.metadata = metadata
        positions = Dictionary(
            fields.enumerated().map { ($0.element.name, $0.offset) },
            uniquingKeysWith: { first, _ in first }
        )
    }

    /// The position of the column with this name; O(1).
    public func index(of name: String) -> Int? { positions[name] }
}
