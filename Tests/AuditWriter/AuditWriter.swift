// A process that writes to an audit record and says what was acknowledged: tests kill it, or let several write at once.
//
//     audit-writer FOLDER SECRET NAME [--count N] [--callers N] [--file-bytes N] [--limit BYTES]
//
// Prints `open`, then the request id of each acknowledged entry as a line of its own, the moment `record` has returned. With
// --count it ends after so many entries, else never. --limit makes the system refuse to let any file grow past so many bytes,
// as a full disk would; then it prints `refused CODE` for each entry that was not written. The request ids begin with NAME.

import Foundation
import LyceumAudit
import LyceumCore
import Synchronization

@main
enum AuditWriter {
    static func main() async throws {
        var arguments = Array(CommandLine.arguments.dropFirst())
        func option(_ name: String) -> Int? {
            guard let index = arguments.firstIndex(of: name), index + 1 < arguments.count else { return nil }
            defer { arguments.removeSubrange(index...(index + 1)) }
            return Int(arguments[index + 1])
        }
        // A test that dies must not leave a writer behind that never ends.
        let parent = getppid()
        Thread.detachNewThread {
            while getppid() == parent { sleep(1) }
            exit(0)
        }
        let count = option("--count") ?? .max
        let callers = option("--callers") ?? 8
        let bytes = option("--file-bytes")
        let limit = option("--limit")
        guard arguments.count == 3 else {
            print("usage: audit-writer FOLDER SECRET NAME [--count N] [--callers N] [--file-bytes N] [--limit BYTES]")
            exit(64)
        }
        if let limit {
            // Without this a file that would grow too large ends the process.
            signal(SIGXFSZ, SIG_IGN)
            var bound = rlimit(rlim_cur: rlim_t(limit), rlim_max: rlim_t(limit))
            #if canImport(Darwin)
                let kind = RLIMIT_FSIZE
            #else
                let kind = __rlimit_resource_t(RLIMIT_FSIZE.rawValue)
            #endif
            guard setrlimit(kind, &bound) == 0 else { exit(71) }
        }
        var limits = AuditLimits()
        if let bytes { limits.fileBytes = bytes }
        let name = arguments[2]
        let log = try await AuditLog.open(
            URL(filePath: arguments[0]),
            key: try AuditKey(Secret(arguments[1])),
            limits: limits
        )
        say("open")
        let numbers = Numbers(upTo: count)
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<callers {
                group.addTask {
                    while let number = numbers.next() {
                        await record("\(name)-\(number)", number, in: log)
                    }
                }
            }
        }
        await log.close()
    }

    private static func record(_ request: String, _ number: Int, in log: AuditLog) async {
        let entry = AuditEntry(
            request: request,
            actor: "key:writer",
            role: "adviser",
            action: .read,
            resource: "/v1/students/{id}",
            collection: "students",
            subjects: ["student-\(number)"],
            fields: ["academic_info.gpa"],
            purpose: "advising"
        )
        do {
            try await log.record(entry)
            say(request)
        } catch {
            say("refused \((error as? AuditError)?.code.description ?? "unexpected")")
        }
    }

    /// One write, so that lines of several threads are not mixed and none waits in a buffer.
    private static func say(_ line: String) {
        let bytes = Array((line + "\n").utf8)
        _ = bytes.withUnsafeBytes { write(STDOUT_FILENO, $0.baseAddress, $0.count) }
    }
}

/// Numbers from 0, each given once.
private final class Numbers: Sendable {
    private let end: Int
    private let following = Mutex(0)

    init(upTo end: Int) { self.end = end }

    func next() -> Int? {
        following.withLock { following in
            guard following < end else { return nil }
            defer { following += 1 }
            return following
        }
    }
}
