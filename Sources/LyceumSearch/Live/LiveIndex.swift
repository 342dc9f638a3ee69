// A snapshot with live changes on top: durable before they are acknowledged, searchable at once.

import Dispatch
import Foundation

/// Serves the current snapshot of an index folder with documents added, replaced and deleted since.
///
/// A change is written to a log and flushed to the disk before the call that made it returns; then it is indexed in memory
/// and searched together with the snapshot. Readers take ``current`` and keep it as long as they like; they never wait for
/// writers. Writers take turns. Opening the folder again applies the log to the snapshot.
///
/// A snapshot says up to which change its documents contain the log (`log_sequence`). What it contains is dropped from the log
/// when it is taken up; what came later stays in force over it. A snapshot that says nothing, such as one built from other
/// sources, has all changes of the log applied to it.
public final class LiveIndex: Sendable {
    /// The folder of the log within the index folder.
    static let folderName = ".live"

    /// The index folder.
    public let directory: URL
    /// What was found and mended when the folder was opened: a torn end of the log, changes that fit no collection any more.
    public let notes: [String]

    private let embedders: [any Embedder]
    private let mergesInBackground: Bool
    private let published: Locked<Snapshot?>
    private let writer: Locked<Writer>
    /// One snapshot is taken up at a time.
    private let reloading = Locked(())
    private let merging = DispatchQueue(label: "lyceum.search.merge", qos: .utility)

    private struct Writer {
        let lock: FolderLock
        let log: WriteAheadLog
        var snapshot: Snapshot?
        var collections: [String: LiveCollection]
        /// Changes made while another snapshot is being taken up.
        var sinceReload: [LoggedChange]?
        var isMerging: Set<String> = []
        /// Counts snapshots taken up, so that a merge over an earlier one is dropped.
        var generation = 0
    }

    /// Opens an index folder for searching and changing; creates the log when there is none.
    ///
    /// - Throws: ``SearchError`` with code `locked` when another process has it open for changing, `damaged_log`, or one of
    ///   ``Snapshot/open(directory:embedders:verification:)``, but `no_snapshot`: one may be published later.
    public convenience init(directory: URL, embedders: [any Embedder] = []) throws {
        try self.init(directory: directory, embedders: embedders, mergesInBackground: true)
    }

    init(directory: URL, embedders: [any Embedder], mergesInBackground: Bool) throws {
        self.directory = directory
        self.mergesInBackground = mergesInBackground
        let folder = directory.appending(path: Self.folderName)
        try FileSystem.createDirectory(folder)
        let lock = try FolderLock(folder.appending(path: "lock"))
        self.embedders = embedders
        let hasSnapshot = try Snapshot.currentVersion(in: directory) != nil
        let snapshot = hasSnapshot ? try Snapshot.open(directory: directory, embedders: embedders) : nil
        let opening = try WriteAheadLog.open(folder, after: snapshot?.manifest.logSequence ?? 0)
        var notes = opening.notes
        let collections = Self.applied(opening.changes, to: snapshot, &notes)
        try opening.log.drop(through: snapshot?.manifest.logSequence ?? 0)
        self.notes = notes
        published = Locked(Self.view(snapshot, collections))
        writer = Locked(Writer(lock: lock, log: opening.log, snapshot: snapshot, collections: collections))
        for name in collections.keys.sorted() { mergeIfNeeded(name) }
    }

    // MARK: Reading

    /// The snapshot with all changes acknowledged so far; nil when none was published yet. Never waits for a writer.
    public var current: Snapshot? { published.withLock { $0 } }

    /// The snapshot with all changes acknowledged so far.
    ///
    /// - Throws: ``SearchError`` with code `no_snapshot`.
    public func snapshot() throws -> Snapshot {
        if let current { return current }
        throw missingSnapshot()
    }

    /// The sequence of the last change acknowledged, 0 before the first.
    public var sequence: UInt64 { writer.withLock { $0.log.last } }

    /// The size of the log in bytes: when it grows large, ``checkpoint(version:)`` or a new snapshot that contains it is due.
    public var logSize: Int { writer.withLock { $0.log.size } }

    private static func view(_ snapshot: Snapshot?, _ collections: [String: LiveCollection]) -> Snapshot? {
        snapshot.map { Snapshot($0, replacing: collections.mapValues { $0.collection() }) }
    }

    // MARK: Changing

    /// Adds documents to a collection, replacing those with the same id; each is one JSON object on one line, as served.
    ///
    /// - Returns: the sequence of the last change.
    /// - Throws: see ``apply(_:)``.
    @discardableResult
    public func upsert(_ documents: [String], into collection: String) throws -> UInt64 {
        try apply(documents.map { .upsert(collection: collection, json: $0) })
    }

    /// Takes documents out of a collection by their ids; ids it does not have are passed over.
    ///
    /// - Returns: the sequence of the last change.
    /// - Throws: see ``apply(_:)``.
    @discardableResult
    public func delete(_ ids: [String], from collection: String) throws -> UInt64 {
        try apply(ids.map { .delete(collection: collection, id: $0) })
    }

