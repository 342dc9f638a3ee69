// How the texts of a collection are analysed, as a value that can be handed from thread to thread.

/// How the texts of a collection are analysed.
struct TextAnalysis: Sendable {
    var stopWords = StopWordTreatment.keep
    /// Phrases that are terms of their own.
    var units: PhraseTable?

    /// An analyzer for one thread.
    func analyzer() -> Analyzer { Analyzer(stopWords: stopWords, units: units) }
}

extension TextAnalysis {
    init(_ schema: CollectionSchema, tables: LanguageTables?) {
        self.init(stopWords: schema.leavesOutStopWords ? .leaveOut : .keep, units: tables?.units)
    }
}
