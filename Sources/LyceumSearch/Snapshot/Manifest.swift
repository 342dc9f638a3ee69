// What a snapshot contains, in a form people can read.

import Foundation

/// The contents of `manifest.json`: what a snapshot holds, how it was made, and the checksum of each of its files.
public struct Manifest: Codable, Sendable, Hashable {
    /// The number of the file format described here.
    static let currentFormat = 3

    /// One file of the snapshot.
    public struct File: Codable, Sendable, Hashable {
        /// The name within the snapshot's folder.
        public var name: String
        /// The size in bytes.
        public var bytes: Int
        /// XXH64 with seed 0 in hexadecimal, as `xxhsum -H1` prints it.
        public var xxh64: String
    }

    /// The embedding model of a collection.
    public struct Model: Codable, Sendable, Hashable {
        /// The model's version.
        public var version: String
        /// The length of a vector.
        public var dimensions: Int
    }

    /// One collection of the snapshot.
    public struct Collection: Codable, Sendable, Hashable {
        /// Its fields and their weights.
        public var schema: CollectionSchema
        /// Documents.
        public var documents: Int
        /// Distinct terms.
        public var terms: Int
        /// Pairs of a term and a document that has it.
        public var postings: Int
        /// The mean number of words in each searchable field, in schema order; BM25F divides by it.
        public var averageLengths: [Double]
        /// The embedding model, absent when the collection has no vectors.
        public var model: Model?
        /// Its files.
        public var files: [File]
        /// What the documents were made from, as whoever made it says; absent when nobody did.
        public var origin: String?

        private enum CodingKeys: String, CodingKey {
            case schema, documents, terms, postings, model, files, origin
            case averageLengths = "average_lengths"
        }
    }

    /// The file format.
    public var format: Int
    /// The snapshot's version: its folder's name, in order of time.
    public var version: String
    /// When it was written, ISO 8601 in UTC.
    public var createdAt: String
    /// The text analyzer.
    public var analyzer: String
    /// The collections by name.
    public var collections: [String: Collection]
    /// The file of synonyms and phrases, absent without any.
    public var language: File?
    /// The last live change that the documents contain; changes after it are applied on top. Absent when there was none.
    public var logSequence: UInt64?

    private enum CodingKeys: String, CodingKey {
        case format, version, analyzer, collections, language
        case createdAt = "created_at"
        case logSequence = "log_sequence"
    }

    func encoded() throws -> Data {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        return try encoder.encode(self) + Data("\n".utf8)
    }
}

/// The names of files in an index folder.
enum SnapshotLayout {
    /// Holds the version to serve, in one line.
    static let current = "CURRENT"
    static let manifest = "manifest.json"
    /// Holds the manifest's own checksum, in one line.
    static let manifestSum = "manifest.json.xxh64"
    static let buildingPrefix = ".building-"

    /// Synonyms and phrases of all collections.
    static let language = "language.bin"

    static func documents(_ name: String) -> String { "\(name).documents.ndjson" }
    static func lookup(_ name: String) -> String { "\(name).lookup.bin" }
    static func terms(_ name: String) -> String { "\(name).terms.bin" }
    static func columns(_ name: String) -> String { "\(name).columns.bin" }
    static func suggestions(_ name: String) -> String { "\(name).suggestions.bin" }
    static func vectors(_ name: String) -> String { "\(name).vectors.bin" }

    /// Whether a version may name a folder: letters, digits, `.`, `_`, `-`, not beginning with a point.
    static func isVersion(_ version: String) -> Bool {
        !version.isEmpty && version.utf8.count <= 80 && version.first != "."
            && version.utf8.allSatisfy { byte in
                (0x30...0x39).contains(byte) || (0x61...0x7A).contains(byte | 0x20)
                    || [0x2D, 0x2E, 0x5F].contains(byte)
            }
    }
}
