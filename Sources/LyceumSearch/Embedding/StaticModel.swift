// The file of a static embedding model: a table of word vectors and the hash tables that find their rows.

import Foundation

/// A static embedding model, read in place from its file.
///
/// The file is a segment (see ``SegmentLayout``) with the sections
///
///     name       the model's name, UTF-8
///     shape      UInt32: dimensions, rows, words, slots for words, slots for pairs; slots are powers of two
///     word.at    UInt32, words + 1: where each word's bytes begin in `word.bytes`; words have the rows from 0 on
///     word.bytes UTF-8; a piece that continues a word begins with `##`
///     word.slots UInt32: row + 1 by the FNV-1a hash of its bytes, 0 where free, linear probing
///     pair.keys  UInt64: (row of the left word << 32 | row of the right one) + 1, 0 where free, linear probing
///     pair.rows  UInt32: the row of the pair in that slot
///     values     Int8, rows * dimensions
///     scales     Float32: what the row's values are multiplied by
///     checksum   UInt64: XXH64 of everything before this section
///
/// `@unchecked Sendable`: read-only views of a mapped file that is held here.
final class StaticModel: @unchecked Sendable {
    /// The name and the first eight digits of the checksum, for example `lyceum-static-1-5f3a9c04`.
    let version: String
    /// The length of a vector.
    let dimensions: Int

    private let file: MappedFile
    private let wordOffsets: UnsafeBufferPointer<UInt32>
    private let wordBytes: UnsafeBufferPointer<UInt8>
    private let wordSlots: UnsafeBufferPointer<UInt32>
    private let pairKeys: UnsafeBufferPointer<UInt64>
    private let pairRows: UnsafeBufferPointer<UInt32>
    private let values: UnsafeBufferPointer<Int8>
    private let scales: UnsafeBufferPointer<Float>

    /// Opens a model file and checks all of it. Linear in its size.
    ///
    /// - Throws: ``SearchError`` with code `damaged_model` or `io`.
    init(_ url: URL) throws {
        let file = try MappedFile(url)
        self.file = file
        func refuse(_ what: String, cause: (any Error)? = nil) -> SearchError {
            SearchError(
                .damagedModel,
                "the embedding model \(url.lastPathComponent) is damaged: \(what); reinstall the program or train it anew",
                location: url.path,
                cause: cause
            )
        }
        let segment: SegmentReader
        let shape: UnsafeBufferPointer<UInt32>
        let checksum: UInt64
        do {
            segment = try SegmentReader(file)
            let sum = try segment.values("checksum", as: UInt64.self, count: 1)
            checksum = UInt64(littleEndian: sum[0])
            guard let start = file.bytes.baseAddress, let end = sum.baseAddress else { throw refuse("it is empty") }
            let covered = UnsafeRawBufferPointer(start: start, count: UnsafeRawPointer(end) - start)
            guard XXHash64.hash(covered) == checksum else { throw refuse("its checksum does not match") }
            shape = try segment.values("shape", as: UInt32.self, count: 5)
            let (rows, words) = (Int(shape[1]), Int(shape[2]))
            dimensions = Int(shape[0])
            guard (32...4096).contains(dimensions), dimensions % 32 == 0, words <= rows else {
                throw refuse("its shape is out of range")
            }
            for slots in [shape[3], shape[4]] where slots < 2 || slots & (slots - 1) != 0 {
                throw refuse("its hash tables have \(slots) slots")
            }
            wordOffsets = try segment.values("word.at", as: UInt32.self, count: words + 1)
            wordBytes = try segment.values("word.bytes", as: UInt8.self)
            wordSlots = try segment.values("word.slots", as: UInt32.self, count: Int(shape[3]))
            pairKeys = try segment.values("pair.keys", as: UInt64.self, count: Int(shape[4]))
            pairRows = try segment.values("pair.rows", as: UInt32.self, count: Int(shape[4]))
            values = try segment.values("values", as: Int8.self, count: rows * dimensions)
            scales = try segment.values("scales", as: Float.self, count: rows)
            try segment.checkOffsets("word.at", wordOffsets, limit: wordBytes.count)
            // Rows exist, and a search for what is not there comes to an end.
            let hasWords = wordSlots.contains(0) && wordSlots.allSatisfy { Int($0) <= words }
            let hasPairs = pairKeys.contains(0) && pairRows.allSatisfy { Int($0) < rows }
            guard hasWords, hasPairs else { throw refuse("a row in its tables is out of range") }
        } catch let error as SearchError where error.code == .damagedModel {
            throw error
        } catch {
            throw refuse("its sections cannot be read", cause: error)
        }
        let name = String(decoding: try segment.values("name", as: UInt8.self), as: UTF8.self)
        version = "\(name)-\(XXHash64.hex(checksum).prefix(8))"
    }

