// Writes a snapshot beside the others and publishes it in one step.

import Foundation

/// Builds a new snapshot in an index folder; nothing of it is seen by readers before ``finish()``.
///
/// Files are written to `.building-<version>-<pid>`, flushed to the disk and renamed to `<version>`; then the file `CURRENT` is
/// replaced by another that names the new version. A crash at any moment leaves the previous snapshot served.
///
/// Not for use from several threads at once.
public final class SnapshotWriter {
    /// The index folder.
    public let directory: URL

    private let requestedVersion: String?
    private let model: EmbeddingModel
    private let building: URL
    private let logSequence: UInt64?
    private var language: (file: Manifest.File, tables: LanguageTables)?
    private let now: Date
    private var writers: [(writer: CollectionWriter, origin: String?)] = []
    private var kept: [String: Manifest.Collection] = [:]
    private var isOpen = true

    /// Begins a snapshot.
    ///
    /// - Parameters:
    ///   - directory: the index folder; created when missing.
    ///   - version: the snapshot's version, which must sort after earlier ones; nil derives one from the time and the
    ///     contents (`20260131T101500Z-5f3a9c04`).
    ///   - model: the embedding model for all collections.
    ///   - language: synonyms and phrases that all collections are indexed and searched with.
    ///   - logSequence: the last live change that the documents to be added contain; those after it stay in force.
    /// - Throws: ``SearchError`` with code `version_exists`, `invalid_request` or `io`.
    public init(
        directory: URL,
        version: String? = nil,
        model: EmbeddingModel = .bundled,
        language: LanguageResources = LanguageResources(),
        logSequence: UInt64? = nil,
        now: Date = Date()
    ) throws {
        self.directory = directory
        self.model = model
        self.logSequence = logSequence
        self.now = now
        requestedVersion = version
        if let version {
            guard SnapshotLayout.isVersion(version) else {
                throw SearchError(
                    .invalidRequest,
                    "'\(version.prefix(80))' cannot name a snapshot: use letters, digits, '.', '_' and '-'"
                )
            }
            try Self.refuseExisting(version, in: directory)
        }
        try FileSystem.createDirectory(directory)
        let nonce = String(UInt32.random(in: 0...(.max)), radix: 16)
        let pid = ProcessInfo.processInfo.processIdentifier
        building = directory.appending(path: "\(SnapshotLayout.buildingPrefix)\(nonce)-\(pid)")
        try FileSystem.createDirectory(building)
        do {
            self.language = try Self.write(language, to: SegmentFolder(directory: building))
        } catch {
            try? FileManager.default.removeItem(at: building)
            throw error
        }
    }

    private static func write(
        _ resources: LanguageResources,
        to storage: SegmentFolder
    ) throws -> (Manifest.File, LanguageTables)? {
        guard !resources.isEmpty else { return nil }
        var segment = SegmentWriter()
        try LanguageTables.add(resources, to: &segment)
        try segment.write(to: try storage.create(SnapshotLayout.language))
        return try describe(storage)
    }

    /// Takes over the synonyms and phrases of another snapshot; before the first collection is begun.
    func takeLanguage(from snapshot: Snapshot) throws {
        guard snapshot.manifest.language != nil else { return }
        let storage = SegmentFolder(directory: building)
        let source = try SegmentFolder(directory: snapshot.directory).read(SnapshotLayout.language)
        let output = try storage.create(SnapshotLayout.language)
        try output.write(source.bytes)
        try output.close()
        language = try Self.describe(storage)
    }

    private static func describe(_ storage: SegmentFolder) throws -> (Manifest.File, LanguageTables) {
        let file = try storage.read(SnapshotLayout.language)
        let entry = Manifest.File(
            name: SnapshotLayout.language,
            bytes: file.bytes.count,
            xxh64: XXHash64.hex(XXHash64.hash(file.bytes))
        )
        return (entry, try LanguageTables(try SegmentReader(file)))
    }

    deinit { discard() }

    private static func refuseExisting(_ version: String, in directory: URL) throws {
        let target = directory.appending(path: version)
        if FileManager.default.fileExists(atPath: target.path) {
            throw SearchError(
                .versionExists,
                "there is a snapshot \(version) already; choose another version",
                location: target.path
            )
        }
    }

    /// Begins a collection; its documents are added through the writer returned.
    ///
    /// - Parameter origin: names what the documents are made from, for ``keep(_:origin:of:)`` of later snapshots.
    /// - Throws: ``SearchError`` with code `invalid_schema` when the schema contradicts itself or its name is taken.
    public func collection(_ schema: CollectionSchema, origin: String? = nil) throws -> CollectionWriter {
        try checkIsFree(schema.name)
        let writer = try CollectionWriter(
            schema: schema,
            model: model,
            storage: SegmentFolder(directory: building),
            language: language?.tables
        )
        writers.append((writer, origin))
        return writer
    }

    private func checkIsFree(_ name: String) throws {
        guard isOpen else { throw SearchError(.invalidRequest, "this snapshot was finished or discarded already") }
        guard kept[name] == nil, !writers.contains(where: { $0.writer.schema.name == name }) else {
            throw SearchError(.invalidSchema, "the snapshot has a collection \(name) already")
        }
    }

