// Puts a score back together from its parts.

extension Segment {
    func explanation(_ document: UInt32, bm25f: Float, score: Float, scorer: Scorer) -> Explanation {
        let ordinal = Int(document)
        let textFields = schema.textFields
        var keyword: Explanation.Keyword?
        if scorer.keywordFactor > 0 {
            var parts: [Explanation.Term] = []
            for term in scorer.terms.terms {
                let frequencies = terms.frequencies(term, document: ordinal)
                guard !frequencies.isEmpty else { continue }
                var total: Float = 0
                let fields = frequencies.map { part in
                    let position = Int(part.field)
                    let field = schema.fields[textFields[position]]
                    let weighted = Float(part.frequency) * terms.norm(field: position, document: ordinal)
                    total += weighted
                    return Explanation.Field(
                        field: field.name,
                        frequency: Int(part.frequency),
                        weight: field.textWeight ?? 0,
                        length: terms.length(field: position, document: ordinal),
                        averageLength: terms.averageLengths[position],
                        weightedFrequency: weighted
                    )
                }
                let saturated = BM25F.saturated(total)
                parts.append(
                    Explanation.Term(
                        term: terms.terms[term.number],
                        idf: term.idf,
                        documentFrequency: term.documentFrequency,
                        fields: fields,
                        saturated: saturated,
                        contribution: term.idf * saturated * scorer.keywordFactor
                    )
                )
            }
            keyword = Explanation.Keyword(
                terms: parts,
                bm25f: bm25f,
                factor: scorer.keywordFactor,
                contribution: bm25f * scorer.keywordFactor
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
                "\(Fusion.keywordWeight) * BM25F / sum of idf + \(Fusion.vectorWeight) * max(0, cosine) + exact title"
            case (.none, .some): "cosine"
            default:
                scorer.keywordFactor == 1
                    ? "BM25F: sum over terms of idf * tf' / (k1 + tf')"
                    : "\(Fusion.keywordWeight) * BM25F / sum of idf + exact title"
            }
        return Explanation(
            score: score,
            formula: formula,
            keyword: keyword,
            vector: vector,
            exactTitle: scorer.isTitled(document) ? scorer.titleBonus : 0
        )
    }
}
