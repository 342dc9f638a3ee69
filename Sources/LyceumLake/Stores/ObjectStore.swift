// Where a lake's files are kept: what a publication, a recovery and a backup need of it.

import Foundation

/// Keeps the files of a lake under keys, which are paths relative to the lake such as `raw/students/…/x.parquet`.
///
/// A write is there whole or not at all. Every operation may be done again after a crash at any point of itself. All methods
/// throw ``LakeError``, or `CancellationError` where they take long.
public protocol ObjectStore: Sendable {
    /// Where the store is, for people: a folder's path, or `s3://bucket/prefix`.
    var place: String { get }

    /// Where an engine finds the object of a key: an absolute path, or an `s3://` URL.
    func location(of key: String) -> String

    /// Makes the store ready for a lake and tries whether it can be written.
    func prepare(folders: [String]) async throws

    /// Makes a folder for a writer that needs it; a store without folders does nothing.
    func makeFolder(_ folder: String) throws

    /// The size of each object in bytes; nil where there is none.
    func sizes(of keys: [String]) async throws -> [Int64?]

    /// The content of a small object; nil if there is none.
    func read(_ key: String) async throws -> Data?

    /// Writes a small object, in place of one that is there.
    func write(_ key: String, _ data: Data) async throws

    /// Writes a small object if there is none under its key; returns whether it did. Of many who try at once, one does.
    func create(_ key: String, _ data: Data) async throws -> Bool

    /// Copies a local file into the store, in place of an object that is there.
    func upload(_ file: URL, to key: String) async throws

    /// Copies an object to a local file, which is there only when it is whole.
    func download(_ key: String, to file: URL) async throws

    /// All objects below a folder, in the order of their keys. Never on the way of a query.
    func list(below folder: String) async throws -> [StoredObject]

    /// The names directly in a folder, unordered.
    func names(in folder: String) async throws -> [String]

    /// Moves objects, several at once where that is quicker; returns what became of each.
    ///
    /// - Parameter before: called before each move with its index; what it throws stops the rest.
    func move(_ moves: [ObjectMove], before: @escaping @Sendable (Int) throws -> Void) async throws -> [ObjectMove
        .Outcome]

    /// Removes objects, and folders that they leave empty; returns for each whether it was there, as far as the store can tell.
    @discardableResult
    func remove(_ keys: [String]) async throws -> [Bool]

    /// Removes a folder with all that is in it.
    func removeAll(below folder: String) async throws

    /// Sees to it that objects outlive a loss of power.
    ///
    /// - Parameter namesOnly: whether the contents are on the disk already, and only their coming and going is not.
    func persist(_ keys: [String], namesOnly: Bool) async throws

    /// Bytes that may still be written; nil where nobody counts them.
    func availableBytes() async throws -> Int64?
}

extension ObjectStore {
    /// The size of one object in bytes; nil if there is none.
    func size(of key: String) async throws -> Int64? { try await sizes(of: [key]).first ?? nil }
}

/// An object of a listing.
public struct StoredObject: Sendable, Hashable {
    /// Its key.
    public var key: String
    /// Its size in bytes.
    public var bytes: Int64

    /// Describes an object.
    public init(key: String, bytes: Int64) {
        self.key = key
        self.bytes = bytes
    }
}

/// An object that is to stand under another key.
public struct ObjectMove: Sendable, Hashable {
    /// Where it is: the first of these keys that exists.
    public var sources: [String]
    /// Where it is to be.
    public var target: String

    /// What a move came to.
    public enum Outcome: Sendable, Hashable {
        /// It is there now.
        case moved
        /// It was there, and nowhere else.
        case alreadyThere
        /// It is at none of the keys.
        case missing
    }

    /// Describes a move.
    public init(_ sources: String..., to target: String) {
        self.sources = sources
        self.target = target
    }
}
