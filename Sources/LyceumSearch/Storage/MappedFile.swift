// A file mapped read-only into memory.

import Foundation

/// A file mapped read-only; unmapped when the last reference goes.
///
/// The bytes never change while mapped: snapshot files are written once under another name and never edited.
/// `@unchecked Sendable`: the mapping is read-only and its address and length are constant.
final class MappedFile: @unchecked Sendable {
    let bytes: UnsafeRawBufferPointer
    let url: URL

    init(_ url: URL) throws {
        self.url = url
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

    deinit {
        if let start = bytes.baseAddress { munmap(UnsafeMutableRawPointer(mutating: start), bytes.count) }
    }
}
