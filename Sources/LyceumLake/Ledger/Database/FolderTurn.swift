// A turn at the folder of a ledger, for those who create or migrate it.

import Foundation

/// One process at a time creates or migrates the ledger of a folder.
struct FolderTurn {
    private let descriptor: Int32

    init(folder: String, patience: TimeInterval) throws {
        descriptor = Foundation.open(folder, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw LakeError.system(errno, doing: "open the folder", path: folder) }
        let deadline = Date().addingTimeInterval(patience)
        while flock(descriptor, LOCK_EX | LOCK_NB) != 0 {
            let number = errno
            if number == EINTR { continue }
            guard number == EWOULDBLOCK else {
                // File systems without flock: SQLite's own locks still keep the file sound.
                break
            }
            guard Date() < deadline else {
                Foundation.close(descriptor)
                throw LakeError(
                    .locked,
                    "Another process has been opening the ledger in \(folder) for \(patience) s. Try again.",
                    location: folder
                )
            }
            usleep(5_000)
        }
    }

    func end() { Foundation.close(descriptor) }
}
