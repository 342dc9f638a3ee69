// Two embedding models side by side.

/// The table and an encoder as one: its cosine is a weighted mean of both cosines.
///
///     vector = (sqrt(1 - share) * table, sqrt(share) * encoder)
///
/// The table knows titles and skills, which it was trained on; the encoder knows language. So a text of up to three words has
/// a share of 0.3, which was best on titles of unseen occupations, and one of eight words or more 0.6, between them by
/// straight line, as with the weight of words (``Fusion``). Of two texts with different shares the cosine is
/// `sqrt((1 - s)(1 - t))` of the table's and `sqrt(s t)` of the encoder's.
public struct CombinedEmbedder: Embedder {
    private let table: any Embedder
    private let encoder: any Embedder
    private let shares: (short: Float, long: Float)

    /// Puts two models side by side.
    ///
    /// - Parameters:
    ///   - share: the encoder's share of texts of up to three words, 0 to 1.
    ///   - longShare: its share of texts of eight words and more.
    public init(_ table: any Embedder, _ encoder: any Embedder, share: Float = 0.3, longShare: Float = 0.6) {
        (self.table, self.encoder, shares) = (table, encoder, (share, longShare))
    }

    /// Both models' versions and the shares.
    public var version: String { "\(table.version)+\(encoder.version)@\(shares.short)-\(shares.long)" }
    /// Both models' dimensions.
    public var dimensions: Int { table.dimensions + encoder.dimensions }
    /// Texts worth giving at once.
    public var batch: Int { max(table.batch, encoder.batch) }

    /// The vector of a text.
    public func embed(_ text: String) -> [Float] { joined(text, table.embed(text), encoder.embed(text)) }

    /// The vectors of texts.
    public func embed(_ texts: [String]) -> [[Float]] {
        let (left, right) = (table.embed(texts), encoder.embed(texts))
        return texts.indices.map { joined(texts[$0], left[$0], right[$0]) }
    }

    private func joined(_ text: String, _ left: [Float], _ right: [Float]) -> [Float] {
        let words = text.split(maxSplits: 8, whereSeparator: \.isWhitespace).count
        let share = shares.short + (shares.long - shares.short) * min(1, max(0, Float(words - 3) / 5))
        let (first, second) = ((1 - share).squareRoot(), share.squareRoot())
        var vector = left.map { $0 * first } + right.map { $0 * second }
        // Either may have nothing to go by.
        let length = vector.reduce(0) { $0 + $1 * $1 }.squareRoot()
        guard length > 0 else { return vector }
        for index in vector.indices { vector[index] /= length }
        return vector
    }
}
