// Reads ZIP archives (APPNOTE.TXT 6.3): the central directory, and single entries into files.

import CZlib
import Foundation

/// A ZIP archive on disk. Reads stored and deflated entries, also beyond 4 GB (ZIP64).
struct ZipArchive {
    /// A file in the archive.
    struct Entry: Sendable, Hashable {
        /// Its path in the archive.
        var name: String
        /// 0 is stored, 8 deflated.
        var method: UInt16
        /// The checksum of its content.
        var checksum: UInt32
        /// Its bytes in the archive.
        var compressedSize: UInt64
        /// Its bytes.
        var size: UInt64
        fileprivate var offset: UInt64
        fileprivate var isEncrypted: Bool
    }

    /// The files in it, in its order.
    let entries: [Entry]
    private let path: String

    private static let chunk = 1 << 20

    /// Reads an archive's directory.
    ///
    /// - Throws: ``SourceError`` with code `malformed` or `notFound`.
    init(path: String) throws {
        self.path = path
        let file = try Self.open(path)
        defer { try? file.close() }
        let length = try file.seekToEnd()
        // The end record is 22 bytes and a comment of at most 65,535.
        let tailStart = length > 65_557 ? length - 65_557 : 0
        let tail = try Self.read(file, at: tailStart, count: Int(length - tailStart), path)
        guard
            let end = stride(from: tail.count - 22, through: 0, by: -1).first(where: {
                Self.number(tail, $0, 4) == 0x0605_4B50
            })
        else { throw Self.malformed("it has no directory at its end, and is perhaps cut off", path) }
        var count = Self.number(tail, end + 10, 2)
        var size = Self.number(tail, end + 12, 4)
        var start = Self.number(tail, end + 16, 4)
        if count == 0xFFFF || size == 0xFFFF_FFFF || start == 0xFFFF_FFFF, end >= 20,
            Self.number(tail, end - 20, 4) == 0x0706_4B50
        {
            let record = try Self.read(file, at: Self.number(tail, end - 12, 8), count: 56, path)
            guard Self.number(record, 0, 4) == 0x0606_4B50 else {
                throw Self.malformed("its directory is damaged", path)
            }
            count = Self.number(record, 32, 8)
            size = Self.number(record, 40, 8)
            start = Self.number(record, 48, 8)
        }
        guard size <= 256 << 20, start <= length, size <= length - start else {
            throw Self.malformed("its directory is damaged", path)
        }
        let directory = try Self.read(file, at: start, count: Int(size), path)
        var entries: [Entry] = []
        var position = 0
        for _ in 0..<count {
            guard position + 46 <= directory.count, Self.number(directory, position, 4) == 0x0201_4B50 else {
                throw Self.malformed("its directory is damaged", path)
            }
            let nameLength = Int(Self.number(directory, position + 28, 2))
            let extraLength = Int(Self.number(directory, position + 30, 2))
            let commentLength = Int(Self.number(directory, position + 32, 2))
            let next = position + 46 + nameLength + extraLength + commentLength
            guard next <= directory.count else { throw Self.malformed("its directory is damaged", path) }
            let name = directory[(position + 46)..<(position + 46 + nameLength)]
            var entry = Entry(
                name: String(decoding: name, as: UTF8.self),
                method: UInt16(Self.number(directory, position + 10, 2)),
                checksum: UInt32(Self.number(directory, position + 16, 4)),
                compressedSize: Self.number(directory, position + 20, 4),
                size: Self.number(directory, position + 24, 4),
                offset: Self.number(directory, position + 42, 4),
                isEncrypted: Self.number(directory, position + 8, 2) & 1 == 1
            )
            Self.widen(&entry, directory, (position + 46 + nameLength)..<(next - commentLength))
            entries.append(entry)
            position = next
        }
        self.entries = entries
    }

    /// Sizes that do not fit stand in the extra field 1, in this order.
    private static func widen(_ entry: inout Entry, _ bytes: [UInt8], _ range: Range<Int>) {
        var position = range.lowerBound
        while position + 4 <= range.upperBound {
            let (kind, length) = (number(bytes, position, 2), Int(number(bytes, position + 2, 2)))
            position += 4
            guard position + length <= range.upperBound else { return }
            if kind == 1 {
                var place = position
                for path in [\Entry.size, \Entry.compressedSize, \Entry.offset]
                where entry[keyPath: path] == 0xFFFF_FFFF && place + 8 <= position + length {
                    entry[keyPath: path] = number(bytes, place, 8)
                    place += 8
                }
            }
            position += length
        }
    }

