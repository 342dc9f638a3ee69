// Reads a collection that comes as one answer of any size, in pieces.

import LyceumCore
import NIOCore

/// A collection that one answer holds, such as a Workday report.
struct StreamedCollection: Sendable {
    /// How its records become rows.
    var shape: RecordShape
    /// The request.
    var request: APIRequest
    /// The dotted path of the records.
    var rows: String
    /// The largest record, in bytes.
    var maximumRecordBytes = 16 << 20
}

/// Reads an answer record by record: memory is that of a batch and of what is remembered of each record (see
/// ``RecordDelivery``), whatever the answer's size.
struct StreamedCollectionReader: Sendable {
    let collection: StreamedCollection
    let client: SourceHTTPClient
    let authorization: any Authorization

    /// Reads the whole answer.
    ///
    /// When it breaks off it is asked for again, and what has been handed on is not handed on again.
    ///
    /// - Throws: ``SourceError``; the sink's errors; `CancellationError`.
    func read(_ request: ExtractRequest, into sink: any ExtractSink) async throws -> Extraction {
        let delivery = try RecordDelivery(collection.shape, request: request, sink: sink)
        let location = Redaction.url(collection.request.url)
        try await client.stream(collection.request, authorization: authorization) { [collection] answer in
            await delivery.begin()
            var splitter = JSONRecordSplitter(path: collection.rows, maximumRecordBytes: collection.maximumRecordBytes)
            for try await piece in answer.body {
                let page: JSONPage
                do throws(JSONFault) {
                    page = try Self.records(of: piece, by: &splitter, shape: collection.shape)
                } catch {
                    throw error.asSourceError(location: location)
                }
                try await delivery.add(page, location: location)
            }
            do throws(JSONFault) {
                try splitter.finish()
            } catch {
                throw error.asSourceError(location: location)
            }
        }
        var result = try await delivery.finish()
        let attempts = await delivery.attempts
        result.isComplete = true
        if attempts > 1 { result.notes.append("the answer broke off and was asked for \(attempts) times") }
        return result
    }

    /// The records that end in a piece.
    private static func records(
        of piece: ByteBuffer,
        by splitter: inout JSONRecordSplitter,
        shape: RecordShape
    ) throws(JSONFault) -> JSONPage {
        var page = JSONPage()
        page.kinds = Array(repeating: [], count: shape.tree.columns.count)
        var fault: JSONFault?
        piece.withUnsafeReadableBytes { raw in
            do throws(JSONFault) {
                try splitter.take(raw.assumingMemoryBound(to: UInt8.self)) { (bytes, offset) throws(JSONFault) in
                    var reader = JSONRecordReader(bytes, tree: shape.tree)
                    var record: JSONRecord
                    do throws(JSONFault) {
                        record = try reader.readRecord()
                    } catch {
                        throw JSONFault(reason: error.reason, offset: offset + error.offset)
                    }
                    let text = bytes[record.range]
                    record.range = offset + record.range.lowerBound..<offset + record.range.upperBound
                    for (index, kind) in reader.kinds.enumerated() { page.kinds[index].formUnion(kind) }
                    page.unmapped.formUnion(reader.unmapped)
                    page.add(record, text: text, shape: shape)
                }
            } catch {
                fault = error
            }
        }
        if let fault { throw fault }
        return page
    }
}
