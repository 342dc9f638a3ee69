// What turns text into a vector, and how a snapshot names the model it was built with.

/// Turns text into a vector of fixed length whose cosine with another measures how alike the two texts are.
///
/// A snapshot records ``version``; it can be searched only with an embedder of the same version.
public protocol Embedder: Sendable {
    /// The model's name and version, for example `hashed-ngrams-1`.
    var version: String { get }
    /// The length of a vector, a multiple of 32, at most 4,096.
    var dimensions: Int { get }
    /// The vector of a text, of length 1, or all zero when the text has nothing to go by.
    func embed(_ text: String) -> [Float]
}

/// The embedding model a snapshot is written with.
public enum EmbeddingModel: Sendable {
    /// ``HashedEmbedder``, with weights learned from the collection's own texts and kept in the snapshot.
    case hashed
    /// A model of the caller's, needed again to open the snapshot.
    case custom(any Embedder)
}
