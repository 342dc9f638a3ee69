// A bucket as an object store.

import Foundation
import Logging
import LyceumAWS

/// Keeps a lake's files in S3, or a server that speaks its protocol.
///
/// A put is there whole or not at all, and what is first is decided by the server (`If-None-Match`). A move is a copy on the
/// server's side, and then a removal: cut off between the two, it is simply done again.
public struct S3Store: ObjectStore {
    /// Where it is.
    public let s3: S3Location
    /// The client of the bucket.
    let client: S3Client
    /// Who we are to the server; an engine that reads the bucket itself asks here as well.
    public let credentials: CredentialsChain

    private static let requestsAtOnce = 16
    /// Of more objects than this in one folder, the sizes are listed instead of asked one by one.
    private static let askedSingly = 32

    /// Reaches a bucket; nothing is sent yet.
    ///
    /// - Throws: ``LakeError`` with code `invalid_name` for an address that cannot work.
    public init(_ s3: S3Location, credentials: CredentialsChain? = nil, logger: Logger = Logger(label: "lyceum.s3"))
        throws
    {
        var environment = ProcessInfo.processInfo.environment
        if let profile = s3.profile {
            // A profile that was asked for is not passed over for what happens to be in the environment.
            for name in ["AWS_ACCESS_KEY_ID", "AWS_WEB_IDENTITY_TOKEN_FILE"] { environment[name] = nil }
            environment["AWS_PROFILE"] = profile
        }
        let chain =
            credentials
            ?? CredentialsChain(
                environment: environment,
                region: s3.bucket.region,
                limits: s3.bucket.limits,
                logger: logger
            )
        do { client = try S3Client(s3.bucket, credentials: chain, logger: logger) } catch {
            throw LakeError.bucket(error, doing: "use", place: s3.description)
        }
        self.credentials = chain
        self.s3 = s3
    }

    /// `s3://bucket/prefix`.
    public var place: String { s3.description }

    /// The `s3://` URL of a key.
    public func location(of key: String) -> String { key.isEmpty ? place : "\(place)/\(key)" }

    /// Nothing: a bucket has no folders, and whether it can be written shows with the lake's name.
    public func prepare(folders: [String]) async throws {}

    /// Nothing: a bucket has no folders.
    public func makeFolder(_ folder: String) throws {}

    /// The size of each object in bytes.
    public func sizes(of keys: [String]) async throws -> [Int64?] {
        var sizes: [String: Int64] = [:]
        var single: [String] = []
        let folders = Dictionary(grouping: keys) { $0.split(separator: "/").prefix(2).joined(separator: "/") }
        for (folder, keys) in folders {
            if keys.count <= Self.askedSingly {
                single += keys
                continue
            }
            for object in try await list(below: folder) { sizes[object.key] = object.bytes }
        }
        let asked = try await each(single) { key, _ in
            try await reached("look up", key) { try await client.head(full(key))?.bytes }
        }
        for (key, bytes) in zip(single, asked) { sizes[key] = bytes }
        return keys.map { sizes[$0] }
    }

    /// The content of a small object.
    public func read(_ key: String) async throws -> Data? {
        do { return try await client.get(full(key)) } catch let error as AWSError where error.isAbsence {
            return nil
        } catch {
            throw LakeError.bucket(error, doing: "read", place: location(of: key))
        }
    }

    /// Writes a small object.
    public func write(_ key: String, _ data: Data) async throws {
        _ = try await reached("write", key) { try await client.put(full(key), data) }
    }

    /// Writes a small object if there is none under its key.
    public func create(_ key: String, _ data: Data) async throws -> Bool {
        for attempt in 1... {
            do {
                _ = try await client.put(full(key), data, condition: .ifAbsent)
                return true
            } catch let error as AWSError where error.code == .conditionFailed {
                // The refusal may be of a request that was sent again after the first had worked; and two that come at once
                // may both be refused (409).
                if let found = try await read(key) { return found == data }
                if attempt == 5 { throw LakeError.bucket(error, doing: "write", place: location(of: key)) }
                try await Task.sleep(for: .milliseconds(50 << attempt))
            } catch {
                throw LakeError.bucket(error, doing: "write", place: location(of: key))
            }
        }
        return false
    }

    /// Copies a local file into the bucket, in parts if it is large.
    public func upload(_ file: URL, to key: String) async throws {
        _ = try await reached("write", key) { try await client.putFile(full(key), from: file) }
    }

    /// Copies an object to a local file.
    public func download(_ key: String, to file: URL) async throws {
        _ = try await reached("read", key) { try await client.getFile(full(key), to: file) }
    }