    /// The row of a word or piece. Expected constant time.
    @inline(__always)
    func row(_ word: UnsafeBufferPointer<UInt8>, isContinuation: Bool) -> Int? {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        if isContinuation {
            hash = (hash ^ UInt64(UInt8(ascii: "#"))) &* 0x100_0000_01B3
            hash = (hash ^ UInt64(UInt8(ascii: "#"))) &* 0x100_0000_01B3
        }
        for byte in word { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
        let mask = wordSlots.count &- 1
        var slot = Int(truncatingIfNeeded: hash ^ hash &>> 32) & mask
        while wordSlots[slot] != 0 {
            let row = Int(wordSlots[slot]) &- 1
            if equals(row, word, isContinuation: isContinuation) { return row }
            slot = (slot &+ 1) & mask
        }
        return nil
    }

    @inline(__always)
    private func equals(_ row: Int, _ word: UnsafeBufferPointer<UInt8>, isContinuation: Bool) -> Bool {
        var position = Int(wordOffsets[row])
        let end = Int(wordOffsets[row &+ 1])
        guard end &- position == word.count &+ (isContinuation ? 2 : 0) else { return false }
        if isContinuation {
            guard wordBytes[position] == UInt8(ascii: "#"), wordBytes[position &+ 1] == UInt8(ascii: "#") else {
                return false
            }
            position &+= 2
        }
        for byte in word {
            if wordBytes[position] != byte { return false }
            position &+= 1
        }
        return true
    }

    /// The row of two words that stand side by side. Expected constant time.
    @inline(__always)
    func row(left: Int, right: Int) -> Int? {
        let key = (UInt64(left) &<< 32 | UInt64(right)) &+ 1
        let mask = pairKeys.count &- 1
        var slot = Int(truncatingIfNeeded: (key &* 0x9E37_79B9_7F4A_7C15) &>> 32) & mask
        while pairKeys[slot] != 0 {
            if pairKeys[slot] == key { return Int(pairRows[slot]) }
            slot = (slot &+ 1) & mask
        }
        return nil
    }

    /// Adds a row's vector to a sum of ``dimensions`` numbers.
    @inline(__always)
    func add(row: Int, to sum: UnsafeMutablePointer<Float>) {
        guard let base = values.baseAddress else { return }
        let source = UnsafeRawPointer(base + row &* dimensions)
        let target = UnsafeMutableRawPointer(sum)
        let scale = SIMD16<Float>(repeating: scales[row])
        var offset = 0
        while offset < dimensions {
            let bytes = source.loadUnaligned(fromByteOffset: offset, as: SIMD16<Int8>.self)
            let old = target.loadUnaligned(fromByteOffset: offset &* 4, as: SIMD16<Float>.self)
            let new = old + SIMD16<Float>(SIMD16<Int32>(truncatingIfNeeded: bytes)) * scale
            target.storeBytes(of: new, toByteOffset: offset &* 4, as: SIMD16<Float>.self)
            offset &+= 16
        }
    }
}
