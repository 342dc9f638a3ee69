// A segment: one binary file of named, aligned sections of fixed-width values.

import Foundation

/// The layout of a segment file, all numbers little-endian.
///
///     0   8 bytes   magic "LYCSEG" 0x01 0x0A
///     8   UInt32    number of sections
///     12  UInt32    0
///     16  32 bytes a section: name (16 bytes, zero-padded ASCII), offset UInt64, length in bytes UInt64
///     then the sections, each starting at a multiple of 64 and followed by at least 64 zero bytes of padding
///
/// The padding lets decoders read whole words past the end of a section.
enum SegmentLayout {
    static let magic: [UInt8] = Array("LYCSEG".utf8) + [0x01, 0x0A]
    static let alignment = 64
    static let headerSize = 16
    static let entrySize = 32
    static let nameSize = 16
}

/// Collects sections in memory and writes them as one segment file.
struct SegmentWriter {
    private var sections: [(name: String, bytes: [UInt8])] = []

    mutating func add<Element: BitwiseCopyable>(_ name: String, _ values: [Element]) {
        precondition(name.utf8.count <= SegmentLayout.nameSize, "section names are at most 16 bytes")
        sections.append((name, values.withUnsafeBytes { Array($0) }))
    }

    /// Writes the file and closes the output.
    func write(to file: any ByteOutput) throws {
        var header = SegmentLayout.magic
        func append(_ value: UInt64) { withUnsafeBytes(of: value.littleEndian) { header.append(contentsOf: $0) } }
        withUnsafeBytes(of: UInt32(sections.count).littleEndian) { header.append(contentsOf: $0) }
        header.append(contentsOf: [0, 0, 0, 0])
        var offset = Self.aligned(SegmentLayout.headerSize + sections.count * SegmentLayout.entrySize)
        for (name, bytes) in sections {
            header.append(contentsOf: name.utf8)
            header.append(contentsOf: repeatElement(0, count: SegmentLayout.nameSize - name.utf8.count))
            append(UInt64(offset))
            append(UInt64(bytes.count))
            offset = Self.aligned(offset + bytes.count) + SegmentLayout.alignment
        }
        try header.withUnsafeBytes { try file.write($0) }
        let zeros = [UInt8](repeating: 0, count: 2 * SegmentLayout.alignment)
        func pad(_ count: Int) throws { try zeros.withUnsafeBytes { try file.write(.init(rebasing: $0[..<count])) } }
        try pad(Self.aligned(file.size) - file.size)
        for (_, bytes) in sections {
            try bytes.withUnsafeBytes { try file.write($0) }
            try pad(Self.aligned(file.size) - file.size + SegmentLayout.alignment)
        }
        try file.close()
    }

    static func aligned(_ offset: Int) -> Int {
        (offset + SegmentLayout.alignment - 1) / SegmentLayout.alignment * SegmentLayout.alignment
    }
}

/// A mapped segment file whose section table has been checked.
struct SegmentReader: Sendable {
    let file: MappedFile
    private let sections: [String: Range<Int>]

    init(_ file: MappedFile) throws {
        self.file = file
        let bytes = file.bytes
        func refuse(_ what: String) -> SearchError { Self.damaged(file, what) }
        guard bytes.count >= SegmentLayout.headerSize, bytes.prefix(8).elementsEqual(SegmentLayout.magic) else {
            throw refuse("it does not begin like a search segment")
        }
        let count = Int(UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: 8, as: UInt32.self)))
        let tableEnd = SegmentLayout.headerSize + count * SegmentLayout.entrySize
        guard count <= 4096, tableEnd <= bytes.count else { throw refuse("its section table is cut off") }
        var sections: [String: Range<Int>] = [:]
        for index in 0..<count {
            let entry = SegmentLayout.headerSize + index * SegmentLayout.entrySize
            let rawName = bytes[entry..<entry + SegmentLayout.nameSize].prefix { $0 != 0 }
            let name = String(decoding: rawName, as: UTF8.self)
            let offset = UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: entry + 16, as: UInt64.self))
            let length = UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: entry + 24, as: UInt64.self))
            let (end, overflow) = offset.addingReportingOverflow(length)
            let (padded, overflow2) = end.addingReportingOverflow(UInt64(SegmentLayout.alignment))
            guard !overflow, !overflow2, padded <= UInt64(bytes.count), offset >= UInt64(tableEnd),
                offset % UInt64(SegmentLayout.alignment) == 0
            else { throw refuse("its section \(name) lies outside the file") }
            guard sections.updateValue(Int(offset)..<Int(end), forKey: name) == nil else {
                throw refuse("its section \(name) occurs twice")
            }
        }
        self.sections = sections
    }

    /// The values of a section, zero-copy.
    ///
    /// - Throws: `damaged_snapshot` when the section is missing, is not a whole number of values, or has another count.
    func values<Element: BitwiseCopyable>(
        _ name: String,
        as type: Element.Type,
        count: Int? = nil
    ) throws -> UnsafeBufferPointer<Element> {
        guard let range = sections[name] else { throw Self.damaged(file, "its section \(name) is missing") }
        let stride = MemoryLayout<Element>.stride
        guard range.count % stride == 0, count == nil || range.count / stride == count else {
            throw Self.damaged(file, "its section \(name) has the wrong length")
        }
        guard let base = file.bytes.baseAddress, !range.isEmpty else {
            return UnsafeBufferPointer(start: nil, count: 0)
        }
        let start = (base + range.lowerBound).assumingMemoryBound(to: Element.self)
        return UnsafeBufferPointer(start: start, count: range.count / stride)
    }

    /// Refuses unless the values never fall and stay within a limit.
    func checkOffsets(_ name: String, _ values: UnsafeBufferPointer<UInt32>, limit: Int) throws {
        var previous: UInt32 = 0
        for value in values {
            guard value >= previous else { throw Self.damaged(file, "the offsets in its section \(name) go back") }
            previous = value
        }
        guard previous <= UInt32(clamping: limit) else {
            throw Self.damaged(file, "the offsets in its section \(name) lead past its end")
        }
    }

    /// Refuses unless every value is below a limit.
    func checkBelow(_ name: String, _ values: UnsafeBufferPointer<UInt32>, limit: Int, or exception: UInt32? = nil)
        throws
    {
        let bound = UInt32(clamping: limit)
        var largest: UInt32 = 0
        for value in values where value != exception { largest = max(largest, value) }
        guard values.isEmpty || largest < bound || (largest == 0 && values.allSatisfy { $0 == exception }) else {
            throw Self.damaged(file, "a value in its section \(name) is out of range")
        }
    }

    /// Refuses unless every value is below a limit.
    func checkBelow(_ name: String, _ values: PackedIntegers, limit: Int) throws {
        for index in 0..<values.count where values[index] >= limit {
            throw Self.damaged(file, "a value in its section \(name) is out of range")
        }
    }

    /// Whether there is a section of that name.
    func has(_ name: String) -> Bool { sections[name] != nil }

    static func damaged(_ file: MappedFile, _ what: String) -> SearchError {
        SearchError(
            .damagedSnapshot,
            "the snapshot file \(file.url.lastPathComponent) is damaged: \(what); rebuild the index",
            location: file.url.path
        )
    }
}
