// What turns text into a vector, and how a snapshot names the model it was built with.

/// Turns text into a vector of fixed length whose cosine with another measures how alike the two texts are.
///
/// A snapshot records ``version``; it can be searched only with an embedder of the same version.
public protocol Embedder: Sendable {
    /// The model's name and version, for example `lyceum-static-1-5f3a9c04`.
    var version: String { get }
    /// The length of a vector, a multiple of 32, at most 4,096.
    var dimensions: Int { get }
    /// The vector of a text, of length 1, or all zero when the text has nothing to go by.
    func embed(_ text: String) -> [Float]
    /// The vectors of texts, in their order.
    func embed(_ texts: [String]) -> [[Float]]
    /// How many texts are worth giving at once; 1 where a text alone costs no more.
    var batch: Int { get }
}

extension Embedder {
    /// The vectors of texts, one by one.
    public func embed(_ texts: [String]) -> [[Float]] { texts.map { embed($0) } }
    /// One text at a time.
    public var batch: Int { 1 }
}

/// The embedding model a snapshot is written with.
public enum EmbeddingModel: Sendable {
    /// ``StaticEmbedder/bundled()``, the model that comes with the library.
    case bundled
    /// A model of the caller's, needed again to open the snapshot.
    case custom(any Embedder)

    /// The embedder, checked.
    ///
    /// - Throws: ``SearchError`` with code `invalid_schema` for a length of vectors that cannot be stored, or those of
    ///   ``StaticEmbedder/bundled()``.
    func embedder() throws -> any Embedder {
        let embedder: any Embedder =
            switch self {
            case .bundled: try StaticEmbedder.bundled()
            case .custom(let given): given
            }
        guard embedder.dimensions > 0, embedder.dimensions <= 4096, embedder.dimensions % 32 == 0 else {
            throw SearchError(
                .invalidSchema,
                "the embedding model \(embedder.version) has \(embedder.dimensions) dimensions; a multiple of 32 is needed"
            )
        }
        return embedder
    }

    /// The embedder of a version among those given and the bundled one.
    ///
    /// - Throws: those of ``StaticEmbedder/bundled()``.
    static func embedder(version: String, among given: [any Embedder]) throws -> (any Embedder)? {
        if let found = given.first(where: { $0.version == version }) { return found }
        let bundled = try StaticEmbedder.bundled()
        return bundled.version == version ? bundled : nil
    }
}
