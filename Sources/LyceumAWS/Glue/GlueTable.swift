// Tables and partitions as the Glue Data Catalog has them.

/// One column, or one partition key.
public struct GlueColumn: Sendable, Hashable, Codable {
    /// The name, in lower case.
    public var name: String
    /// The Hive type, such as `decimal(4,2)` or `array<string>`.
    public var type: String
    /// One sentence.
    public var comment: String?
    /// Further properties, such as the personal-data class.
    public var parameters: [String: String]?

    /// States a column.
    public init(_ name: String, type: String, comment: String? = nil, parameters: [String: String]? = nil) {
        self.name = name
        self.type = type
        self.comment = comment
        self.parameters = parameters
    }
}

/// How rows are written in files.
public struct GlueSerde: Sendable, Hashable, Codable {
    /// The class that reads and writes them.
    public var serializationLibrary: String?
    /// Its settings.
    public var parameters: [String: String]?
}

/// Where rows stand and how.
public struct GlueStorage: Sendable, Hashable, Codable {
    /// Columns that stand in the files.
    public var columns: [GlueColumn]?
    /// `s3://bucket/folder/`.
    public var location: String?
    /// The class that reads files.
    public var inputFormat: String?
    /// The class that writes files.
    public var outputFormat: String?
    /// Whether files are compressed as a whole, which Parquet's are not.
    public var compressed: Bool?
    /// How rows are written.
    public var serdeInfo: GlueSerde?
    /// Further properties.
    public var parameters: [String: String]?

    /// Snappy Parquet files at a place, with the classes that Athena, Spark and Hive read them by.
    public static func parquet(_ columns: [GlueColumn], at location: String) -> GlueStorage {
        GlueStorage(
            columns: columns,
            location: location,
            inputFormat: "org.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat",
            outputFormat: "org.apache.hadoop.hive.ql.io.parquet.MapredParquetOutputFormat",
            compressed: false,
            serdeInfo: GlueSerde(
                serializationLibrary: "org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe",
                parameters: ["serialization.format": "1"]
            ),
            parameters: ["classification": "parquet", "compressionType": "snappy"]
        )
    }
}

/// One table's definition.
public struct GlueTable: Sendable, Hashable, Codable {
    /// The name, in lower case.
    public var name: String
    /// One sentence.
    public var description: String?
    /// `EXTERNAL_TABLE` for files that stand elsewhere.
    public var tableType: String?
    /// Columns that stand in folder names.
    public var partitionKeys: [GlueColumn]?
    /// Where the files stand and how.
    public var storageDescriptor: GlueStorage?
    /// Further properties.
    public var parameters: [String: String]?

    /// An external table of files.
    public init(
        _ name: String,
        description: String,
        partitionKeys: [GlueColumn],
        storage: GlueStorage,
        parameters: [String: String]
    ) {
        self.name = name
        self.description = description
        tableType = "EXTERNAL_TABLE"
        self.partitionKeys = partitionKeys
        storageDescriptor = storage
        self.parameters = parameters
    }
}

/// One partition of a table.
public struct GluePartition: Sendable, Hashable, Codable {
    /// The value of each partition key, in their order.
    public var values: [String]
    /// Where its files stand and how.
    public var storageDescriptor: GlueStorage?
    /// Further properties.
    public var parameters: [String: String]?

    /// States a partition.
    public init(_ values: [String], storage: GlueStorage, parameters: [String: String]) {
        self.values = values
        storageDescriptor = storage
        self.parameters = parameters
    }
}
