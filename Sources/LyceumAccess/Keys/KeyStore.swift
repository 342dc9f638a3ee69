// The API keys of an installation: a file of hashes, read anew whenever it changes.

import Crypto
import Foundation
import LyceumCore
import Synchronization

/// The API keys in a file.
///
/// Any number of processes may read and change it: changes are made under a lock and take the file's place whole, and a
/// reader asks the file system before each use whether the file is still the one it knows. So a key that was revoked, by
/// whichever process, opens nothing from that moment on.
public final class KeyStore: Sendable {
    /// The file. Its folder is made by the first key.
    public let file: URL
    /// The same as the system takes it: it is looked at for every request.
    private let path: String
    let clock: AccessClock
    private let held = Mutex<Held?>(nil)
    /// What an unknown key is compared with, so that it costs what a known one does.
    private let nobody = Array(SymmetricKey(size: .bits256).withUnsafeBytes { Data($0) })

    /// The file as it was read.
    private struct Held {
        let identity: FileIdentity?
        /// Held open so that the file system cannot give its number to a later file, which would look like this one.
        let open: OpenFile?
        let records: [KeyRecord]
        let byID: [String: Int]
        let fault: AccessError?
    }

    /// A store in a file, which need not be there yet.
    public init(file: URL, clock: AccessClock = .system) {
        self.file = file
        path = file.path
        self.clock = clock
    }

    /// The record of the key that a caller presents.
    ///
    /// Costs one `stat` and one SHA-256 as long as the file does not change, whether the key is known or not.
    ///
    /// - Throws: ``AccessError`` with code `credential_refused` for any key that is not good, `key_store_unreadable` when
    ///   the file cannot be read or is damaged.
    public func verify(_ presented: String) throws(AccessError) -> KeyRecord {
        // Before any work: a long text is not hashed.
        guard presented.utf8.count == KeyText.length else { throw .credentialRefused }
        let digest = KeyRecord.digest(of: presented)
        let id = KeyText.id(in: presented)
        let record = try withCurrent { held in id.flatMap { held.byID[$0] }.map { held.records[$0] } }
        let isEqual = ConstantTime.equal(digest, record?.digest ?? nobody)
        guard isEqual, let record, record.isActive(at: clock.date()) else { throw .credentialRefused }
        return record
    }

    /// All keys, revoked and expired ones too, in the order in which they were made.
    ///
    /// - Throws: ``AccessError`` with code `key_store_unreadable`.
    public func list() throws(AccessError) -> [KeyRecord] {
        try withCurrent { $0.records }
    }

    private func withCurrent<Result>(_ body: (Held) -> Result) throws(AccessError) -> Result {
        let identity: FileIdentity?
        do {
            identity = try FileIdentity.of(path)
        } catch {
            throw unreadable("it cannot be looked at", cause: error)
        }
        let current = held.withLock { held in
            if let known = held, known.identity == identity { return known }
            let loaded = load()
            // A file changed a moment ago may change again without a sign of it; it is read again until it has rested.
            held = loaded.identity?.isFresh(at: Date()) == true ? nil : loaded
            return loaded
        }
        if let fault = current.fault { throw fault }
        return body(current)
    }

    private func load() -> Held {
        let descriptor = open(file.path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            if errno == ENOENT || errno == ENOTDIR {
                return Held(identity: nil, open: nil, records: [], byID: [:], fault: nil)
            }
            let reason = POSIXError(POSIXErrorCode(rawValue: errno) ?? .EIO)
            return Held(
                identity: try? FileIdentity.of(file.path),
                open: nil,
                records: [],
                byID: [:],
                fault: unreadable("it cannot be opened", cause: reason)
            )
        }
        let open = OpenFile(descriptor)
        var identity: FileIdentity?
        do {
            let opened = try FileIdentity.of(descriptor)
            identity = opened
            try requirePrivate(opened)
            let records = try KeyFile.records(in: try read(descriptor))
            var byID: [String: Int] = [:]
            for (index, record) in records.enumerated() { byID[record.id] = index }
            return Held(identity: identity, open: open, records: records, byID: byID, fault: nil)
        } catch {
            let fault =
                error as? AccessError
                ?? unreadable("\((error as? KeyFileFault)?.description ?? "it cannot be read")", cause: error)
            return Held(identity: identity, open: open, records: [], byID: [:], fault: fault)
        }
    }

    /// The whole file, within the limit of its size.
    private func read(_ descriptor: Int32) throws -> Data {
        let handle = FileHandle(fileDescriptor: descriptor, closeOnDealloc: false)
        var data = Data()
        while let block = try handle.read(upToCount: 1 << 16), !block.isEmpty {
            data.append(block)
            guard data.count <= KeyFile.mostBytes else {
                throw KeyFileFault("it has more than \(KeyFile.mostBytes >> 20) MB, so it is not ours")
            }
        }
        return data
    }

    /// Refuses a file that other accounts may change, for they could let themselves in.
    private func requirePrivate(_ identity: FileIdentity) throws(AccessError) {
        guard identity.mode & S_IFMT == S_IFREG else { throw unreadable("it is not a file") }
        guard identity.mode & 0o027 == 0 else {
            throw unreadable("others may read or change it: chmod 600 \(file.path)")
        }
        guard let folder = try? FileIdentity.of(file.deletingLastPathComponent().path) else { return }
        guard folder.mode & 0o022 == 0 || folder.mode & UInt32(S_ISVTX) != 0 else {
            throw unreadable("others may put files in its folder: chmod 700 \(file.deletingLastPathComponent().path)")
        }
    }

    private func unreadable(_ why: String, cause: (any Error)? = nil) -> AccessError {
        AccessError(
            .keyStoreUnreadable,
            "the key store cannot be used, so nobody gets in by an API key: \(why)",
            location: file.path,
            cause: cause is KeyFileFault ? nil : cause
        )
    }
}