    /// Makes changes, all or none: when this returns they are on the disk and every later query sees them.
    ///
    /// One flush to the disk a call, so many changes in one call cost little more than one. Of several changes of one document the
    /// last counts.
    ///
    /// - Returns: the sequence of the last change.
    /// - Throws: ``SearchError`` with code `no_snapshot`, `collection_missing`, `invalid_document`, `invalid_request` or `io`;
    ///   nothing is changed then.
    @discardableResult
    public func apply(_ changes: [LiveChange]) throws -> UInt64 {
        let touched = Set(changes.map(\.collection))
        let sequence = try writer.withLock { writer in
            guard let snapshot = writer.snapshot else { throw missingSnapshot() }
            var prepared: [(name: String, changes: LiveCollection.Prepared)] = []
            for name in touched.sorted() {
                guard let collection = writer.collections[name] else {
                    throw SearchError(
                        .collectionMissing,
                        "the snapshot \(snapshot.version) has no collection \(name.prefix(64))",
                        location: directory.path
                    )
                }
                let own = changes.enumerated().filter { $0.element.collection == name }
                prepared.append((name, try collection.prepare(own.map { ($0.offset, $0.element) })))
            }
            let first = try writer.log.append(changes)
            for (name, changes) in prepared { writer.collections[name]?.commit(changes, first: first) }
            if writer.sinceReload != nil {
                for (offset, change) in changes.enumerated() {
                    writer.sinceReload?.append(LoggedChange(sequence: first + UInt64(offset), change: change))
                }
            }
            publish(&writer)
            return writer.log.last
        }
        for name in touched { mergeIfNeeded(name) }
        return sequence
    }

    // MARK: Erasing

    /// Takes documents out of the log and out of memory, as if they had never come, and hides them in the snapshot.
    ///
    /// The snapshot itself does not change: once one without the documents is taken up, nothing of them is left.
    ///
    /// - Returns: how many changes of the log were erased.
    /// - Throws: ``SearchError`` with code `io` or `damaged_log`.
    @discardableResult
    public func erase(_ ids: Set<String>, from collection: String) throws -> Int {
        try writer.withLock { writer in
            let schema = writer.collections[collection]?.base.schema
            func isErased(_ change: LiveChange) -> Bool {
                guard change.collection == collection else { return false }
                switch change {
                case .delete(_, let id): return ids.contains(id)
                case .upsert(_, let json):
                    return (try? schema?.document(fromJSON: json).id).map(ids.contains) ?? false
                }
            }
            let erased = try writer.log.erase(where: isErased)
            writer.sinceReload?.removeAll { isErased($0.change) }
            let covered = writer.snapshot?.manifest.logSequence ?? 0
            var notes: [String] = []
            var collections = Self.applied(
                try writer.log.contents().changes(after: covered),
                to: writer.snapshot,
                &notes
            )
            if let hidden = try collections[collection]?.prepare(
                ids.map { (position: 0, change: .delete(collection: collection, id: $0)) }
            ) {
                collections[collection]?.commit(hidden, first: writer.log.last)
            }
            writer.collections = collections
            // A merge under way is of documents as they were.
            writer.generation += 1
            publish(&writer)
            return erased
        }
    }

    /// Takes changes out of the log of an index folder that no process has open for changing.
    ///
    /// - Returns: how many there were.
    /// - Throws: ``SearchError`` with code `locked`, `io` or `damaged_log`.
    public static func erase(in directory: URL, where isErased: (LiveChange) -> Bool) throws -> Int {
        let folder = directory.appending(path: folderName)
        guard FileManager.default.fileExists(atPath: folder.path) else { return 0 }
        let lock = try FolderLock(folder.appending(path: "lock"))
        return try withExtendedLifetime(lock) {
            try WriteAheadLog.open(folder, after: 0).log.erase(where: isErased)
        }
    }

    private func missingSnapshot() -> SearchError {
        SearchError(
            .noSnapshot,
            "there is no search snapshot in \(directory.path); build one with lyceum index",
            location: directory.path
        )
    }

    /// Called with the writer's lock held, so that states are published in the order they came about.
    private func publish(_ writer: inout Writer) {
        let view = Self.view(writer.snapshot, writer.collections)
        published.withLock { $0 = view }
    }

    /// The collections of a snapshot with changes of the log applied; what fits none is noted and stays in the log.
    private static func applied(
        _ changes: [LoggedChange],
        to snapshot: Snapshot?,
        _ notes: inout [String]
    ) -> [String: LiveCollection] {
        var collections: [String: LiveCollection] = [:]
        guard let snapshot else { return [:] }
        for name in snapshot.collectionNames {
            if let collection = snapshot.collection(name) { collections[name] = LiveCollection(collection) }
        }
        guard let first = changes.first?.sequence else { return collections }
        let byCollection = Dictionary(grouping: changes, by: \.change.collection)
        for (name, changes) in byCollection.sorted(by: { $0.key < $1.key }) {
            guard var collection = collections[name] else {
                notes.append("\(changes.count) changes of \(name.prefix(64)), which the snapshot does not have")
                continue
            }
            let placed = changes.map { (position: Int($0.sequence - first), change: $0.change) }
            do {
                collection.commit(try collection.prepare(placed), first: first)
            } catch {
                // One that the snapshot's schema refuses must not keep the others out.
                for entry in placed {
                    do {
                        collection.commit(try collection.prepare([entry]), first: first)
                    } catch {
                        let sequence = first + UInt64(entry.position)
                        notes.append("change \(sequence) of \(name) does not fit any more: \(error)")
                    }
                }
            }
            collections[name] = collection
        }
        return collections
    }

