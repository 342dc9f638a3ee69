// Two embedding models side by side.

/// The table and an encoder as one: its cosine is a weighted mean of both cosines.
///
///     vector = (sqrt(1 - share) * table, sqrt(share) * encoder)
///
/// The table knows titles and skills, which it was trained on; the encoder knows language. A share of 0.3 was best on titles of
/// unseen occupations, O*NET's and ESCO's alike, and as good as any on profiles of students.
public struct CombinedEmbedder: Embedder {
    private let table: any Embedder
    private let encoder: any Embedder
    private let share: Float

    /// The share of the encoder unless told otherwise.
    public static let defaultShare: Float = 0.3

    /// Puts two models side by side.
    public init(_ table: any Embedder, _ encoder: any Embedder, share: Float = defaultShare) {
        (self.table, self.encoder, self.share) = (table, encoder, share)
    }

    /// Both models' versions and the share.
    public var version: String { "\(table.version)+\(encoder.version)@\(share)" }
    /// Both models' dimensions.
    public var dimensions: Int { table.dimensions + encoder.dimensions }
    /// Texts worth giving at once.
    public var batch: Int { max(table.batch, encoder.batch) }

    /// The vector of a text.
    public func embed(_ text: String) -> [Float] { joined(table.embed(text), encoder.embed(text)) }

    /// The vectors of texts.
    public func embed(_ texts: [String]) -> [[Float]] {
        zip(table.embed(texts), encoder.embed(texts)).map(joined)
    }

    private func joined(_ left: [Float], _ right: [Float]) -> [Float] {
        let (first, second) = ((1 - share).squareRoot(), share.squareRoot())
        var vector = left.map { $0 * first } + right.map { $0 * second }
        // Either may have nothing to go by.
        let length = vector.reduce(0) { $0 + $1 * $1 }.squareRoot()
        guard length > 0 else { return vector }
        for index in vector.indices { vector[index] /= length }
        return vector
    }
}
