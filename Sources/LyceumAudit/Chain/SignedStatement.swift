// What checkpoints and the head sign.

import Foundation

/// The bytes that a signature is over: which record, up to which line, when.
enum SignedStatement {
    /// What a checkpoint signs about the line before it.
    static func checkpoint(chain: String, sequence: UInt64, hash: String, at time: String) -> Data {
        statement("checkpoint", chain, sequence, hash, time)
    }

    /// What the head signs about a line.
    static func head(chain: String, sequence: UInt64, hash: String, at time: String) -> Data {
        statement("head", chain, sequence, hash, time)
    }

    private static func statement(
        _ kind: String,
        _ chain: String,
        _ sequence: UInt64,
        _ hash: String,
        _ time: String
    ) -> Data {
        Data("lyceum audit \(kind) 1\n\(chain)\n\(sequence)\n\(hash)\n\(time)\n".utf8)
    }
}