    /// Takes over a collection of another snapshot as it is; both then share its files, which never change.
    ///
    /// - Returns: how many documents it has; nil, and nothing is taken over, where it would come out otherwise today:
    ///   another origin or schema, other synonyms, another analyzer or model.
    /// - Throws: ``SearchError`` with code `invalid_schema` when the name is taken, or `io`.
    public func keep(_ schema: CollectionSchema, origin: String, of snapshot: Snapshot) throws -> Int? {
        try checkIsFree(schema.name)
        let manifest = snapshot.manifest
        guard let collection = manifest.collections[schema.name], collection.origin == origin,
            collection.schema == schema,
            manifest.format == Manifest.currentFormat, manifest.analyzer == Analyzer.name,
            manifest.language?.xxh64 == language?.file.xxh64
        else { return nil }
        if let version = collection.model?.version, try model.embedder().version != version { return nil }
        for file in collection.files {
            try FileSystem.share(snapshot.directory.appending(path: file.name), as: building.appending(path: file.name))
        }
        kept[schema.name] = collection
        return collection.documents
    }

    /// Writes what is left, publishes the snapshot and makes it the current one.
    ///
    /// - Throws: ``SearchError``; the previous snapshot then remains current and the unfinished one is removed.
    public func finish() throws -> Manifest {
        guard isOpen else { throw SearchError(.invalidRequest, "this snapshot was finished or discarded already") }
        defer { discard() }
        var collections = kept
        for (writer, origin) in writers {
            var collection = try writer.finish()
            collection.origin = origin
            collections[writer.schema.name] = collection
        }
        let format = Date.ISO8601FormatStyle(timeZone: .gmt)
        let stamp = now.formatted(format)
        let files = collections.values.flatMap(\.files) + (language.map { [$0.file] } ?? [])
        let contents = files.map { "\($0.name)\($0.xxh64)" }.sorted().joined()
        let digest = XXHash64.hex(XXHash64.hash(contents.utf8)).prefix(8)
        let derived = stamp.replacing("-", with: "").replacing(":", with: "") + "-" + digest
        let version = requestedVersion ?? derived
        try Self.refuseExisting(version, in: directory)
        let manifest = Manifest(
            format: Manifest.currentFormat,
            version: version,
            createdAt: stamp,
            analyzer: Analyzer.name,
            collections: collections,
            language: language?.file,
            logSequence: logSequence
        )
        let encoded: Data
        do {
            encoded = try manifest.encoded()
        } catch {
            throw SearchError(.io, "the manifest cannot be written", cause: error)
        }
        let sum = XXHash64.hex(encoded.withUnsafeBytes { XXHash64.hash($0) })
        try FileSystem.write(encoded, to: building.appending(path: SnapshotLayout.manifest))
        try FileSystem.write(Data("\(sum)\n".utf8), to: building.appending(path: SnapshotLayout.manifestSum))
        try FileSystem.synchroniseDirectory(building)
        try FileSystem.move(building, to: directory.appending(path: version))
        isOpen = false
        try FileSystem.synchroniseDirectory(directory)
        try Self.makeCurrent(version, in: directory)
        return manifest
    }

    /// Makes a published version the one that is served, for example to go back to an earlier one.
    ///
    /// - Throws: ``SearchError`` with code `no_snapshot` when there is no such version, or `io`.
    public static func makeCurrent(_ version: String, in directory: URL) throws {
        let manifest = directory.appending(path: version).appending(path: SnapshotLayout.manifest)
        guard SnapshotLayout.isVersion(version), FileManager.default.fileExists(atPath: manifest.path) else {
            throw SearchError(.noSnapshot, "there is no snapshot \(version.prefix(80))", location: directory.path)
        }
        let nonce = String(UInt32.random(in: 0...(.max)), radix: 16)
        let temporary = directory.appending(path: "\(SnapshotLayout.buildingPrefix)\(nonce)-current")
        try FileSystem.write(Data("\(version)\n".utf8), to: temporary)
        try FileSystem.move(temporary, to: directory.appending(path: SnapshotLayout.current))
        try FileSystem.synchroniseDirectory(directory)
    }

    /// Removes the unfinished snapshot; harmless after ``finish()``.
    public func discard() {
        guard isOpen else { return }
        isOpen = false
        writers = []
        try? FileManager.default.removeItem(at: building)
    }

    /// The published versions in a folder, the oldest first.
    public static func versions(in directory: URL) throws -> [String] {
        try FileSystem.names(in: directory).filter { name in
            let manifest = directory.appending(path: name).appending(path: SnapshotLayout.manifest)
            return SnapshotLayout.isVersion(name) && FileManager.default.fileExists(atPath: manifest.path)
        }
    }

    /// Removes old snapshots and what crashed writers left, and returns the versions removed.
    ///
    /// The current version is always kept and counts as one. A reader that has a removed snapshot open keeps it.
    @discardableResult
    public static func removeOld(directory: URL, keep: Int) throws -> [String] {
        let current = try Snapshot.currentVersion(in: directory)
        let others = try versions(in: directory).filter { $0 != current }
        let removed = Array(others.dropLast(max(0, keep - (current == nil ? 0 : 1))))
        for version in removed { try FileSystem.remove(directory.appending(path: version)) }
        for name in try FileSystem.names(in: directory) where name.hasPrefix(SnapshotLayout.buildingPrefix) {
            guard let pid = name.split(separator: "-").last.flatMap({ Int32($0) }), pid > 0 else { continue }
            // Only what no living process is writing.
            if kill(pid, 0) != 0, errno == ESRCH { try FileSystem.remove(directory.appending(path: name)) }
        }
        return removed
    }
}
