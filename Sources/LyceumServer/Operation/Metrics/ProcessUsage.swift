// What this process uses of the machine.

import Foundation

#if canImport(Glibc)
    import Glibc
#endif

/// Memory, processor time, files and threads of this process, as Linux states them under `/proc/self`.
struct ProcessUsage: Sendable {
    var residentBytes: Int
    var virtualBytes: Int
    var processorMicroseconds: Int
    var openFiles: Int
    var maximumFiles: Int
    var threads: Int

    /// The numbers of this moment; nil on systems that have no `/proc`.
    static func current() -> ProcessUsage? {
        #if os(Linux)
            guard let text = try? String(contentsOfFile: "/proc/self/stat", encoding: .utf8),
                // The program's name, in parentheses, may hold spaces; the fields after it do not.
                let end = text.lastIndex(of: ")")
            else { return nil }
            // proc(5): the field after the name is the third, the state.
            let fields = text[text.index(after: end)...].split(separator: " ").map(String.init)
            guard fields.count > 21, let user = Int(fields[11]), let system = Int(fields[12]),
                let threads = Int(fields[17]), let size = Int(fields[20]), let pages = Int(fields[21])
            else { return nil }
            let ticks = max(1, sysconf(Int32(_SC_CLK_TCK)))
            var limit = rlimit()
            getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
            let files = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").count) ?? 0
            return ProcessUsage(
                residentBytes: pages * sysconf(Int32(_SC_PAGESIZE)),
                virtualBytes: size,
                processorMicroseconds: (user + system) * (1_000_000 / ticks),
                openFiles: files,
                maximumFiles: Int(clamping: limit.rlim_cur),
                threads: threads
            )
        #else
            return nil
        #endif
    }
}
