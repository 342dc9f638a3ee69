// The file of a master key, made so that only its owner can read it.

import Foundation
import LyceumCore
import LyceumLake

/// Makes master key files.
enum MasterKeyFile {
    /// Writes a new key to a new file and returns its fingerprint.
    ///
    /// - Throws: `Failure` with code `exists` if there is a file already: it may be the key of a lake.
    static func create(at url: URL) async throws -> String {
        let key = MasterKeySettings.generate()
        let descriptor = open(url.path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            let reason = String(cString: strerror(errno))
            throw Failure(
                code: errno == EEXIST ? "exists" : "files",
                message: "cannot write the master key: \(reason)",
                location: url.path,
                remedy: "name a new file in a folder that is there"
            )
        }
        let handle = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
        try handle.write(contentsOf: Data((key.reveal() + "\n").utf8))
        try handle.synchronize()
        return try await MasterKeySettings.local(key).fingerprint()
    }
}
