// An opened snapshot: immutable, mapped, checked.

import Foundation

/// A published snapshot, opened for reading; any number of threads may use it at once.
public final class Snapshot: Sendable {
    /// What the snapshot contains.
    public let manifest: Manifest
    /// The snapshot's own folder.
    public let directory: URL
    private let collections: [String: Collection]

    /// The name of the text analysis that this program writes and reads; it changes when terms do.
    public static var analyzer: String { Analyzer.name }

    /// The snapshot's version.
    public var version: String { manifest.version }

    /// How much is checked when a snapshot is opened.
    public enum Verification: Sendable {
        /// Sizes, checksums and structure: damage of any kind is found. Reads every byte once.
        case full
        /// Sizes and structure: no read leaves a file, but a flipped bit may go unnoticed.
        case structure
    }

    /// Opens the current snapshot of an index folder.
    ///
    /// - Throws: ``SearchError`` with code `no_snapshot`, `damaged_snapshot`, `unsupported_format`, `model_mismatch` or `io`.
    public static func open(
        directory: URL,
        embedders: [any Embedder] = [],
        verification: Verification = .full
    ) throws -> Snapshot {
        var attempt = 0
        while true {
            guard let version = try currentVersion(in: directory) else {
                throw SearchError(
                    .noSnapshot,
                    "there is no search snapshot in \(directory.path); build one with lyceum index",
                    location: directory.path
                )
            }
            do {
                return try open(
                    directory: directory,
                    version: version,
                    embedders: embedders,
                    verification: verification
                )
            } catch {
                // Between reading the name and opening the files a new version may have come and this one gone.
                attempt += 1
                guard attempt < 3, try currentVersion(in: directory) != version else { throw error }
            }
        }
    }

    /// Opens one version of an index folder.
    ///
    /// - Throws: see ``open(directory:embedders:verification:)``.
    public static func open(
        directory: URL,
        version: String,
        embedders: [any Embedder] = [],
        verification: Verification = .full
    ) throws -> Snapshot {
        let folder = directory.appending(path: version)
        guard SnapshotLayout.isVersion(version),
            FileManager.default.fileExists(atPath: folder.appending(path: SnapshotLayout.manifest).path)
        else {
            throw SearchError(
                .noSnapshot,
                "there is no snapshot \(version.prefix(80)) in \(directory.path)",
                location: directory.path
            )
        }
        return try Snapshot(folder, version: version, embedders: embedders, verification: verification)
    }

    /// The version named by `CURRENT`, nil when nothing was published.
    public static func currentVersion(in directory: URL) throws -> String? {
        let file = directory.appending(path: SnapshotLayout.current)
        guard let text = try FileSystem.text(at: file) else { return nil }
        let version = text.trimmingCharacters(in: .whitespacesAndNewlines)
        guard SnapshotLayout.isVersion(version) else {
            throw SearchError(
                .damagedSnapshot,
                "the file CURRENT does not name a snapshot; rebuild the index",
                location: file.path
            )
        }
        return version
    }

    private init(_ folder: URL, version: String, embedders: [any Embedder], verification: Verification) throws {
        directory = folder
        manifest = try Self.readManifest(folder, version: version)
        let language = try manifest.language.map { try Self.readLanguage($0, folder, verification) }
        var collections: [String: Collection] = [:]
        for (name, entry) in manifest.collections {
            guard name == entry.schema.name else {
                throw Self.damaged(
                    folder,
                    "the manifest's collection \(name.prefix(64)) has another name in its schema"
                )
            }
            let segment = try Segment(
                entry,
                storage: SegmentFolder(directory: folder),
                location: folder.path,
                embedders: embedders,
                language: language,
                verification: verification
            )
            collections[name] = Collection(
                base: SegmentView(segment),
                fingerprint: XXHash64.hash("\(version)/\(name)".utf8)
            )
        }
        self.collections = collections
    }

    private static func readLanguage(
        _ entry: Manifest.File,
        _ folder: URL,
        _ verification: Verification
    ) throws -> LanguageTables {
        let name = SnapshotLayout.language
        let file: MappedFile
        do {
            file = try SegmentFolder(directory: folder).read(name)
        } catch {
            throw SearchError(
                .damagedSnapshot,
                "the snapshot file \(name) is missing or unreadable; rebuild the index",
                location: folder.appending(path: name).path,
                cause: error
            )
        }
        guard entry.name == name, file.bytes.count == entry.bytes else {
            throw SegmentReader.damaged(file, "it has \(file.bytes.count) bytes instead of \(entry.bytes)")
        }
        guard verification != .full || XXHash64.hex(XXHash64.hash(file.bytes)) == entry.xxh64 else {
            throw SegmentReader.damaged(file, "its checksum does not match the manifest")
        }
        return try LanguageTables(try SegmentReader(file))
    }

    /// The same snapshot with live changes in some of its collections.
    init(_ base: Snapshot, replacing collections: [String: Collection]) {
        manifest = base.manifest
        directory = base.directory
        self.collections = base.collections.merging(collections) { $1 }
    }

    private static func readManifest(_ folder: URL, version: String) throws -> Manifest {
        let file = try MappedFile(folder.appending(path: SnapshotLayout.manifest))
        let expected = try FileSystem.text(at: folder.appending(path: SnapshotLayout.manifestSum))
        guard expected == XXHash64.hex(XXHash64.hash(file.bytes)) + "\n" else {
            throw damaged(folder, "manifest.json does not match manifest.json.xxh64")
        }
        let manifest: Manifest
        do {
            manifest = try JSONDecoder().decode(Manifest.self, from: Data(file.bytes))
        } catch {
            throw SearchError(
                .damagedSnapshot,
                "manifest.json cannot be read; rebuild the index",
                location: file.url.path,
                cause: error
            )
        }
        guard manifest.format == Manifest.currentFormat, manifest.analyzer == Analyzer.name else {
            throw SearchError(
                .unsupportedFormat,
                "the snapshot \(version) has format \(manifest.format) and analyzer \(manifest.analyzer); this program "
                    + "reads format \(Manifest.currentFormat) and \(Analyzer.name); rebuild the index",
                location: file.url.path
            )
        }
        guard manifest.version == version else { throw damaged(folder, "the manifest belongs to another version") }
        return manifest
    }

    private static func damaged(_ folder: URL, _ what: String) -> SearchError {
        SearchError(.damagedSnapshot, "\(what); rebuild the index", location: folder.path)
    }

    /// The collection of that name.
    public func collection(_ name: String) -> Collection? { collections[name] }

    /// The names of the collections, sorted.
    public var collectionNames: [String] { collections.keys.sorted() }
}
