// SHA-256 fingerprints of files and definitions.

import Crypto
import Foundation

/// SHA-256 of content, as 64 lower-case hexadecimal digits.
public enum ContentHash {
    /// The hash of some text's UTF-8 bytes.
    public static func of(_ text: String) -> String {
        hex(SHA256.hash(data: Data(text.utf8)))
    }

    /// The hash of some bytes.
    public static func of(_ data: some DataProtocol) -> String {
        hex(SHA256.hash(data: data))
    }

    /// The hash of several parts, unambiguous in where one ends and the next begins.
    public static func of(parts: [String]) -> String {
        var hasher = SHA256()
        for part in parts {
            withUnsafeBytes(of: UInt64(part.utf8.count).littleEndian) { hasher.update(bufferPointer: $0) }
            hasher.update(data: Data(part.utf8))
        }
        return hex(hasher.finalize())
    }

    /// The hash of a file, read in blocks of 1 MiB.
    ///
    /// - Throws: the file system's error when the file cannot be read.
    public static func ofFile(at url: URL) throws -> String {
        let handle = try FileHandle(forReadingFrom: url)
        defer { try? handle.close() }
        var hasher = SHA256()
        while let block = try handle.read(upToCount: 1 << 20), !block.isEmpty {
            hasher.update(data: block)
        }
        return hex(hasher.finalize())
    }

    private static func hex(_ digest: SHA256.Digest) -> String {
        digest.map { byte in (byte < 16 ? "0" : "") + String(byte, radix: 16) }.joined()
    }
}
