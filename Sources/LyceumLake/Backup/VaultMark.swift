// Who is at work in a vault, so that nothing is pruned under a backup's feet.

import Foundation
import LyceumCore

/// A mark in a vault that says who is writing or pruning there.
///
/// Each side writes its mark first and then looks for the other's, so of two that meet at least one sees the other.
struct VaultMark: Codable {
    enum Kind: String, Codable {
        /// Objects are being written that no manifest names yet. Several may do so at once.
        case writing
        /// Objects are being removed. Nobody else may be at work.
        case pruning
    }

    var kind: Kind
    var id: String
    var pid: Int32
    var host: String
    var since: Date

    /// A mark of a process of which nothing can be known is believed for a day.
    private static let patience: TimeInterval = 86_400

    var key: String { "\(BackupVault.marksFolder)/\(kind.rawValue)-\(id).json" }

    /// Whether its process may still be at work.
    private func isAlive(now: Date) -> Bool {
        if host == ProcessInfo.processInfo.hostName { return kill(pid, 0) == 0 || errno == EPERM }
        return now.timeIntervalSince(since) < Self.patience
    }

    /// Does work that others in the vault must know of.
    static func holding<Value>(
        _ kind: Kind,
        in vault: BackupVault,
        now: Date,
        isolation: isolated (any Actor)? = #isolation,
        _ body: () async throws -> Value
    ) async throws -> Value {
        let mark = VaultMark(
            kind: kind,
            id: UUID().uuidString.lowercased(),
            pid: ProcessInfo.processInfo.processIdentifier,
            host: ProcessInfo.processInfo.hostName,
            since: now
        )
        let encoder = JSONEncoder()
        encoder.dateEncodingStrategy = .iso8601
        _ = try await vault.store.create(mark.key, try encoder.encode(mark))
        do {
            try await requireAlone(mark, in: vault, now: now)
            let value = try await body()
            try await vault.store.remove([mark.key])
            return value
        } catch {
            _ = try? await vault.store.remove([mark.key])
            throw error
        }
    }

    private static func requireAlone(_ own: VaultMark, in vault: BackupVault, now: Date) async throws {
        let decoder = JSONDecoder()
        decoder.dateDecodingStrategy = .iso8601
        for entry in try await vault.objects(below: BackupVault.marksFolder) where entry.key != own.key {
            guard let data = try await vault.store.read(entry.key),
                let other = try? decoder.decode(VaultMark.self, from: data)
            else { continue }
            if !other.isAlive(now: now) {
                try await vault.store.remove([entry.key])
            } else if own.kind == .pruning || other.kind == .pruning {
                let work = other.kind == .pruning ? "pruning" : "backing up to"
                throw LakeError(
                    .locked,
                    "Process \(other.pid) on \(other.host) has been \(work) \(vault.location) since "
                        + "\(Timestamp.iso(other.since)). Wait for it to end.",
                    location: vault.location
                )
            }
        }
    }
}
