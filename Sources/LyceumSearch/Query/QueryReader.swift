// A request's words, understood against a collection.

/// What a request asks of words and meaning, before any segment is looked at.
struct UnderstoodQuery {
    /// What documents' text must and may have.
    let text: TextQuery
    /// The parts of the text, with what each became.
    let parts: [QueryPart]
    /// What to embed.
    let plainText: String
    /// The sum of the inverse document frequencies of the words wanted, also of those no document has.
    let idfSum: Float
    /// Whether documents may be found by meaning alone: not where the words say what a document must or must not have.
    let allowsNear: Bool
    /// The key of the title that is the query, word by word.
    let titleKey: UInt64?

    /// How many words are wanted.
    var wordCount: Int { parts.reduce(0) { $0 + ($1.isExcluded ? 0 : $1.terms.count) } }
}

extension Collection {
    /// Reads a request's words; nil when they ask for every document.
    func understand(_ request: SearchRequest, _ statistics: CorpusStatistics?) -> UnderstoodQuery? {
        let isBlank = request.query.utf8.allSatisfy { $0 <= 0x20 }
        if isBlank, (request.queryVectorText ?? "").isEmpty { return nil }
        var parser = QueryParser(
            textFields: schema.textFields.map { schema.fields[$0].name },
            tables: base.language
        )
        let options = QueryOptions(
            matching: request.matching,
            asYouType: request.isUnfinished,
            typos: request.forgivesTypos ? TypoPolicy() : .none,
            usesSynonyms: request.usesSynonyms,
            leavesOutStopWords: schema.leavesOutStopWords
        )
        let parsed =
            statistics.map { parser.parse(request.query, options: options, vocabulary: $0) }
            ?? parser.parse(request.query, options: options, vocabulary: base.terms)
        let idfSum = parsed.wantedTerms.reduce(Float(0)) { sum, term in
            sum + term.withUnsafeBufferPointer { inverseDocumentFrequency(of: $0, statistics) }
        }
        let isPlain = parsed.parts.allSatisfy { $0.kind != .phrase && !$0.isExcluded && $0.field == nil }
        var titleKey: UInt64?
        if request.mode == .hybrid, schema.titleField != nil, isPlain {
            var analyzer = Analyzer(isStemming: false)
            titleKey = TitleKey.of([request.query], with: &analyzer)
        }
        return UnderstoodQuery(
            // A text to embed and no words: nothing is found by words.
            text: isBlank ? .any([]) : parsed.query,
            parts: parsed.parts,
            plainText: request.queryVectorText ?? parsed.plainText,
            idfSum: idfSum,
            allowsNear: isPlain && (request.matching == .any || parsed.parts.count < 2),
            titleKey: titleKey
        )
    }

    private func inverseDocumentFrequency(
        of term: UnsafeBufferPointer<UInt8>,
        _ statistics: CorpusStatistics?
    ) -> Float {
        statistics?.inverseDocumentFrequency(of: term)
            ?? BM25F.inverseDocumentFrequency(
                documents: base.terms.documentCount,
                containing: base.terms.documentFrequency(of: term)
            )
    }
}

extension CorpusStatistics: TermVocabulary {}
