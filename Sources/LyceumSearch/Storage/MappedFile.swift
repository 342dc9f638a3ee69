// The bytes of a file, mapped read-only or held in memory.

import Foundation

/// The bytes of one file of a segment: mapped read-only from the disk, or held in memory; released with the last reference.
///
/// The bytes never change while this exists: snapshot files are written once under another name and never edited.
/// `@unchecked Sendable`: the bytes are read-only and their address and length are constant.
final class MappedFile: @unchecked Sendable {
    let bytes: UnsafeRawBufferPointer
    let url: URL
    /// Whether the bytes were mapped rather than allocated.
    private let isMapped: Bool

    init(_ url: URL) throws {
        self.url = url
        isMapped = true
        let descriptor = open(url.path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw FileSystem.failure("cannot open", url) }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw FileSystem.failure("cannot read the size of", url) }
        let size = Int(status.st_size)
        guard size > 0 else {
            bytes = UnsafeRawBufferPointer(start: nil, count: 0)
            return
        }
        let address = mmap(nil, size, PROT_READ, MAP_PRIVATE, descriptor, 0)
        guard let address, address != MAP_FAILED else { throw FileSystem.failure("cannot map", url) }
        bytes = UnsafeRawBufferPointer(start: address, count: size)
    }

    /// A file in memory under a name of its own, aligned as a mapping is.
    init(_ name: String, holding contents: [UInt8]) {
        url = URL(filePath: "/memory/\(name)")
        isMapped = false
        let copy = UnsafeMutableRawBufferPointer.allocate(
            byteCount: max(1, contents.count),
            alignment: SegmentLayout.alignment
        )
        copy.copyBytes(from: contents)
        bytes = UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(copy)[..<contents.count])
    }

    deinit {
        guard let start = bytes.baseAddress else { return }
        if isMapped { munmap(UnsafeMutableRawPointer(mutating: start), bytes.count) } else { start.deallocate() }
    }
}
