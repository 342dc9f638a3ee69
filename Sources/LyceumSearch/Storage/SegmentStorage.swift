// Where the files of a segment live: a folder of the disk, or memory.

import Foundation

/// Takes bytes one after another.
protocol ByteOutput: AnyObject {
    /// Bytes taken so far.
    var size: Int { get }
    func write(_ bytes: UnsafeRawBufferPointer) throws
    /// Makes what was written readable, and durable where that means something.
    func close() throws
}

extension OutputFile: ByteOutput {}

/// Holds the files of one segment, so that one writer and one reader serve both snapshots and live documents.
protocol SegmentStorage {
    /// Begins a new file.
    func create(_ name: String) throws -> any ByteOutput
    /// The bytes of a file that was closed.
    func read(_ name: String) throws -> MappedFile
}

/// Files in a folder of the disk.
struct SegmentFolder: SegmentStorage {
    let directory: URL

    func create(_ name: String) throws -> any ByteOutput { try OutputFile(directory.appending(path: name)) }
    func read(_ name: String) throws -> MappedFile { try MappedFile(directory.appending(path: name)) }
}

/// Files in memory. For one thread at a time; the files it gives out are for any.
final class SegmentMemory: SegmentStorage {
    private final class Output: ByteOutput {
        private var bytes: [UInt8] = []
        private let finish: ([UInt8]) -> Void

        init(_ finish: @escaping ([UInt8]) -> Void) { self.finish = finish }

        var size: Int { bytes.count }
        func write(_ bytes: UnsafeRawBufferPointer) { self.bytes.append(contentsOf: bytes) }
        func close() {
            finish(bytes)
            bytes = []
        }
    }

    private var files: [String: MappedFile] = [:]

    func create(_ name: String) -> any ByteOutput {
        Output { [unowned self] in files[name] = MappedFile(name, holding: $0) }
    }

    func read(_ name: String) throws -> MappedFile {
        guard let file = files[name] else { throw SearchError(.io, "there is no file \(name) in memory") }
        return file
    }
}
