// What an erasure did, signed: for the person, for auditors, and to go on after a crash.

import Foundation
import LyceumCore
import LyceumLake

/// The receipt of one erasure. It names nobody: the person stands in it as keyed hashes of their identifiers.
public struct ErasureReceipt: Sendable, Hashable, Codable {
    /// A data file, by its path in the lake.
    public struct File: Sendable, Hashable, Codable {
        /// The path.
        public var path: String
        /// SHA-256 of the bytes as stored.
        public var sha256: String
        /// Rows.
        public var rows: Int64
        /// Size in bytes.
        public var bytes: Int64
    }

    /// A file that was written anew without the person's rows.
    public struct Rewrite: Sendable, Hashable, Codable {
        /// The file that is gone.
        public var before: File
        /// The file that stands for it.
        public var after: File
        /// Rows of the person, which are gone.
        public var removed: Int64
    }

    /// What was done to one table.
    public struct Table: Sendable, Hashable, Codable {
        /// The table's name.
        public var table: String
        /// Its zone.
        public var zone: Zone
        /// Rows removed from the current snapshot.
        public var current: Int64
        /// Rows removed from files that only earlier snapshots hold.
        public var history: Int64
        /// The files.
        public var files: [Rewrite]
    }

    /// What was done to the search index.
    public struct Index: Sendable, Hashable, Codable {
        /// Versions that were removed.
        public var removed: [String]
        /// The version built without the person; nil if there is no index.
        public var version: String?
        /// Changes taken out of the log of live changes.
        public var liveChanges: Int

        enum CodingKeys: String, CodingKey {
            case removed, version
            case liveChanges = "live_changes"
        }
    }

    /// How the hashes and the signature were made.
    public struct Key: Sendable, Hashable, Codable {
        /// Of the hashes: `HMAC-SHA-256`, of `kind`, the byte 31 and the normalised identifier.
        public var hash = "HMAC-SHA-256"
        /// Of the signature: `Ed25519`, of the document without `signature`, keys sorted.
        public var signature = "Ed25519"
        /// Tells the secret apart from others.
        public var fingerprint: String
        /// The public key of the signature, Base64.
        public var publicKey: String

        enum CodingKeys: String, CodingKey {
            case hash, signature, fingerprint
            case publicKey = "public_key"
        }
    }

    /// The version of this document's form.
    public var version = 1
    /// The run that erased.
    public var run: RunID
    /// The person, as keyed hashes of all identifiers known.
    public var subject: [Suppression]
    /// Why.
    public var reason: String
    /// When the lake forgot the person, ISO 8601 UTC.
    public var erasedAt: String
    /// When everything else had too; nil before.
    public var completedAt: String?
    /// What was done to each table.
    public var tables: [Table]
    /// The snapshots that have fewer rows than before.
    public var snapshots: [ErasedSnapshot] = []
    /// Texts of the ledger that were blotted out.
    public var ledgerTexts = 0
    /// What was done to the search index.
    public var index: Index?
    /// Tables that contain the person only as part of a number or of a group, until they are built anew.
    public var aggregates: [String]
    /// What whoever answers for the erasure must know.
    public var remarks: [String]
    /// How the hashes and the signature were made.
    public var key: Key
    /// The signature, Base64; nil before completion.
    public var signature: String?

    enum CodingKeys: String, CodingKey {
        case version, run, subject, reason, tables, snapshots, index, aggregates, remarks, key, signature
        case erasedAt = "erased_at"
        case completedAt = "completed_at"
        case ledgerTexts = "ledger_texts"
    }
}

extension ErasureReceipt {
    /// The document on many lines, keys sorted.
    public var json: String {
        get throws { String(decoding: try Self.encoder([.prettyPrinted]).encode(self), as: UTF8.self) + "\n" }
    }

    /// Reads a receipt.
    ///
    /// - Throws: ``PipelineError`` with code `badReceipt`.
    public static func read(_ text: String) throws(PipelineError) -> ErasureReceipt {
        do {
            return try JSONDecoder().decode(ErasureReceipt.self, from: Data(text.utf8))
        } catch {
            throw PipelineError(.badReceipt, "this is not the receipt of an erasure", cause: error)
        }
    }

    mutating func sign(with key: ErasureKey) throws {
        signature = nil
        signature = try key.sign(try signed())
    }

    /// Checks that the receipt is as it was signed.
    ///
    /// - Throws: ``PipelineError`` with code `badReceipt`.
    func verify(publicKey: String) throws {
        guard key.publicKey == publicKey else {
            throw PipelineError(.badReceipt, "the receipt was signed with another key than this installation's")
        }
        guard let signature, ErasureKey.isValid(signature, of: try signed(), by: publicKey) else {
            throw PipelineError(.badReceipt, "the signature does not fit: the receipt was changed, or never completed")
        }
    }

    private func signed() throws -> Data {
        var unsigned = self
        unsigned.signature = nil
        return try Self.encoder([]).encode(unsigned)
    }

    private static func encoder(_ formatting: JSONEncoder.OutputFormatting) -> JSONEncoder {
        let encoder = JSONEncoder()
        encoder.outputFormatting = formatting.union([.sortedKeys, .withoutEscapingSlashes])
        return encoder
    }
}
