// Where a server's log goes: JSON lines for machines, or the console for people.

import Foundation
import Logging
import LyceumPipeline
import LyceumServer

/// The log of a server, by what is configured.
struct ServingLog {
    /// Gets one line a request if they are wanted, and what happens to the server.
    let logger: Logger
    /// Whether requests are logged.
    let takesRequests: Bool

    /// Opens the log.
    ///
    /// - Parameter console: the log on a terminal, which has no requests in it unless all is asked for.
    /// - Throws: ``Failure`` when the file cannot be written to.
    init(_ setting: Configuration.ServerSettings.AccessLog, console: Logger) throws {
        switch setting {
        case .off:
            (logger, takesRequests) = (console, false)
        case .whenPiped where isatty(STDERR_FILENO) != 0:
            // With --verbose the console takes them.
            (logger, takesRequests) = (console, console.logLevel <= .info)
        case .whenPiped, .standardError:
            logger = Self.json { JSONLogHandler(label: $0) }
            takesRequests = true
        case .file(let file):
            let handle = try Self.open(file)
            logger = Self.json { label in
                JSONLogHandler(label: label) { line in try? handle.write(contentsOf: Data(line.utf8)) }
            }
            takesRequests = true
        }
    }

    private static func json(_ handler: @escaping (String) -> JSONLogHandler) -> Logger {
        Logger(label: "lyceum.server", factory: { label in handler(label) })
    }

    /// Opens a file to append to: each line is one write, so that several servers and a rotation by copying can share it.
    private static func open(_ file: URL) throws -> FileHandle {
        let descriptor = Foundation.open(file.path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0o640)
        guard descriptor >= 0 else {
            throw Failure(
                code: "files",
                message: "the access log cannot be written to: \(String(cString: strerror(errno))); "
                    + "make its folder, or set server.access_log to stderr or off",
                location: file.path
            )
        }
        return FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
    }
}
