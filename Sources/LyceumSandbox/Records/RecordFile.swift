// A file of JSON records, one a line, served by pages without being parsed.

import Foundation
import NIOCore

/// A memory-mapped file of JSON objects, one a line, with the place of each.
///
/// Costs eight bytes a record besides the mapping; a page costs one copy of its bytes.
final class RecordFile: Sendable {
    private let bytes: Data
    /// Where each record starts; one more at the end.
    private let starts: [Int]

    /// How many records there are.
    var count: Int { starts.count - 1 }

    /// Maps a file.
    ///
    /// - Throws: ``SandboxError`` if it cannot be read.
    init(_ file: URL) throws(SandboxError) {
        do {
            bytes = try Data(contentsOf: file, options: .mappedIfSafe)
        } catch {
            throw SandboxError(
                .files,
                "cannot read the campus's records; make the campus again",
                cause: error,
                location: file.path
            )
        }
        starts = bytes.withUnsafeBytes { buffer in
            var starts = [0]
            var next = 0
            while next < buffer.count, let base = buffer.baseAddress,
                let found = memchr(base + next, Int32(UInt8(ascii: "\n")), buffer.count - next)
            {
                next = UnsafeRawPointer(found) - base + 1
                starts.append(next)
            }
            if next < buffer.count { starts.append(buffer.count + 1) }
            return starts
        }
    }

    /// A page as Workday sends it: `{"total":N,"data":[…]}`.
    func page(offset: Int, limit: Int) -> ByteBuffer {
        let first = min(max(0, offset), count)
        let last = min(first + max(0, limit), count)
        var page = ByteBuffer()
        page.reserveCapacity(starts[last] - starts[first] + 40)
        page.writeString("{\"total\":\(count),\"data\":[")
        write(first..<last, to: &page)
        page.writeString("]}")
        return page
    }

    /// Records with commas between them.
    func write(_ records: Range<Int>, to buffer: inout ByteBuffer) {
        guard !records.isEmpty else { return }
        let range = starts[records.lowerBound]..<starts[records.upperBound] - 1
        let begin = buffer.writerIndex
        bytes.withUnsafeBytes { _ = buffer.writeBytes(UnsafeRawBufferPointer(rebasing: $0[range])) }
        // The line ends between records become the commas between them; JSON text has none inside.
        for record in records.dropFirst() {
            buffer.setInteger(UInt8(ascii: ","), at: begin + starts[record] - 1 - range.lowerBound)
        }
    }

    /// One record's text.
    func record(_ index: Int) -> Data {
        bytes[starts[index]..<starts[index + 1] - 1]
    }
}
