// A collection of an opened snapshot: its segments, searched as one.

import Foundation

/// One searchable collection; any number of threads may use it at once.
///
/// It is a value in all but name: live updates make a new one that shares the segments, so that a query sees one state from
/// beginning to end and never waits.
public final class Collection: Sendable {
    /// The collection's schema.
    public let schema: CollectionSchema
    /// Documents, without those deleted.
    public let count: Int
    /// The embedding model's version, nil without vectors.
    public var modelVersion: String? { base.modelVersion }

    /// The snapshot's own segment first, then those of documents that came since, in the order they came.
    let views: [SegmentView]
    /// Binds cursors to this collection of this snapshot.
    let fingerprint: UInt64

    /// The segment of the snapshot, which also decides the field lengths and the model that all segments score with.
    var base: Segment { views[0].segment }
    var embedder: (any Embedder)? { base.embedder }

    /// - Parameters:
    ///   - base: the snapshot's segment with what was deleted or replaced in it.
    ///   - live: segments of later documents.
    init(base: SegmentView, live: [SegmentView] = [], fingerprint: UInt64) {
        schema = base.segment.schema
        views = [base] + live
        count = views.reduce(0) { $0 + $1.count }
        self.fingerprint = fingerprint
    }

    // MARK: Documents

    /// The JSON of a document by its id, nil when there is none. Expected time proportional to the number of segments.
    public func document(id: String) -> Data? {
        place(of: id).map { Data(views[$0.view].segment.json(of: $0.ordinal)) }
    }

    /// Where a document is, by its id.
    func place(of id: String) -> (view: Int, ordinal: Int)? {
        // The newest first: it is where a document that was replaced is found alive.
        for index in views.indices.reversed() {
            let view = views[index]
            if let ordinal = view.segment.ordinal(of: id), view.isAlive(ordinal) { return (index, ordinal) }
        }
        return nil
    }
}

/// A segment as one state of a collection sees it: without the documents that were deleted or replaced since.
struct SegmentView: Sendable {
    let segment: Segment
    /// Documents that are gone; nil while there are none.
    let deleted: Bitmap?
    /// Documents left.
    let count: Int
    /// The place of each document in the order of all that were ever added; nil where that is its ordinal.
    let sequences: [UInt64]?

    init(_ segment: Segment, deleted: Bitmap? = nil, sequences: [UInt64]? = nil) {
        self.segment = segment
        self.deleted = deleted
        self.sequences = sequences
        count = segment.count - (deleted?.count ?? 0)
    }

    func isAlive(_ ordinal: Int) -> Bool { deleted.map { !$0.contains(ordinal) } ?? true }

    /// The rank that breaks ties: documents of the snapshot in their order, then live ones by their place in the log.
    ///
    /// It stays the same when segments are merged, so that pages fit together.
    func rank(_ ordinal: Int) -> UInt64 {
        sequences.map { $0[ordinal] | 1 << 63 } ?? UInt64(ordinal)
    }

    /// The documents that satisfy a filter and are not deleted; nil when that is all.
    func allowed(_ filter: Filter?) throws -> Bitmap? {
        guard var allowed = try segment.bitmap(filter) else {
            guard var rest = deleted else { return nil }
            rest.invert()
            return rest
        }
        if let deleted { allowed.subtract(deleted) }
        return allowed
    }
}
