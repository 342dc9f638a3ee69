// Puts a score back together from its parts.

extension Segment {
    func explanation(
        _ candidate: Candidate,
        _ query: UnderstoodQuery,
        scorer: Scorer,
        _ statistics: CorpusStatistics?
    ) -> Explanation {
        let document = candidate.ordinal
        var keyword: Explanation.Keyword?
        if scorer.keywordFactor > 0 {
            var explainer = KeywordExplainer(segment: self, document: document, parts: query.parts, statistics)
            scratches.withScratch { explainer.explain(query.text, $0) }
            keyword = Explanation.Keyword(
                terms: explainer.terms.map { term in
                    var term = term
                    term.contribution *= scorer.keywordFactor
                    return term
                },
                bm25f: candidate.bm25f,
                factor: scorer.keywordFactor,
                contribution: candidate.bm25f * scorer.keywordFactor
            )
        }
        var vector: Explanation.Vector?
        if scorer.vectorWeight > 0, let modelVersion {
            let cosine = scorer.similarity(document)
            vector = Explanation.Vector(
                model: modelVersion,
                cosine: cosine,
                weight: scorer.vectorWeight,
                contribution: cosine * scorer.vectorWeight
            )
        }
        let formula =
            switch (keyword, vector) {
            case (.some, .some):
                "\(scorer.keywordWeight) * BM25F / sum of idf + \(scorer.vectorWeight) * max(0, cosine) + exact title"
            case (.none, .some): "cosine"
            default:
                scorer.keywordFactor == 1
                    ? "BM25F: sum over terms of idf * tf' / (k1 + tf')"
                    : "\(scorer.keywordWeight) * BM25F / sum of idf + exact title"
            }
        return Explanation(
            score: candidate.score,
            formula: formula,
            keyword: keyword,
            vector: vector,
            exactTitle: scorer.isTitled(document) ? scorer.titleBonus : 0
        )
    }
}

/// Finds the leaves of a query that make up a document's keyword score, and what each adds.
private struct KeywordExplainer {
    let segment: Segment
    let document: UInt32
    let statistics: CorpusStatistics?
    /// Terms of the words that were typed.
    private let typed: Set<[UInt8]>
    private(set) var terms: [Explanation.Term] = []

    init(segment: Segment, document: UInt32, parts: [QueryPart], _ statistics: CorpusStatistics?) {
        self.segment = segment
        self.document = document
        self.statistics = statistics
        typed = Set(parts.flatMap(\.terms))
    }

    /// What a part of the query scores by itself, nil when the document does not have it.
    private func score(_ query: TextQuery, _ scratch: Scratch) -> Float? {
        let compiled = segment.terms.compile(query, statistics: statistics)
        return segment.terms.score(compiled, document: document, scratch: scratch)
    }

    mutating func explain(_ query: TextQuery, _ scratch: Scratch) {
        switch query {
        case .any(let parts), .all(let parts):
            for part in parts { explain(part, scratch) }
        case .best(let parts):
            // The others count for nothing.
            let scored = parts.compactMap { part in score(part, scratch).map { (part: part, score: $0) } }
            if let best = scored.max(by: { $0.score < $1.score }) { explain(best.part, scratch) }
        case .excluding(let part, _): explain(part, scratch)
        case .everything: return
        case .term, .phrase, .prefix, .fuzzy: leaf(query, scratch)
        }
    }

    private mutating func leaf(_ query: TextQuery, _ scratch: Scratch) {
        let compiled = segment.terms.compile(query, statistics: statistics)
        guard let score = segment.terms.score(compiled, document: document, scratch: scratch) else { return }
        if case .phrase(let words, _, _, _) = query, compiled.nodes[compiled.root].kind == .phrase {
            let weight = compiled.nodes[compiled.root].weight
            let text = words.map { String(decoding: $0, as: UTF8.self) }.joined(separator: " ")
            return terms.append(
                Explanation.Term(
                    term: "\"\(text)\"",
                    via: "phrase",
                    idf: weight,
                    documentFrequency: compiled.nodes[compiled.root].cost,
                    fields: [],
                    saturated: weight > 0 ? score / weight : 0,
                    contribution: score
                )
            )
        }
        // Of several terms the best one counts.
        let found = compiled.lists.compactMap { list -> (list: CompiledQuery.List, fields: [Explanation.Field])? in
            let fields = fields(list)
            return fields.isEmpty ? nil : (list, fields)
        }
        func saturated(_ fields: [Explanation.Field]) -> Float {
            BM25F.saturated(fields.reduce(0) { $0 + $1.weightedFrequency })
        }
        guard
            let best = found.max(by: {
                $0.list.weight * saturated($0.fields) < $1.list.weight * saturated($1.fields)
            })
        else { return }
        let bytes = Array(segment.terms.terms.utf8(best.list.term))
        terms.append(
            Explanation.Term(
                term: String(decoding: bytes, as: UTF8.self),
                via: via(query, bytes),
                idf: best.list.weight,
                documentFrequency: best.list.documentFrequency,
                fields: best.fields,
                saturated: saturated(best.fields),
                contribution: score
            )
        )
    }

    private func via(_ query: TextQuery, _ found: [UInt8]) -> String? {
        if typed.contains(found) { return nil }
        switch query {
        case .prefix: return "prefix"
        case .fuzzy: return "typo"
        default: return found.contains(ASCII.space) ? "unit" : "synonym"
        }
    }

    private func fields(_ list: CompiledQuery.List) -> [Explanation.Field] {
        let index = segment.terms
        let textFields = segment.schema.textFields
        let term = TermIndex.Term(
            number: list.term,
            idf: list.weight,
            documentFrequency: list.documentFrequency,
            maximum: list.bound
        )
        let ordinal = Int(document)
        return index.frequencies(term, document: ordinal).compactMap { part in
            let position = Int(part.field)
            guard list.fields.contains(FieldMask(rawValue: 1 << UInt64(position))) else { return nil }
            let field = segment.schema.fields[textFields[position]]
            return Explanation.Field(
                field: field.name,
                frequency: Int(part.frequency),
                weight: field.textWeight ?? 0,
                length: index.length(field: position, document: ordinal),
                averageLength: index.averageLengths[position],
                weightedFrequency: Float(part.frequency) * index.norm(field: position, document: ordinal)
            )
        }
    }
}
