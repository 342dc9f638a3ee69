// Gzipped files, workbooks, folders below, JSON in its forms, and files that change meanwhile.

import ADBC
import Foundation
import LyceumCore
import Testing

@testable import LyceumSources

@Suite("Packed files") struct PackedFilesTests {
    private func source(_ folder: TemporaryFolder, _ tables: [String: FilesConfiguration.TableOptions] = [:]) throws
        -> FilesSource
    {
        try FilesSource(FilesConfiguration(name: "exports", path: folder.path, tables: tables))
    }

    private func read(_ source: FilesSource, sink: RecordingSink = RecordingSink()) async throws -> (
        result: Extraction, rows: [[String: String]], rejected: [RejectedRow]
    ) {
        let dataset = try #require(try await source.datasets().first)
        let result = try await source.extract(ExtractRequest(dataset: dataset), into: sink)
        return (result, await sink.rows, await sink.rejected)
    }

    /// Packs bytes with the machine's own gzip.
    private func gzip(_ bytes: [UInt8]) throws -> [UInt8] {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["gzip", "-c"]
        let (input, output) = (Pipe(), Pipe())
        process.standardInput = input
        process.standardOutput = output
        try process.run()
        input.fileHandleForWriting.write(Data(bytes))
        try input.fileHandleForWriting.close()
        let packed = try output.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        return Array(packed)
    }

    private static let people = "id,note\n1,\"two\nlines\"\n2\n3,Zoë\n"

    @Test("a gzipped file is read like any other: line numbers, encodings, several members")
    func gzipped() async throws {
        let folder = try TemporaryFolder()
        try folder.write("people.csv.gz", try gzip(Array(Self.people.utf8)))
        let plain = try await read(try source(folder))
        #expect(plain.rows.count == 2 && plain.rejected.map(\.location) == ["people.csv.gz:4"])
        let wide = try #require(Self.people.data(using: .utf16LittleEndian))
        try folder.write("people.csv.gz", try gzip([0xFF, 0xFE] + Array(wide)))
        #expect(try await read(try source(folder)).rows.contains(["id": "3", "note": "Zoë"]))
        try folder.write(
            "people.csv.gz",
            try gzip(Array("id,note\n1,a\n".utf8)) + gzip(Array("2,b\n".utf8)) + [0, 0, 0]
        )
        #expect(try await read(try source(folder)).rows == [["id": "1", "note": "a"], ["id": "2", "note": "b"]])
    }

