// ZIP archives, made by the system's own tools.

import Foundation
import LyceumCore
import Testing

@testable import LyceumSources

@Suite("ZIP archives") struct ZipArchiveTests {
    private static func python(_ script: String, in folder: URL) throws {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["python3", "-c", script]
        process.currentDirectoryURL = folder
        try process.run()
        process.waitUntilExit()
        try #require(process.terminationStatus == 0)
    }

    private static func content(_ number: Int) -> Data {
        Data((0..<40_000).map { UInt8(truncatingIfNeeded: $0 &* (number + 3) &+ $0 / 1_000) })
    }

    private func archive(_ body: (URL, String) throws -> Void) throws {
        let folder = try TemporaryFolder()
        for number in 0..<3 {
            try Self.content(number).write(to: URL(fileURLWithPath: folder.path).appending(path: "\(number).hyper"))
        }
        try Self.python(
            """
            import zipfile
            with zipfile.ZipFile('a.tdsx', 'w') as z:
                z.write('0.hyper', 'Data/Extracts/Größe.hyper', zipfile.ZIP_DEFLATED)
                z.write('1.hyper', 'stored.bin', zipfile.ZIP_STORED)
                with z.open('big.bin', 'w', force_zip64=True) as f: f.write(open('2.hyper', 'rb').read())
                z.writestr('empty', b'')
                z.comment = b'made for a test'
            """,
            in: URL(fileURLWithPath: folder.path)
        )
        try body(URL(fileURLWithPath: folder.path), URL(fileURLWithPath: folder.path).appending(path: "a.tdsx").path)
    }

    @Test("stored and deflated entries come out as they went in, ZIP64 and comments included")
    func extract() throws {
        try archive { folder, path in
            let zip = try ZipArchive(path: path)
            #expect(zip.entries.map(\.name) == ["Data/Extracts/Größe.hyper", "stored.bin", "big.bin", "empty"])
            for number in 0..<3 {
                let target = folder.appending(path: "out\(number)")
                try zip.extract(zip.entries[number], to: target.path, limit: 1 << 20)
                #expect(try Data(contentsOf: target) == Self.content(number))
            }
            let target = folder.appending(path: "nothing")
            try zip.extract(zip.entries[3], to: target.path, limit: 1 << 20)
            #expect(try Data(contentsOf: target).isEmpty)
            #expect { try zip.extract(zip.entries[0], to: target.path, limit: 1_000) } throws: {
                ($0 as? SourceError)?.code == .tooLarge
            }
        }
    }

    @Test("a damaged archive is an error, wherever it is cut or changed")
    func damaged() throws {
        try archive { folder, path in
            let whole = try Data(contentsOf: URL(fileURLWithPath: path))
            let broken = folder.appending(path: "broken.tdsx")
            // Up to the end record; behind it is only the comment.
            for cut in stride(from: 0, to: whole.count - 40, by: whole.count / 7) {
                try whole.prefix(cut).write(to: broken)
                #expect(throws: SourceError.self, "cut at \(cut)") { _ = try ZipArchive(path: broken.path) }
            }
            var generator = SystemRandomNumberGenerator()
            for _ in 0..<60 {
                var bytes = whole
                let place = Int.random(in: 0..<bytes.count, using: &generator)
                bytes[place] = bytes[place] ^ UInt8.random(in: 1...255, using: &generator)
                try bytes.write(to: broken)
                // Whatever was hit: an error, or the right content.
                do {
                    let zip = try ZipArchive(path: broken.path)
                    for (number, entry) in zip.entries.prefix(3).enumerated() {
                        let target = folder.appending(path: "out")
                        try zip.extract(entry, to: target.path, limit: 1 << 20)
                        #expect(try Data(contentsOf: target) == Self.content(number), "changed at \(place)")
                    }
                } catch is SourceError {}
            }
        }
    }
}