    // MARK: Merging

    private func mergeIfNeeded(_ name: String) {
        guard mergesInBackground else {
            while mergeOnce(name) {}
            return
        }
        let isDue = writer.withLock { writer in
            writer.collections[name]?.nextMerge() != nil && !writer.isMerging.contains(name)
        }
        if isDue { merging.async { [weak self] in while self?.mergeOnce(name) == true {} } }
    }

    /// Merges once if a merge is due and none is under way; indexing happens outside the lock.
    private func mergeOnce(_ name: String) -> Bool {
        let begun = writer.withLock { writer -> (LiveCollection, LiveCollection.Merge, Int)? in
            guard let collection = writer.collections[name], let merge = collection.nextMerge(),
                writer.isMerging.insert(name).inserted
            else { return nil }
            return (collection, merge, writer.generation)
        }
        guard let (collection, merge, generation) = begun else { return false }
        // These documents were indexed before, so they can be again; if not, the sources stay.
        let merged = Result { try collection.merged(merge) }
        return writer.withLock { writer in
            writer.isMerging.remove(name)
            guard writer.generation == generation, case .success(let segment) = merged else { return false }
            writer.collections[name]?.commit(merge, segment)
            publish(&writer)
            return true
        }
    }

    /// Waits until no merge is due.
    func finishMerges() {
        merging.sync {}
    }

    // MARK: Snapshots

    /// Takes up the version named by `CURRENT` if it is another than the one being served, with the changes it does not contain.
    ///
    /// Queries and changes go on meanwhile.
    ///
    /// - Returns: whether the snapshot was replaced.
    /// - Throws: ``SearchError`` when the new one cannot be opened; the old one then stays.
    @discardableResult
    public func reloadIfChanged() throws -> Bool {
        try reloading.withLock { _ in
            guard let version = try Snapshot.currentVersion(in: directory), version != current?.version else {
                return false
            }
            let next = try Snapshot.open(directory: directory, embedders: embedders)
            let covered = next.manifest.logSequence ?? 0
            let contents = writer.withLock { writer in
                writer.sinceReload = []
                return writer.log.contents()
            }
            var notes: [String] = []
            let replayed: [String: LiveCollection]
            do {
                replayed = Self.applied(try contents.changes(after: covered), to: next, &notes)
            } catch {
                writer.withLock { $0.sinceReload = nil }
                throw error
            }
            try writer.withLock { writer in
                var collections = replayed
                // What came meanwhile, in order; a change that the new schema refuses is noted nowhere but stays in the log.
                for logged in writer.sinceReload ?? [] where logged.sequence > covered {
                    let name = logged.change.collection
                    guard let prepared = try? collections[name]?.prepare([(0, logged.change)]) else { continue }
                    collections[name]?.commit(prepared, first: logged.sequence)
                }
                writer.sinceReload = nil
                writer.snapshot = next
                writer.collections = collections
                writer.generation += 1
                publish(&writer)
                try writer.log.drop(through: covered)
            }
            for name in next.collectionNames { mergeIfNeeded(name) }
            return true
        }
    }

    /// Writes a new snapshot of all documents, live changes included, and takes it up; the log is dropped as far as it is contained.
    ///
    /// Documents are indexed again from their JSON. Queries and changes go on meanwhile. For indexes whose documents come from
    /// elsewhere, building a new snapshot there is the better way: whatever is built from other sources replaces this one.
    ///
    /// - Throws: ``SearchError`` with code `no_snapshot`, `version_exists` or `io`; the present snapshot and the log then stay.
    @discardableResult
    public func checkpoint(version: String? = nil) throws -> Manifest {
        let (snapshot, sequence) = writer.withLock { (Self.view($0.snapshot, $0.collections), $0.log.last) }
        guard let snapshot else { throw missingSnapshot() }
        let names = snapshot.collectionNames
        let model = names.compactMap { snapshot.collection($0)?.embedder }.first
        let writer = try SnapshotWriter(
            directory: directory,
            version: version,
            model: model.map { .custom($0) } ?? .bundled,
            logSequence: sequence
        )
        try writer.takeLanguage(from: snapshot)
        for name in names {
            guard let collection = snapshot.collection(name) else { continue }
            let output = try writer.collection(collection.schema)
            for view in collection.views {
                for ordinal in 0..<view.segment.count where view.isAlive(ordinal) {
                    let json = String(decoding: view.segment.json(of: ordinal), as: UTF8.self)
                    try output.add(try collection.schema.document(fromJSON: json))
                }
            }
        }
        let manifest = try writer.finish()
        try reloadIfChanged()
        return manifest
    }
}
