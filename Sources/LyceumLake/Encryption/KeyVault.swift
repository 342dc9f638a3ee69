// Where wrapped data keys are kept: `_keys.json` in the lake, and a copy in the ledger.

import Foundation

/// Reads and writes a lake's file of data keys.
struct KeyVault: Sendable {
    let store: any ObjectStore
    let ledger: Ledger

    var location: String { store.location(of: LakeLayout.keys) }

    /// The lake's file, together with keys that only the ledger's copy has; nil when there is neither.
    ///
    /// The lake's file is what counts. The copy stands in when the file is lost, and adds what an older file, come from
    /// a backup, does not know; a copy that another master key wraps can add nothing.
    func load() async throws -> KeyFile? {
        let copy = try await ledger.keyFile().map { try KeyFile(Data($0.utf8), at: "the ledger \(ledger.place)") }
        guard let data = try await store.read(LakeLayout.keys) else { return copy }
        var file = try KeyFile(data, at: location)
        if let copy, copy.master == file.master, copy.lake == file.lake {
            let names = Set(file.keys.map(\.name))
            for key in copy.keys where !names.contains(key.name) { file.add(key) }
        }
        return file
    }

    /// Writes the lake's file, and when it is on the disk, the ledger's copy.
    func save(_ file: KeyFile) async throws {
        let data = try file.encoded()
        try await store.write(LakeLayout.keys, data)
        try await store.persist([LakeLayout.keys], namesOnly: false)
        try await ledger.setKeyFile(String(decoding: data, as: UTF8.self))
    }

    /// Brings back whichever of the two lacks or is older.
    func heal(_ file: KeyFile) async throws {
        let data = try file.encoded()
        if try await store.read(LakeLayout.keys) != data {
            try await store.write(LakeLayout.keys, data)
            try await store.persist([LakeLayout.keys], namesOnly: false)
        }
        let text = String(decoding: data, as: UTF8.self)
        if try await ledger.keyFile() != text { try await ledger.setKeyFile(text) }
    }

    /// - Throws: ``LakeError`` with code `bad_key` if files are encrypted with a key that is nowhere any more.
    func requireKeys(for file: KeyFile?) async throws {
        let known = Set((file?.keys ?? []).map(\.name))
        let missing = try await ledger.usedKeys().filter { !known.contains($0) }
        guard let first = missing.first else { return }
        throw LakeError(
            .badKey,
            "Files of \(store.place) are encrypted with \(missing.count == 1 ? "the data key" : "\(missing.count) data keys, such as") "
                + "\(first), which neither \(LakeLayout.keys) nor the ledger has. Restore \(LakeLayout.keys) from a backup.",
            location: location
        )
    }
}
