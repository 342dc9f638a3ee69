// Line numbers of places in a file.

import Foundation

/// Counts lines up to places in a file.
enum LineNumbers {
    /// The line that each offset is on, from 1; an offset at the end of a line means the next one.
    ///
    /// Reads the file once, as far as the last offset.
    static func ofOffsets(_ offsets: [Int], in path: String) throws -> [Int: Int] {
        var lines: [Int: Int] = [:]
        guard !offsets.isEmpty else { return lines }
        let handle = try FileHandle(forReadingFrom: URL(fileURLWithPath: path))
        defer { try? handle.close() }
        var pending = Array(Set(offsets).sorted().reversed())
        var line = 1
        var start = 0
        while !pending.isEmpty, let block = try handle.read(upToCount: 1 << 20), !block.isEmpty {
            block.withUnsafeBytes { bytes in
                for (index, byte) in bytes.enumerated() {
                    while let offset = pending.last, offset <= start + index, byte != 0x0A, byte != 0x0D {
                        lines[offset] = line
                        pending.removeLast()
                    }
                    if byte == 0x0A { line += 1 }
                }
            }
            start += block.count
        }
        return lines
    }
}
