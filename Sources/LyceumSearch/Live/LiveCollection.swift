// One collection with the changes since its snapshot: a value that changes are applied to.

/// The segment of a snapshot, the segments of later documents, and what was deleted in each.
struct LiveCollection: Sendable {
    /// Documents that came since the snapshot, in memory.
    struct LiveSegment: Sendable {
        /// Names the segment among all that ever were in this collection.
        var number: Int
        var segment: Segment
        var deleted: Bitmap?
        var sequences: [UInt64]

        var left: Int { segment.count - (deleted?.count ?? 0) }
    }

    let base: Segment
    private let fingerprint: UInt64
    private(set) var baseDeleted: Bitmap?
    private(set) var live: [LiveSegment] = []
    private var nextNumber = 0

    init(_ collection: Collection) {
        base = collection.base
        fingerprint = collection.fingerprint
    }

    /// The collection as queries see it.
    func collection() -> Collection {
        Collection(
            base: SegmentView(base, deleted: baseDeleted),
            live: live.map { SegmentView($0.segment, deleted: $0.deleted, sequences: $0.sequences) },
            fingerprint: fingerprint
        )
    }

    // MARK: Changes

    /// Changes that were checked and indexed, to be committed when they are in the log.
    struct Prepared {
        fileprivate var touched: [String]
        fileprivate var segment: Segment?
        /// For each document of the segment, the place of its change among those prepared.
        fileprivate var positions: [Int]
    }

    /// Checks changes of this collection and indexes their documents, without changing anything.
    ///
    /// Of several changes of one document the last counts.
    ///
    /// - Throws: ``SearchError`` with code `invalid_document`.
    func prepare(_ changes: [(position: Int, change: LiveChange)]) throws -> Prepared {
        var last: [String: Int] = [:]
        var touched: [String] = []
        var documents: [IndexDocument?] = []
        for (index, entry) in changes.enumerated() {
            let id: String
            switch entry.change {
            case .upsert(_, let json):
                let document = try base.schema.document(fromJSON: json)
                id = document.id
                documents.append(document)
            case .delete(_, let given):
                id = given
                documents.append(nil)
            }
            if last.updateValue(index, forKey: id) == nil { touched.append(id) }
        }
        var kept: [IndexDocument] = []
        var positions: [Int] = []
        for (index, document) in documents.enumerated() {
            guard let document, last[document.id] == index else { continue }
            kept.append(document)
            positions.append(changes[index].position)
        }
        return Prepared(touched: touched, segment: try segment(kept), positions: positions)
    }

    /// An index in memory of documents in order, nil when there are none.
    func segment(_ documents: [IndexDocument]) throws -> Segment? {
        guard !documents.isEmpty else { return nil }
        let memory = SegmentMemory()
        // An empty snapshot has no lengths to score with: then the documents' own serve.
        let writer = try CollectionWriter(
            schema: base.schema,
            model: base.embedder.map { .custom($0) } ?? .bundled,
            storage: memory,
            averageLengths: base.count == 0 ? nil : base.terms.averageLengths,
            language: base.language
        )
        for document in documents { try writer.add(document) }
        return try Segment(
            try writer.finish(),
            storage: memory,
            location: "memory",
            embedders: base.embedder.map { [$0] } ?? [],
            language: base.language,
            verification: .structure
        )
    }

    /// Applies prepared changes; `first` is the sequence of the change at position 0.
    ///
    /// O(changes * segments), and a copy of the deleted bitmap of each segment touched.
    mutating func commit(_ prepared: Prepared, first: UInt64) {
        for id in prepared.touched { remove(id) }
        live.removeAll { $0.left == 0 }
        guard let segment = prepared.segment else { return }
        let sequences = prepared.positions.map { first + UInt64($0) }
        live.append(LiveSegment(number: nextNumber, segment: segment, deleted: nil, sequences: sequences))
        nextNumber += 1
    }

    private mutating func remove(_ id: String) {
        for index in live.indices {
            guard let ordinal = live[index].segment.ordinal(of: id) else { continue }
            var deleted = live[index].deleted ?? Bitmap(size: live[index].segment.count)
            live[index].deleted = nil
            deleted.insert(ordinal)
            live[index].deleted = deleted
        }
        if let ordinal = base.ordinal(of: id) {
            var deleted = baseDeleted ?? Bitmap(size: base.count)
            baseDeleted = nil
            deleted.insert(ordinal)
            baseDeleted = deleted
        }
    }

    // MARK: Merging

    /// Segments to be made into one, as they were when the merge began.
    struct Merge: Sendable {
        fileprivate var sources: [LiveSegment]
    }

    func nextMerge() -> Merge? {
        MergePolicy.run(live.map { ($0.segment.count, $0.left) }).map { Merge(sources: Array(live[$0])) }
    }

    /// Indexes the documents left in the sources of a merge; changes nothing. Nil when there are none left.
    func merged(_ merge: Merge) throws -> LiveSegment? {
        var documents: [IndexDocument] = []
        var sequences: [UInt64] = []
        for source in merge.sources {
            for ordinal in 0..<source.segment.count where source.deleted.map({ !$0.contains(ordinal) }) ?? true {
                let json = String(decoding: source.segment.json(of: ordinal), as: UTF8.self)
                documents.append(try base.schema.document(fromJSON: json))
                sequences.append(source.sequences[ordinal])
            }
        }
        return try segment(documents).map { LiveSegment(number: -1, segment: $0, deleted: nil, sequences: sequences) }
    }

    /// Puts a merged segment in the place of its sources; documents deleted since the merge began stay deleted.
    mutating func commit(_ merge: Merge, _ merged: LiveSegment?) {
        let numbers = Set(merge.sources.map(\.number))
        let present = live.filter { numbers.contains($0.number) }
        guard let at = live.firstIndex(where: { numbers.contains($0.number) }) else { return }
        live.removeAll { numbers.contains($0.number) }
        guard var merged else { return }
        var deleted = Bitmap(size: merged.segment.count)
        var hasDeleted = false
        var alive: Set<UInt64> = []
        for source in present {
            for (ordinal, sequence) in source.sequences.enumerated()
            where source.deleted.map({ !$0.contains(ordinal) }) ?? true { alive.insert(sequence) }
        }
        for (ordinal, sequence) in merged.sequences.enumerated() where !alive.contains(sequence) {
            deleted.insert(ordinal)
            hasDeleted = true
        }
        merged.deleted = hasDeleted ? deleted : nil
        merged.number = nextNumber
        nextNumber += 1
        if merged.left > 0 { live.insert(merged, at: at) }
    }
}
