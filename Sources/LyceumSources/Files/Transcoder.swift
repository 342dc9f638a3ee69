// Text files in other encodings, rewritten in UTF-8 before they are read.

import Foundation

#if canImport(Glibc)
    import Glibc
#endif

/// Rewrites a file in UTF-8 with the system's `iconv`.
struct Transcoder {
    /// A line that is not text in the stated encoding; in the rewritten file it is empty.
    struct BadLine: Sendable, Hashable {
        var line: Int
        var text: String
    }

    /// The encoding that a byte order mark gives away, or nil.
    static func encoding(ofMark bytes: some Collection<UInt8>) -> String? {
        if bytes.starts(with: [0xFF, 0xFE, 0, 0]) || bytes.starts(with: [0, 0, 0xFE, 0xFF]) { return "UTF-32" }
        if bytes.starts(with: [0xFF, 0xFE]) || bytes.starts(with: [0xFE, 0xFF]) { return "UTF-16" }
        return nil
    }

    /// Whether an encoding's name means UTF-8, which needs no rewriting.
    static func isUTF8(_ encoding: String) -> Bool {
        ["utf-8", "utf8", "us-ascii", "ascii"].contains(encoding.lowercased())
    }

    /// Invalid bytes as `\xHH`, for quarantine.
    static func printable(_ bytes: some Collection<UInt8>) -> String {
        var out = ""
        var rest = Array(bytes)[...]
        while !rest.isEmpty {
            if let text = String(validating: rest, as: UTF8.self) { return out + text }
            // The longest valid start, then the one byte that breaks it.
            var end = rest.startIndex
            while end < rest.endIndex {
                let byte = rest[end]
                let length =
                    byte < 0x80 ? 1 : byte >> 5 == 0b110 ? 2 : byte >> 4 == 0b1110 ? 3 : byte >> 3 == 0b11110 ? 4 : 1
                let next = min(end + length, rest.endIndex)
                guard let text = String(validating: rest[end..<next], as: UTF8.self) else { break }
                out += text
                end = next
            }
            if end < rest.endIndex {
                let digits = String(rest[end], radix: 16, uppercase: true)
                out += "\\x" + (digits.count < 2 ? "0" : "") + digits
                end += 1
            }
            rest = rest[end...]
        }
        return out
    }

    #if canImport(Glibc)
        private let converter: iconv_t
        private let encoding: String

        private init(_ encoding: String) throws {
            let converter = iconv_open("UTF-8", encoding)
            guard Int(bitPattern: converter) != -1, let converter else {
                throw SourceError(
                    .configuration,
                    "This system does not know the encoding '\(encoding)'; 'iconv -l' lists those it knows."
                )
            }
            self.converter = converter
            self.encoding = encoding
        }

        /// Rewrites a file.
        ///
        /// Encodings whose line ends are single bytes are rewritten line by line, so that a bad line costs only itself;
        /// for UTF-16 and UTF-32 a bad sequence is an error.
        ///
        /// - Returns: the lines that are not text in that encoding.
        /// - Throws: ``SourceError``; the file system's errors.
        static func rewrite(_ path: String, from encoding: String, to target: String) throws -> [BadLine] {
            let transcoder = try Transcoder(encoding)
            defer { iconv_close(transcoder.converter) }
            let source = try FileHandle(forReadingFrom: URL(fileURLWithPath: path))
            defer { try? source.close() }
            guard FileManager.default.createFile(atPath: target, contents: nil, attributes: [.posixPermissions: 0o600])
            else {
                throw SourceError(.configuration, "The temporary file \(target) cannot be written.", location: target)
            }
            let sink = try FileHandle(forWritingTo: URL(fileURLWithPath: target))
            defer { try? sink.close() }
            let isWide = ["utf-16", "utf-32", "utf16", "utf32", "ucs-2", "ucs-4"].contains {
                encoding.lowercased().hasPrefix($0)
            }
            var bad: [BadLine] = []
            var line = 1
            var consumed = 0
            var rest: [UInt8] = []
            while true {
                let block = try source.read(upToCount: 1 << 20) ?? Data()
                let isLast = block.isEmpty
                rest += block
                if isWide {
                    let (text, used, fault) = transcoder.convert(rest[...])
                    if fault == EILSEQ || (isLast && used < rest.count) {
                        throw SourceError(
                            .malformed,
                            "The file is not \(encoding) text at byte \(consumed + used).",
                            location: path
                        )
                    }
                    try sink.write(contentsOf: text)
                    consumed += used
                    rest.removeFirst(used)
                } else {
                    let end = isLast ? rest.count : (rest.lastIndex(of: 0x0A).map { $0 + 1 } ?? 0)
                    try sink.write(contentsOf: transcoder.convertLines(rest[..<end], &line, &bad))
                    rest.removeFirst(end)
                }
                if isLast { return bad }
            }
        }

        private func convertLines(_ bytes: ArraySlice<UInt8>, _ line: inout Int, _ bad: inout [BadLine]) -> [UInt8] {
            let (text, used, _) = convert(bytes)
            if used == bytes.count {
                line += bytes.count { $0 == 0x0A }
                return text
            }
            var out: [UInt8] = []
            var start = bytes.startIndex
            while start < bytes.endIndex {
                let end = bytes[start...].firstIndex(of: 0x0A).map { $0 + 1 } ?? bytes.endIndex
                let (text, used, _) = convert(bytes[start..<end])
                if used == end - start {
                    out += text
                } else {
                    bad.append(
                        BadLine(
                            line: line,
                            text: Self.printable(bytes[start..<end].filter { $0 != 0x0A && $0 != 0x0D })
                        )
                    )
                    out.append(0x0A)
                }
                line += 1
                start = end
            }
            return out
        }

        /// Converts as much as can be converted: the text, the bytes used, and the error that stopped it.
        private func convert(_ bytes: ArraySlice<UInt8>) -> (text: [UInt8], used: Int, fault: Int32) {
            guard !bytes.isEmpty else { return ([], 0, 0) }
            var input = Array(bytes).map { CChar(bitPattern: $0) }
            var output = [CChar](repeating: 0, count: bytes.count * 4 + 16)
            let count = (input.count, output.count)
            var left = count
            let result = input.withUnsafeMutableBufferPointer { inputBuffer in
                output.withUnsafeMutableBufferPointer { outputBuffer in
                    var from = inputBuffer.baseAddress
                    var to = outputBuffer.baseAddress
                    return iconv(converter, &from, &left.0, &to, &left.1)
                }
            }
            let fault = result == Int.max.magnitude &* 2 &+ 1 ? errno : 0
            let text = output[..<(count.1 - left.1)].map { UInt8(bitPattern: $0) }
            return (text, count.0 - left.0, fault)
        }
    #else
        static func rewrite(_ path: String, from encoding: String, to target: String) throws -> [BadLine] {
            throw SourceError(
                .configuration,
                "Encodings other than UTF-8 are read on Linux only; rewrite the file with iconv.",
                location: path
            )
        }
    #endif
}
