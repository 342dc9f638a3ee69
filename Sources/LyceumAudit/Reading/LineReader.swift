// Lines of a file, one after the other, whatever its size.

import Foundation

/// Reads a file's lines in order through a buffer that holds one of them and more.
final class LineReader {
    /// How a line ends.
    enum Ending {
        /// By a line break, as it should.
        case lineBreak
        /// By the end of what is read.
        case endOfFile
        /// Not within the longest line there is; only its beginning is given.
        case tooLong
    }

    private let file: SystemFile
    private let limit: Int

    /// Opens a file; what is behind `limit` bytes is not read.
    init(_ url: URL, upTo limit: Int = .max) throws(AuditError) {
        file = try SystemFile(url, O_RDONLY)
        self.limit = limit
    }

    /// Calls `body` with each line without its line break and its number from 1, until it returns false.
    ///
    /// The bytes are valid during the call only. A line that is too long is the last that is given.
    func forEachLine(_ body: (UnsafeRawBufferPointer, Int, Ending) throws -> Bool) throws {
        var capacity = 1 << 18
        var buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: capacity, alignment: 16)
        defer { buffer.deallocate() }
        var filled = 0
        var offset = 0
        var number = 0
        while true {
            var start = 0
            while let stop = buffer[start..<filled].firstLineBreak {
                number += 1
                let line = UnsafeRawBufferPointer(rebasing: buffer[start..<stop])
                guard try body(line, number, .lineBreak) else { return }
                start = stop + 1
            }
            // What is left is the beginning of a line: to the front, and room behind it.
            if start > 0, filled > start { buffer.copyMemory(from: .init(rebasing: buffer[start..<filled])) }
            filled -= start
            if filled == capacity {
                guard capacity <= LineForm.longest else {
                    _ = try body(UnsafeRawBufferPointer(buffer), number + 1, .tooLong)
                    return
                }
                let larger = UnsafeMutableRawBufferPointer.allocate(byteCount: capacity * 2, alignment: 16)
                larger.copyMemory(from: UnsafeRawBufferPointer(buffer))
                buffer.deallocate()
                buffer = larger
                capacity *= 2
            }
            let read = try fill(buffer, from: filled, offset)
            offset += read
            filled += read
            if read == 0 {
                guard filled > 0 else { return }
                _ = try body(UnsafeRawBufferPointer(rebasing: buffer[..<filled]), number + 1, .endOfFile)
                return
            }
        }
    }

    private func fill(
        _ buffer: UnsafeMutableRawBufferPointer,
        from start: Int,
        _ offset: Int
    ) throws(AuditError) -> Int {
        let wanted = min(buffer.count - start, limit - offset)
        guard wanted > 0 else { return 0 }
        while true {
            let read = pread(file.descriptor, buffer.baseAddress.map { $0 + start }, wanted, off_t(offset))
            if read >= 0 { return read }
            guard errno == EINTR else { throw SystemFile.failure(errno, "cannot read", file.url) }
        }
    }
}

extension Slice where Base == UnsafeMutableRawBufferPointer {
    /// Where the first line break is.
    fileprivate var firstLineBreak: Int? {
        guard count > 0, let base = base.baseAddress else { return nil }
        guard let found = memchr(base + startIndex, 0x0A, count) else { return nil }
        return UnsafeRawPointer(found) - UnsafeRawPointer(base)
    }
}
