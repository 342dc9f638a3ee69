// Which embedding models an installation's snapshots are made with.

import LyceumSearch

extension Configuration {
    /// The installation's snapshots, opened with the models that they are made with.
    ///
    /// - Throws: `SearchError` when the encoder cannot be used, or there is a snapshot that cannot be opened.
    public func snapshots() throws -> SnapshotStore {
        try SnapshotStore(directory: index, embedders: embedders())
    }

    /// What to open snapshots with, and to make them with where it is not empty: the bundled model and the encoder that
    /// `index_encoder` names, as one. Reads the encoder's files, about a second for 100 MB.
    ///
    /// - Throws: `SearchError` when the encoder cannot be used.
    public func embedders() throws -> [any Embedder] {
        guard let indexEncoder else { return [] }
        return [CombinedEmbedder(try StaticEmbedder.bundled(), try SentenceEncoder(folder: indexEncoder))]
    }
}
