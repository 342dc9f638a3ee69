// A snapshot as somebody sees it who may see a part of a collection only.

import Foundation

extension Snapshot {
    /// The snapshot with an index of some documents of one collection, and of some members of these, in the place of the whole one.
    ///
    /// The index is made anew of what is left, so that nothing in it depends on what is not: no score, total, facet,
    /// completion, order or cursor. To two snapshots that differ only in what is left out, every answer is the same. Fields
    /// with a value that is left out are unknown to queries. Live changes are not in it.
    ///
    /// Takes some 50 µs for each document left, half of it for vectors; the index is in memory.
    ///
    /// - Parameters:
    ///   - name: the collection.
    ///   - rows: a filter over all fields of the collection; nil for every document.
    ///   - members: what is left of each document; nil for all of it. Without the id's path among them documents are numbered.
    ///   - ranks: whether vectors and completions are wanted; counts need none.
    /// - Throws: ``SearchError`` with code `collection_missing`, or one of a filter's.
    public func limited(
        _ name: String,
        to rows: String?,
        members: MemberSelection?,
        ranks: Bool = true
    ) throws -> Snapshot {
        guard let collection = collection(name) else {
            throw SearchError(
                .collectionMissing,
                "the snapshot \(version) has no collection \(name); rebuild the index with it",
                location: directory.path
            )
        }
        guard rows != nil || members != nil else { return self }
        return Snapshot(self, replacing: [name: try collection.limited(to: rows, members: members, ranks: ranks)])
    }
}

extension Collection {
    /// An index in memory of some documents and some of their members.
    func limited(to rows: String?, members: MemberSelection?, ranks: Bool) throws -> Collection {
        let segment = base
        var schema = members?.limit(self.schema) ?? self.schema
        if !ranks {
            schema.vectorFields = []
            schema.suggestionFields = []
        }
        let filter = try rows.map { try Filter.parse($0, schema: self.schema) }
        let allowed = try views[0].allowed(filter)
        let keepsIDs = members?.holds(schema.idPath) ?? true
        var documents: [(id: String, json: String)] = []
        for ordinal in 0..<segment.count where allowed?.contains(ordinal) ?? true {
            let json = segment.json(of: ordinal)
            var text = String(decoding: json, as: UTF8.self)
            if let members {
                guard let value = JSONValue(json.bindMemory(to: UInt8.self)) else { continue }
                var out = JSONOutput()
                out.value(members.apply(value))
                text = String(decoding: out.bytes, as: UTF8.self)
            }
            documents.append((keepsIDs ? segment.id(of: ordinal) : "", text))
        }
        // The snapshot's order was chosen with all documents in view.
        documents.sort { ($0.id, $0.json) < ($1.id, $1.json) }

        let memory = SegmentMemory()
        let writer = try CollectionWriter(
            schema: schema,
            model: segment.embedder.map { .custom($0) } ?? .bundled,
            storage: memory,
            language: segment.language
        )
        var hash = XXHash64.hash(schema.name.utf8)
        for (number, document) in documents.enumerated() {
            let id = keepsIDs ? document.id : "\(number + 1)"
            var indexed = IndexDocument(id: id, json: document.json, values: [])
            if let object = JSONValue(document.json) {
                for (index, field) in schema.fields.enumerated() {
                    let value = field.value(in: object)
                    if value != .none { indexed.values.append((index, value)) }
                }
            }
            try writer.add(indexed)
            hash = XXHash64.hash("\(hash) \(document.id) \(document.json)".utf8)
        }
        let limited = try Segment(
            try writer.finish(),
            storage: memory,
            location: "memory",
            embedders: segment.embedder.map { [$0] } ?? [],
            language: segment.language,
            verification: .structure
        )
        return Collection(base: SegmentView(limited), fingerprint: hash)
    }
}