    @Test("a gzipped file that is cut off, damaged, or no gzip file is an error that names it")
    func damaged() async throws {
        let folder = try TemporaryFolder()
        let packed = try gzip(Array((0..<5_000).map { "\($0 &* 2_654_435_761),x\n" }.joined().utf8))
        var broken = packed
        broken[broken.count - 6] ^= 0xFF
        for bytes in [Array(packed.dropLast(9)), broken, Array("id,note\n".utf8), []] {
            try folder.write("people.csv.gz", bytes)
            await #expect { _ = try await read(try source(folder)) } throws: { error in
                (error as? SourceError)?.code == .malformed && (error as? SourceError)?.location == "people.csv.gz"
            }
        }
    }

    @Test("a file that unpacks to more than allowed is refused")
    func bomb() throws {
        let folder = try TemporaryFolder()
        try folder.write("bomb.gz", try gzip([UInt8](repeating: 0x61, count: 1 << 20)))
        let target = folder.path + "/out"
        let packed = folder.path + "/bomb.gz"
        #expect { try Gunzip.unpack(packed, to: target, name: "bomb.gz", limit: 1 << 19) } throws: {
            ($0 as? SourceError)?.code == .tooLarge
        }
        try Gunzip.unpack(packed, to: target, name: "bomb.gz", limit: 1 << 20)
        #expect(try Data(contentsOf: URL(fileURLWithPath: target)).count == 1 << 20)
    }

    @Test("globs reach into folders, and a file's name in messages says where it is")
    func folders() async throws {
        let folder = try TemporaryFolder()
        for (name, text) in [("2023", "id,n\n1,a\n"), ("2024/spring", "id,n\n2,b\n3\n"), (".hidden", "id,n\n9,z\n")] {
            try FileManager.default.createDirectory(
                atPath: folder.path + "/" + name,
                withIntermediateDirectories: true
            )
            try folder.write(name + "/people.csv", text)
        }
        let source = try source(folder, ["files_people": .init(glob: "**/people.csv")])
        let read = try await read(source)
        #expect(read.rows == [["id": "1", "n": "a"], ["id": "2", "n": "b"]])
        #expect(read.rejected.map(\.location) == ["2024/spring/people.csv:3"])
    }

    @Test("an Excel sheet is read: texts, numbers, dates, cells of other kinds, empty rows inside")
    func excel() async throws {
        let folder = try TemporaryFolder()
        let workspace = try await Workspace.open()
        let connection = try await workspace.database.connect()
        try await workspace.loadExcel(on: connection)
        try await connection.execute(
            """
            COPY (SELECT * FROM (VALUES
                (1, 'Zoë, "x"', DATE '2024-03-05', TIMESTAMP '2024-03-05 10:11:12', 3.25, true),
                (NULL, NULL, NULL, NULL, NULL, NULL),
                (3, '007', NULL, TIMESTAMP '2024-03-06 00:00:00', 4.5, false)) v("Student Id", name, born, seen, gpa, ok))
            TO '\(folder.path)/people.xlsx' (FORMAT xlsx, HEADER true, SHEET 'People')
            """
        )
        let read = try await read(try source(folder))
        #expect(read.result.rows == 2)
        #expect(
            read.rows[0] == [
                "student_id": "1", "name": "Zoë, \"x\"", "born": "2024-03-05", "seen": "2024-03-05 10:11:12",
                "gpa": "3.25", "ok": "true",
            ]
        )
        #expect(read.rows[1]["name"] == "007" && read.rows[1]["ok"] == "false" && read.rows[1]["born"] == nil)
        let other = try source(folder, ["files_people": .init(glob: "people.xlsx", sheet: "Staff")])
        await #expect { _ = try await self.read(other) } throws: { error in
            (error as? SourceError)?.message.contains("People") == true
        }
        try folder.write("people.xlsx", "no workbook")
        await #expect { _ = try await self.read(try self.source(folder)) } throws: {
            ($0 as? SourceError)?.code == .malformed
        }
    }

    @Test("a .json file may be an array or lines, and one object is refused with what is needed")
    func json() async throws {
        let folder = try TemporaryFolder()
        try folder.write("people.json", "{\"id\":1,\"n\":\"a\"}\n{\"id\":2\nnot json\n{\"id\":3}\n")
        let lines = try await read(try source(folder))
        #expect(lines.rows == [["id": "1", "n": "a"], ["id": "3"]])
        #expect(lines.rejected.map(\.location) == ["people.json:2", "people.json:3"])
        try folder.write("people.json", "{\n  \"data\": [{\"id\":1}]\n}")
        await #expect { _ = try await read(try source(folder)) } throws: {
            ($0 as? SourceError)?.message.contains("one JSON object") == true
        }
    }

    @Test("a file that changes while it is read is not taken")
    func changes() async throws {
        let folder = try TemporaryFolder()
        try folder.write("people.csv", "id,n\n1,a\n")
        let sink = RecordingSink { _ in try folder.write("people.csv", "id,n\n1,a\n2,b\n") }
        let source = try source(folder)
        await #expect { _ = try await read(source, sink: sink) } throws: { error in
            (error as? SourceError)?.code == .interrupted && (error as? SourceError)?.isRetryable == true
        }
        #expect(try await read(source).rows.count == 2)
    }

    @Test("headings tell the columns before anything is read; JSON and mappings cannot")
    func columns() async throws {
        let folder = try TemporaryFolder()
        try folder.write("students.csv", "Student Id;Nick Name\n1;x\n")
        try folder.write("grades.json", "[]")
        let source = try source(folder)
        for dataset in try await source.datasets() {
            let names = try await source.columns(of: dataset)?.map(\.name)
            #expect(names == (dataset.table == "oracle_students" ? ["student_id", "nick_name"] : nil))
        }
    }
}
