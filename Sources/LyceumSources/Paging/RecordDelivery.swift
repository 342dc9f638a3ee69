// Hands records on as batches, each version of a record once.

import Arrow
import LyceumCore

/// What a source has delivered of one table so far.
///
/// A record that comes again as it was (on another page, in another round, after a broken connection) is not handed on
/// again; one that differs is. Costs 16 bytes a record, and their table's slack. Its calls must not overlap.
actor RecordDelivery {
    /// A record's content, told apart by two independent 64-bit hashes.
    private struct Version: Hashable {
        let first: Int
        let second: Int
    }

    private let shape: RecordShape
    private let request: ExtractRequest
    private let sink: any ExtractSink
    private var builder: TextBatchBuilder
    private var seen: Set<Version> = []
    private var jsonShape: JSONShape
    private(set) var result = Extraction()
    /// How often the source was asked for an answer in pieces.
    private(set) var attempts = 0

    init(_ shape: RecordShape, request: ExtractRequest, sink: any ExtractSink) throws {
        self.shape = shape
        self.request = request
        self.sink = sink
        builder = try TextBatchBuilder(columns: shape.tree.columns + ["_extra"])
        jsonShape = JSONShape(shape)
    }

    /// Notes that an answer in pieces is read from its start.
    func begin() {
        attempts += 1
    }

    /// Takes records, wherever they come from.
    ///
    /// - Parameter location: where they are from, for those that are set aside.
    func add(_ page: JSONPage, location: String) async throws {
        jsonShape.add(kinds: page.kinds, unmapped: page.unmapped)
        for record in page.withoutID {
            guard seen.insert(Self.version(record.text, "without key")).inserted else { continue }
            result.rejected += 1
            try await sink.reject(
                RejectedRow(
                    location: "\(location) byte \(record.offset)",
                    reason: "the record has no \(shape.keyNames)",
                    text: record.text
                )
            )
        }
        let before = result.rows
        for record in page.records {
            guard seen.insert(Self.version(record.values, record.extra)).inserted else { continue }
            result.rows += 1
            if let batch = try builder.append(record.values + [record.extra]) { try await sink.write(batch) }
        }
        if result.rows > before { request.onProgress(result.rows - before) }
    }

    /// Hands on what is left, and states the outcome without whether it is complete.
    func finish() async throws -> Extraction {
        if let rest = try builder.finish() { try await sink.write(rest) }
        let previous = request.fullRefresh ? nil : TableSchema(fingerprint: request.fingerprint)
        if result.rows > 0 { result.drift = jsonShape.drift(from: previous) }
        result.fingerprint = result.rows > 0 ? jsonShape.schema.fingerprint : request.fingerprint
        return result
    }

    private static func version<A: Hashable, B: Hashable>(_ a: A, _ b: B) -> Version {
        var first = Hasher()
        first.combine(a)
        first.combine(b)
        var second = Hasher()
        second.combine(0x6C79_6365)
        second.combine(b)
        second.combine(a)
        return Version(first: first.finalize(), second: second.finalize())
    }
}