    /// Writes an entry's content to a file.
    ///
    /// - Parameter limit: the most bytes that may come out.
    /// - Throws: ``SourceError`` with code `malformed` if it is damaged, `tooLarge` beyond the limit.
    func extract(_ entry: Entry, to target: String, limit: UInt64) throws {
        guard !entry.isEncrypted, [0, 8].contains(entry.method) else {
            throw Self.malformed("'\(entry.name)' is encrypted, or compressed in an unusual way", path)
        }
        guard entry.size <= limit else {
            throw SourceError(
                .tooLarge,
                "'\(entry.name)' has \(entry.size) bytes, and at most \(limit) are unpacked.",
                location: path
            )
        }
        let file = try Self.open(path)
        defer { try? file.close() }
        let header = try Self.read(file, at: entry.offset, count: 30, path)
        guard Self.number(header, 0, 4) == 0x0403_4B50 else { throw Self.malformed("'\(entry.name)' is damaged", path) }
        let start = entry.offset + 30 + Self.number(header, 26, 2) + Self.number(header, 28, 2)
        guard
            FileManager.default.createFile(atPath: target, contents: nil, attributes: [.posixPermissions: 0o600]),
            let sink = FileHandle(forWritingAtPath: target)
        else { throw SourceError(.configuration, "The temporary file cannot be written.", location: target) }
        defer { try? sink.close() }
        try file.seek(toOffset: start)
        var inflater = try entry.method == 8 ? Inflater() : nil
        defer { inflater?.end() }
        var left = entry.compressedSize
        var written: UInt64 = 0
        var checksum = crc32(0, nil, 0)
        func take(_ bytes: UnsafeBufferPointer<UInt8>) throws {
            written += UInt64(bytes.count)
            guard written <= entry.size else { throw Self.malformed("'\(entry.name)' is longer than stated", path) }
            checksum = crc32(checksum, bytes.baseAddress, uInt(bytes.count))
            try sink.write(contentsOf: Data(buffer: bytes))
        }
        while left > 0 {
            guard let piece = try file.read(upToCount: Int(min(left, UInt64(Self.chunk)))), !piece.isEmpty else {
                throw Self.malformed("'\(entry.name)' is cut off", path)
            }
            left -= UInt64(piece.count)
            if inflater == nil {
                try Array(piece).withUnsafeBufferPointer(take)
            } else if try inflater?.add(piece, take) == false {
                throw Self.malformed("'\(entry.name)' cannot be unpacked", path)
            }
        }
        guard written == entry.size, UInt32(truncatingIfNeeded: checksum) == entry.checksum else {
            throw Self.malformed("'\(entry.name)' is damaged: its checksum is another", path)
        }
    }

    private static func open(_ path: String) throws -> FileHandle {
        guard let file = FileHandle(forReadingAtPath: path) else {
            throw SourceError(.notFound, "The archive cannot be opened.", location: path)
        }
        return file
    }

    private static func malformed(_ why: String, _ path: String) -> SourceError {
        SourceError(.malformed, "The file is no ZIP archive that can be read: \(why).", location: path)
    }

    private static func read(_ file: FileHandle, at offset: UInt64, count: Int, _ path: String) throws -> [UInt8] {
        try file.seek(toOffset: offset)
        let bytes = try file.read(upToCount: count) ?? Data()
        guard bytes.count == count else { throw malformed("it is cut off", path) }
        return Array(bytes)
    }

    /// A little-endian number; 0 where the bytes end before.
    private static func number(_ bytes: [UInt8], _ offset: Int, _ count: Int) -> UInt64 {
        guard offset >= 0, offset + count <= bytes.count else { return 0 }
        return (0..<count).reduce(0) { $0 | UInt64(bytes[offset + $1]) << (8 * UInt64($1)) }
    }
}

/// Inflates one deflate stream (RFC 1951).
private struct Inflater {
    // zlib keeps the address of this structure.
    private let stream = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)
    private var output = [UInt8](repeating: 0, count: 1 << 18)
    private var hasEnded = false

    init() throws {
        stream.initialize(to: z_stream())
        guard lyceum_inflate_init_raw(stream) == Z_OK else {
            stream.deallocate()
            throw SourceError(.missingComponent, "The system's zlib cannot be used.")
        }
    }

    /// Gives back what zlib holds.
    mutating func end() {
        inflateEnd(stream)
        stream.deallocate()
    }

    /// Inflates some bytes and hands the result on.
    ///
    /// - Returns: whether they were well-formed.
    mutating func add(_ bytes: Data, _ take: (UnsafeBufferPointer<UInt8>) throws -> Void) throws -> Bool {
        var input = Array(bytes)
        return try input.withUnsafeMutableBufferPointer { input in
            stream.pointee.next_in = input.baseAddress
            stream.pointee.avail_in = uInt(input.count)
            while stream.pointee.avail_in > 0 || !hasEnded {
                guard !hasEnded else { return false }
                let (status, count) = output.withUnsafeMutableBufferPointer { output in
                    stream.pointee.next_out = output.baseAddress
                    stream.pointee.avail_out = uInt(output.count)
                    let status = inflate(stream, Z_NO_FLUSH)
                    return (status, output.count - Int(stream.pointee.avail_out))
                }
                guard status == Z_OK || status == Z_STREAM_END || status == Z_BUF_ERROR else { return false }
                if count > 0 {
                    try output.withUnsafeBufferPointer { try take(UnsafeBufferPointer(rebasing: $0[..<count])) }
                }
                hasEnded = status == Z_STREAM_END
                // All of the input is taken, and nothing more comes out of it.
                if stream.pointee.avail_in == 0, count < output.count { return true }
                if hasEnded { return stream.pointee.avail_in == 0 }
            }
            return true
        }
    }
}