    /// All objects below a folder, a page of 1,000 a request.
    public func list(below folder: String) async throws -> [StoredObject] {
        let start = full("").count
        return try await reached("list", folder) {
            var objects: [StoredObject] = []
            for try await page in client.list(prefix: full(folder.isEmpty ? "" : folder + "/")) {
                objects += page.map { StoredObject(key: String($0.key.dropFirst(start)), bytes: $0.bytes) }
            }
            return objects
        }
    }

    /// The names directly in a folder.
    public func names(in folder: String) async throws -> [String] {
        let start = folder.isEmpty ? 0 : folder.count + 1
        let names = try await list(below: folder).compactMap { object in
            object.key.dropFirst(start).split(separator: "/").first.map(String.init)
        }
        return Array(Set(names))
    }

    /// Copies objects on the server's side, several at once, and then removes them where they were.
    public func move(
        _ moves: [ObjectMove],
        before: @escaping @Sendable (Int) throws -> Void
    ) async throws -> [ObjectMove.Outcome] {
        let copies = try await each(moves) { move, index in
            try before(index)
            return try await copy(move)
        }
        try await removeAll(copies.compactMap(\.source))
        return copies.map(\.outcome)
    }

    private func copy(_ move: ObjectMove) async throws -> (outcome: ObjectMove.Outcome, source: String?) {
        for source in move.sources {
            do {
                try await client.copy(full(source), to: full(move.target))
                return (.moved, source)
            } catch let error as AWSError where error.isAbsence {
                continue
            } catch {
                throw LakeError.bucket(error, doing: "move \(source) to", place: location(of: move.target))
            }
        }
        return (try await size(of: move.target) == nil ? .missing : .alreadyThere, nil)
    }

    /// Removes objects; asks first which are there, since the removal itself does not say.
    @discardableResult
    public func remove(_ keys: [String]) async throws -> [Bool] {
        let present = try await sizes(of: keys).map { $0 != nil }
        try await removeAll(zip(keys, present).filter(\.1).map(\.0))
        return present
    }

    /// Removes all objects below a folder.
    public func removeAll(below folder: String) async throws {
        try await removeAll(try await list(below: folder).map(\.key))
    }

    private func removeAll(_ keys: [String]) async throws {
        if keys.isEmpty { return }
        try await reached("remove objects of", "") { try await client.delete(keys.map(full)) }
    }

    /// Nothing: what S3 has acknowledged outlives a loss of power.
    public func persist(_ keys: [String], namesOnly: Bool) async throws {}

    /// Nobody counts.
    public func availableBytes() async throws -> Int64? { nil }

    // MARK: - Requests

    private func full(_ key: String) -> String { s3.prefix.isEmpty ? key : "\(s3.prefix)/\(key)" }

    private func reached<Value>(_ what: String, _ key: String, _ body: () async throws -> Value) async throws -> Value {
        do { return try await body() } catch {
            throw LakeError.bucket(error, doing: what, place: location(of: key))
        }
    }

    /// Does something with each element, a few at a time; results in the order of the elements.
    private func each<Element: Sendable, Result: Sendable>(
        _ elements: [Element],
        _ body: @escaping @Sendable (Element, Int) async throws -> Result
    ) async throws -> [Result] {
        var results = [Result?](repeating: nil, count: elements.count)
        try await withThrowingTaskGroup(of: (Int, Result).self) { group in
            for (index, element) in elements.enumerated() {
                if index >= Self.requestsAtOnce, let (done, result) = try await group.next() { results[done] = result }
                group.addTask { (index, try await body(element, index)) }
            }
            for try await (done, result) in group { results[done] = result }
        }
        return results.compactMap(\.self)
    }
}

extension AWSError {
    /// Whether it says that an object is not there, rather than its bucket.
    fileprivate var isAbsence: Bool {
        code == .notFound && serviceCode != "NoSuchBucket" || serviceCode == "InvalidCopySource"
    }
}

extension LakeError {
    /// The error that a bucket's answer means for the owner of the lake.
    static func bucket(_ error: any Error, doing what: String, place: String) -> any Error {
        guard let error = error as? AWSError else { return error }
        let code: Code =
            switch error.code {
            case .credentials, .forbidden: .accessDenied
            case .conditionFailed: .conflict
            case .configuration: .invalidName
            case .notFound: error.serviceCode == "NoSuchBucket" ? .unavailable : .missingFile
            case .unreachable, .throttled, .serverFailure: .unavailable
            default: .inputOutput
            }
        return LakeError(code, "Cannot \(what) \(place): \(error.message).", cause: error, location: place)
    }
}
