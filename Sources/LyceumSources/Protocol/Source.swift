// What every source conforms to: the pipeline knows sources only through this protocol.

import Arrow

/// A system that data is taken out of, such as a student information database, Workday or a folder of files.
///
/// The pipeline calls ``datasets()``, then ``extract(_:into:)`` for each of them (several at once), then ``close()``.
/// A connector may deliver a row more than once (at a watermark's boundary, after a retry) and never fewer times than
/// once: the pipeline drops versions it already has by key and content hash.
public protocol Source: Sendable {
    /// The configured name, which is the `source=` partition of the lake.
    var name: String { get }

    /// The connector's kind: `oracle`, `workday`, `tableau`, `files` or `rest`.
    var kind: String { get }

    /// The tables that this source can deliver.
    ///
    /// - Throws: ``SourceError`` when the source cannot be asked.
    func datasets() async throws -> [Dataset]

    /// Reads one dataset and hands it to the sink in batches.
    ///
    /// - Throws: ``SourceError`` for anything the source did; the sink's own errors unchanged; `CancellationError`.
    func extract(_ request: ExtractRequest, into sink: any ExtractSink) async throws -> Extraction

    /// The first rows of a table, to look at.
    ///
    /// - Parameter table: a raw table, or a table by the source's own name where the source has such names.
    /// - Throws: ``SourceError``.
    func preview(_ table: String, rows: Int) async throws -> [RecordBatch]

    /// What the source has, configured or not.
    ///
    /// - Parameter schema: where to look, for sources that have schemas; nil takes the configured one.
    /// - Throws: ``SourceError``.
    func discover(schema: String?) async throws -> [DiscoveredTable]

    /// The columns that a dataset has now, asked for cheaply and without reading rows, for `lyceum plan`; nil where the
    /// source cannot say without reading.
    ///
    /// - Throws: ``SourceError`` when the source cannot be asked.
    func columns(of dataset: Dataset) async throws -> [SourceColumn]?

    /// Tries the source out, step by step, for `lyceum doctor`. Never throws: a failure is a finding.
    func check() async -> [SourceFinding]

    /// Gives back what the source holds: sessions, connections, temporary files. Safe to call more than once.
    func close() async
}

extension Source {
    /// A source that cannot tell its columns without reading.
    public func columns(of dataset: Dataset) async throws -> [SourceColumn]? { nil }
}

/// A column as a source has it now.
public struct SourceColumn: Sendable, Hashable {
    /// Its name in the raw table.
    public var name: String
    /// Its type; nil where the source has text only, whatever it means.
    public var type: DataType?

    /// Names a column.
    public init(name: String, type: DataType? = nil) {
        self.name = name
        self.type = type
    }
}
