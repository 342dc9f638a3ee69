// Gzipped files, unpacked.

import CZlib
import Foundation

/// Unpacks a gzipped file, whose members may follow one another.
enum Gunzip {
    /// A file may unpack to this many bytes whatever its size.
    static let alwaysAllowed = 1 << 30
    /// Beyond that, to so many times its size: more is no honest text.
    static let highestRatio = 200

    /// Unpacks a file; memory use does not depend on its size.
    ///
    /// - Parameters:
    ///   - path: the packed file.
    ///   - target: the file to write, readable by this user only.
    ///   - name: what errors call the file.
    ///   - limit: the most bytes to write; nil takes the usual limits.
    /// - Throws: ``SourceError`` with code `malformed` (cut off, not gzip, checksum) or `tooLarge`; the file system's
    ///   errors.
    static func unpack(_ path: String, to target: String, name: String, limit: Int? = nil) throws {
        let source = try FileHandle(forReadingFrom: URL(fileURLWithPath: path))
        defer { try? source.close() }
        let size = Int((try? source.seekToEnd()) ?? 0)
        try source.seek(toOffset: 0)
        let limit = limit ?? max(alwaysAllowed, size.multipliedReportingOverflow(by: highestRatio).partialValue)
        guard FileManager.default.createFile(atPath: target, contents: nil, attributes: [.posixPermissions: 0o600])
        else {
            throw SourceError(.configuration, "The temporary file \(target) cannot be written.", location: target)
        }
        let sink = try FileHandle(forWritingTo: URL(fileURLWithPath: target))
        defer { try? sink.close() }

        var stream = z_stream()
        // 16 beside the largest window asks for gzip's heading and checksum.
        guard inflateInit2_(&stream, 15 + 16, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK else {
            throw SourceError(.missingComponent, "zlib does not start; is another version of it installed?")
        }
        defer { inflateEnd(&stream) }
        var output = [UInt8](repeating: 0, count: 1 << 18)
        var written = 0
        var isWhole = false
        while let block = try source.read(upToCount: 1 << 18), !block.isEmpty {
            var input = [UInt8](block)
            try input.withUnsafeMutableBufferPointer { bytes in
                stream.next_in = bytes.baseAddress
                stream.avail_in = UInt32(bytes.count)
                // Output that is full may hide more of it, with no input left.
                var isFull = false
                while stream.avail_in > 0 || isFull {
                    if isWhole {
                        // Zeroes after the last member are padding, as tape drives and some tools leave it.
                        while stream.avail_in > 0, stream.next_in.pointee == 0 {
                            stream.next_in += 1
                            stream.avail_in -= 1
                        }
                        if stream.avail_in == 0 { break }
                        inflateReset(&stream)
                        isWhole = false
                    }
                    let (status, count) = output.withUnsafeMutableBufferPointer { room in
                        stream.next_out = room.baseAddress
                        stream.avail_out = UInt32(room.count)
                        return (inflate(&stream, Z_NO_FLUSH), room.count - Int(stream.avail_out))
                    }
                    isFull = stream.avail_out == 0
                    guard status == Z_OK || status == Z_STREAM_END || status == Z_BUF_ERROR else {
                        throw SourceError(
                            .malformed,
                            "The file is damaged, or is no gzip file, after \(written + count) unpacked bytes.",
                            location: name
                        )
                    }
                    written += count
                    guard written <= limit else {
                        throw SourceError(
                            .tooLarge,
                            "The file unpacks to more than \(limit) bytes, which no export of this size should; unpack it "
                                + "yourself if it is right.",
                            location: name
                        )
                    }
                    if count > 0 { try sink.write(contentsOf: output[..<count]) }
                    isWhole = status == Z_STREAM_END
                    if isWhole { isFull = false }
                    if status == Z_BUF_ERROR { break }
                }
            }
        }
        guard isWhole else {
            throw SourceError(
                .malformed,
                size == 0 ? "The file is empty, which no gzip file is." : "The gzipped file is cut off; copy it again.",
                location: name
            )
        }
    }
}
