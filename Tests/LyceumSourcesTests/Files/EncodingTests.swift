// Encodings of text files: what is guessed by which bytes, and what is not.

import Foundation
import LyceumCore
import Testing

@testable import LyceumSources

@Suite("Encodings") struct EncodingTests {
    private func conclude(_ bytes: [UInt8], blocks: Int = 1) -> EncodingSniffer.Conclusion {
        var sniffer = EncodingSniffer()
        let size = max(1, (bytes.count + blocks - 1) / blocks)
        for start in stride(from: 0, to: bytes.count, by: size) {
            Array(bytes[start..<min(start + size, bytes.count)]).withUnsafeBufferPointer { sniffer.add($0) }
        }
        return sniffer.conclude()
    }

    private func encoded(_ text: String, _ encoding: String.Encoding) throws -> [UInt8] {
        Array(try #require(text.data(using: encoding)))
    }

    private static let names = "id,name\n1,Zoë Müller\n2,François Élan\n3,Ann\n4,“Quoted” – Peña\n5,Björn\n"

    @Test(
        "text in windows-1252 is recognised when enough lines agree, however it is cut into blocks",
        arguments: [1, 2, 7, 60]
    )
    func western(blocks: Int) throws {
        #expect(conclude(try encoded(Self.names, .windowsCP1252), blocks: blocks).encoding == "windows-1252")
        #expect(conclude(Array(Self.names.utf8), blocks: blocks).encoding == nil)
    }

    @Test("Chinese text in GBK is recognised", arguments: [1, 3, 50])
    func chinese(blocks: Int) throws {
        // 月 D4C2, 日 C8D5, 学 D1A7, 生 C9FA
        let line =
            Array("1,10".utf8) + [0xD4, 0xC2] + Array("20".utf8) + [0xC8, 0xD5, 0x2C, 0xD1, 0xA7, 0xC9, 0xFA, 0x0A]
        let bytes = Array("id,band,kind\n".utf8) + line + line + line
        #expect(conclude(bytes, blocks: blocks).encoding == "gb18030")
        let thin = conclude(Array("id,band\n".utf8) + line, blocks: blocks)
        #expect(thin.encoding == nil && thin.advice == "gb18030")
    }

    @Test("a UTF-8 file with broken lines stays UTF-8")
    func brokenUTF8() throws {
        let broken: [UInt8] = [0x37, 0x2C, 0xE9, 0x0A]
        #expect(conclude(Array(Self.names.utf8) + broken + broken + broken).encoding == nil)
        // Random bytes speak for nothing.
        let garbage: [UInt8] = [0x81, 0x9D, 0xFF, 0x0A]
        let conclusion = conclude(Array("id,name\n".utf8) + garbage + garbage + garbage + garbage)
        #expect(conclusion.encoding == nil && conclusion.advice == nil)
    }

    @Test("one line that disagrees is enough not to guess")
    func disagreement() throws {
        let bytes = try encoded(Self.names, .windowsCP1252) + [0x39, 0x2C, 0x81, 0x8D, 0x0A]
        #expect(conclude(bytes).encoding == nil)
    }

    @Test(
        "UTF-16 and UTF-32 are recognised by their marks, UTF-16 also without",
        arguments: [
            (String.Encoding.utf16LittleEndian, [UInt8](), "UTF-16LE"), (.utf16BigEndian, [], "UTF-16BE"),
            (.utf16LittleEndian, [0xFF, 0xFE], "UTF-16"), (.utf16BigEndian, [0xFE, 0xFF], "UTF-16"),
            (.utf32LittleEndian, [0xFF, 0xFE, 0, 0], "UTF-32"),
        ]
    )
    func wide(encoding: String.Encoding, mark: [UInt8], name: String) throws {
        #expect(conclude(mark + (try encoded(Self.names, encoding))).encoding == name)
    }

    @Test(
        "a file in each encoding is read whole, and the notes say how",
        arguments: [
            (String.Encoding.utf8, [UInt8](), nil as String?), (.utf8, [0xEF, 0xBB, 0xBF], nil),
            (.windowsCP1252, [], "windows-1252"), (.utf16LittleEndian, [0xFF, 0xFE], "UTF-16"),
            (.utf16BigEndian, [], "UTF-16BE"),
        ]
    )
    func files(encoding: String.Encoding, mark: [UInt8], name: String?) async throws {
        let folder = try TemporaryFolder()
        try folder.write("people.csv", mark + (try encoded(Self.names, encoding)))
        let source = try FilesSource(FilesConfiguration(name: "exports", path: folder.path))
        let dataset = try #require(try await source.datasets().first)
        let sink = RecordingSink()
        let result = try await source.extract(ExtractRequest(dataset: dataset), into: sink)
        #expect(result.rows == 5 && result.rejected == 0)
        #expect(await sink.values("name") == ["Zoë Müller", "François Élan", "Ann", "“Quoted” – Peña", "Björn"])
        #expect(await sink.columns == ["id", "name"])
        #expect(result.notes.contains { name.map($0.contains) ?? false } == (name != nil))
    }

    @Test("with too few lines to go by, those lines are set aside and the reason names the likely encoding")
    func advice() async throws {
        let folder = try TemporaryFolder()
        try folder.write("people.csv", try encoded("id,name\n1,Zoë\n2,Ann\n", .windowsCP1252))
        let source = try FilesSource(FilesConfiguration(name: "exports", path: folder.path))
        let sink = RecordingSink()
        let dataset = try #require(try await source.datasets().first)
        let result = try await source.extract(ExtractRequest(dataset: dataset), into: sink)
        #expect(result.rows == 1 && result.rejected == 1)
        #expect(await sink.rejected.first?.location == "people.csv:2")
        #expect(await sink.rejected.first?.reason.contains("may be windows-1252") == true)
    }
}
