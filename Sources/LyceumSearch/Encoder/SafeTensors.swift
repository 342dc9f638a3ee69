// A safetensors file: a header in JSON, then the numbers of all tensors.

import Foundation

/// The tensors of 32-bit floats of a safetensors file, mapped.
///
/// The file is eight bytes with the header's length, the header (name to type, shape and place), and the data.
struct SafeTensors {
    /// What of the file is not as it should be.
    struct Damage: Error {
        var what: String
    }

    private struct Entry: Decodable {
        var dtype: String
        var shape: [Int]
        var dataOffsets: [Int]

        enum CodingKeys: String, CodingKey {
            case dtype, shape
            case dataOffsets = "data_offsets"
        }
    }

    /// Either a tensor, or what the header says of itself.
    private struct Item: Decodable {
        var entry: Entry?
        init(from decoder: any Decoder) throws { entry = try? Entry(from: decoder) }
    }

    private let file: MappedFile
    private let entries: [String: Entry]
    private let data: UnsafeRawBufferPointer

    /// A model of a billion numbers has a header of a few hundred kilobytes.
    private static let longestHeader = 16 << 20

    /// - Throws: ``Damage`` when the header cannot be read.
    init(_ file: MappedFile) throws(Damage) {
        let bytes = file.bytes
        guard bytes.count >= 8 else { throw Damage(what: "it has no header") }
        let length = UInt64(littleEndian: bytes.loadUnaligned(as: UInt64.self))
        guard length <= Self.longestHeader, Int(length) <= bytes.count - 8 else {
            throw Damage(what: "its header is cut off")
        }
        let header = Data(UnsafeRawBufferPointer(rebasing: bytes[8..<8 + Int(length)]))
        guard let items = try? JSONDecoder().decode([String: Item].self, from: header) else {
            throw Damage(what: "its header cannot be read")
        }
        self.file = file
        entries = items.compactMapValues(\.entry)
        data = UnsafeRawBufferPointer(rebasing: bytes[(8 + Int(length))...])
    }

    /// The numbers of a tensor, row by row.
    ///
    /// - Throws: ``Damage`` when the file has no such tensor, of another shape or type, or not all of it.
    func values(_ name: String, _ shape: Int...) throws(Damage) -> [Float] {
        guard let entry = entries[name] else { throw Damage(what: "it has no tensor '\(name)'") }
        let count = shape.reduce(1, *)
        guard entry.dtype == "F32", entry.shape == shape else {
            throw Damage(what: "tensor '\(name)' is \(entry.dtype) \(entry.shape) instead of F32 \(shape)")
        }
        guard entry.dataOffsets.count == 2, entry.dataOffsets[0] >= 0, entry.dataOffsets[0] <= entry.dataOffsets[1],
            entry.dataOffsets[1] <= data.count, entry.dataOffsets[1] - entry.dataOffsets[0] == count * 4
        else { throw Damage(what: "tensor '\(name)' is cut off") }
        let place = entry.dataOffsets[0]..<entry.dataOffsets[1]
        return [Float](unsafeUninitializedCapacity: count) { buffer, initialised in
            UnsafeMutableRawBufferPointer(buffer).copyMemory(from: UnsafeRawBufferPointer(rebasing: data[place]))
            initialised = count
        }
    }
}
