// What the pipeline adds to each raw row.

import LyceumCore

/// The raw zone's own columns.
public enum SourceTable {
    /// The columns that landing adds to each raw row.
    public static let metadata: [ColumnDescription] = [
        ColumnDescription(name: "_source", type: "VARCHAR", description: "The configured source it came from."),
        ColumnDescription(name: "_run_id", type: "VARCHAR", description: "The run that landed it."),
        ColumnDescription(name: "_extracted_at", type: "TIMESTAMP", description: "When it was extracted, UTC."),
        ColumnDescription(name: "_hash", type: "UBIGINT", description: "Half of the MD5 of the source's columns."),
        ColumnDescription(name: "_op", type: "VARCHAR", description: "U: as the source said; D: gone from the source."),
    ]
}
