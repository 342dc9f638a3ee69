// Paths and folders: what has a place in the lake, and what is refused.

import Foundation
import LyceumCore
import Testing

@testable import LyceumLake

@Suite("Layout")
struct LayoutTests {
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    @Test("a data file's path survives being written and read")
    func path() throws {
        let run = RunID()
        let path = try FilePath(table: students, source: "campus-1", day: "2026-02-28", run: run, number: 12)
        #expect(path.description == "clean/students/source=campus-1/dt=2026-02-28/\(run)-12.parquet")
        let read = try FilePath(path.description)
        #expect(read == path && read.source == "campus-1" && read.day == "2026-02-28" && read.run == run)
        let bare = try FilePath(table: students, source: nil, day: nil, run: run, number: 0)
        #expect(bare.description == "clean/students/\(run)-0.parquet" && bare.source == nil)
    }

    @Test(
        "names that would leave their folder, or break a path, are refused",
        arguments: [
            "..", "../x", "a/b", "", "Students", "1st", "stu dents", "a'b", "a\u{0}b", "élèves", "_hidden",
            String(repeating: "a", count: 64),
        ]
    )
    func tableNames(name: String) async throws {
        #expect(!TableID.isValid(name: name))
        #expect(TableID("clean.\(name)") == nil)
        let lake = try await Lake.open(in: folder)
        let run = try await lake.beginRun()
        await expectLakeError(.invalidName) { try run.staging.file(TableID(.clean, name)) }
        await expectLakeError(.invalidName) { try await run.staging.files(TableID(.clean, name)) }
        await expectLakeError(.invalidName) {
            try await run.publish(
                Publication(tables: [TablePublication(TableID(.clean, name), mode: .replace, files: [])])
            )
        }
    }

    @Test(
        "sources that have no place in a path are refused",
        arguments: ["", "..", "a/b", "a=b", ".hidden", "a b", "a\nb"]
    )
    func sources(source: String) async {
        await expectLakeError(.invalidName) {
            try FilePath(table: students, source: source, day: nil, run: RunID(), number: 0)
        }
    }

    @Test(
        "days that do not exist are refused",
        arguments: ["2026-02-30", "2026-13-01", "today", "2026-1-1", "", "../../x"]
    )
    func days(day: String) async {
        await expectLakeError(.invalidName) {
            try FilePath(table: students, source: nil, day: day, run: RunID(), number: 0)
        }
    }

    @Test(
        "days are those of the Gregorian calendar",
        arguments: [
            ("2024-02-29", true), ("2023-02-29", false), ("1900-02-29", false), ("2000-02-29", true),
            ("2026-04-31", false), ("2026-12-31", true), ("2026-00-10", false), ("2026-10-00", false),
            ("2026-1a-01", false), ("2026/01/01", false), ("+026-01-01", false),
        ]
    )
    func calendar(day: String, exists: Bool) {
        #expect(FilePath.isValid(day: day) == exists)
    }

    @Test(
        "paths that are not of a data file are refused",
        arguments: [
            "clean/students/../../etc/20261123T081502Z-3f9a1c-0.parquet",
            "/clean/students/20261123T081502Z-3f9a1c-0.parquet",
            "clean/students/20261123T081502Z-3f9a1c-0.parquet/..", "clean//20261123T081502Z-3f9a1c-0.parquet",
            "clean/students/x/20261123T081502Z-3f9a1c-0.parquet", "clean/students/other.parquet",
            "nowhere/students/20261123T081502Z-3f9a1c-0.parquet", "clean/students/20261123T081502Z-3f9a1c-0.csv",
            "clean/students/a=1/a=2/20261123T081502Z-3f9a1c-0.parquet",
            "clean/students/20261123T081502Z-3f9a1c-a b.parquet", "",
        ]
    )
    func paths(text: String) async {
        await expectLakeError(.invalidName) { try FilePath(text) }
    }

    @Test("random paths are either refused or stay below their table", arguments: [3, 2026] as [UInt64])
    func randomPaths(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let pieces = [
            "clean", "raw", "students", "..", ".", "", "/", "a=1", "dt=2026-11-23", "source=..", "source=a%2Fb", "\\",
            "~",
            "20261123T081502Z-3f9a1c-0.parquet", "20261123T081502Z-3f9a1c-...parquet", "\u{0}", "x",
        ]
        var accepted = 0
        for _ in 0..<20_000 {
            let count = Int.random(in: 1...6, using: &random)
            var parts = (0..<count).compactMap { _ in pieces.randomElement(using: &random) }
            if Bool.random(using: &random) { parts = ["clean", "students"] + parts }
            let text = parts.joined(separator: "/")
            guard let path = try? FilePath(text) else { continue }
            accepted += 1
            let full = URL(filePath: "/lake/" + path.description).standardizedFileURL.path(percentEncoded: false)
            #expect(
                full == "/lake/" + text && full.hasPrefix("/lake/\(path.table.zone.rawValue)/\(path.table.name)/"),
                "seed \(seed)"
            )
        }
        #expect(accepted > 0)
    }

    @Test("opening a lake makes its folders, and opening it again changes nothing")
    func opens() async throws {
        _ = try await Lake.open(in: folder)
        let store = LocalStore(root: folder.lake)
        let first = try await store.names(in: "").sorted()
        for name in Zone.allCases.map(\.rawValue) + ["_staging", "_history", "_lake.json"] {
            #expect(first.contains(name))
        }
        let identity = try Data(contentsOf: folder.lake.appending(path: "_lake.json"))
        _ = try await Lake.open(in: folder)
        #expect(try await store.names(in: "").sorted() == first)
        #expect(try Data(contentsOf: folder.lake.appending(path: "_lake.json")) == identity)
    }

    @Test("a file in the place of the lake, or of one of its zones, is refused", arguments: [nil, "clean"])
    func fileInPlace(zone: String?) async throws {
        var url = folder.lake
        if let zone {
            try FileManager.default.createDirectory(at: url, withIntermediateDirectories: false)
            url.append(path: zone)
        }
        try Data("x".utf8).write(to: URL(filePath: url.path(percentEncoded: false).trimmingSuffix("/")))
        let error = await expectLakeError(.notAFolder) { try await Lake.open(in: folder) }
        #expect(error?.message.contains("is a file") == true)
    }

    @Test("a folder below a file is refused")
    func belowFile() async throws {
        let file = folder.url.appending(path: "file")
        try Data("x".utf8).write(to: file)
        await expectLakeError(.notAFolder) {
            try await Lake.open(LakeSettings(folder: file.appending(path: "lake"), ledger: folder.ledger))
        }
    }

    @Test(
        "a folder that cannot be written is refused, even for root",
        arguments: ["/proc/lyceum/lake", "/sys/lyceum-lake"]
    )
    func readOnly(path: String) async throws {
        // The kernel's own folders, since permissions do not bind root.
        do {
            _ = try await Lake.open(LakeSettings(folder: URL(filePath: path), ledger: folder.ledger))
            Issue.record("opened a lake in \(path)")
        } catch let error as LakeError {
            #expect([.readOnly, .inputOutput].contains(error.code), "\(error)")
            #expect(error.message.contains("/proc/lyceum") || error.message.contains("/sys/lyceum-lake"))
        }
        await expectLakeError(.readOnly) { try LocalStore(root: URL(filePath: "/sys/kernel/")).requireWritable() }
    }

    @Test("a lake is not opened with another lake's ledger")
    func mismatch() async throws {
        let lake = try await Lake.open(in: folder)
        try await lake.publish([(students, .replace, ["a"])])
        let elsewhere = folder.url.appending(path: "other")
        await expectLakeError(.mismatch) { try await Lake.open(LakeSettings(folder: elsewhere, ledger: folder.ledger)) }
        let newLedger = folder.url.appending(path: "new.sqlite")
        let error = await expectLakeError(.mismatch) {
            try await Lake.open(LakeSettings(folder: folder.lake, ledger: newLedger))
        }
        #expect(error?.message.contains("Restore") == true)
        #expect(try await Lake.open(in: folder).contents(students) == ["a"])
    }

    @Test("an empty lake takes a new ledger")
    func newLedger() async throws {
        _ = try await Lake.open(in: folder)
        let lake = try await Lake.open(
            LakeSettings(folder: folder.lake, ledger: folder.url.appending(path: "new.sqlite"))
        )
        try await lake.publish([(students, .replace, ["a"])])
        #expect(try await lake.contents(students) == ["a"])
    }

    @Test(
        "a damaged or newer description of the lake is refused",
        arguments: [
            ("nonsense", LakeError.Code.mismatch), (#"{"format":99,"id":"x"}"#, .migrationNewer),
        ]
    )
    func badIdentity(content: String, code: LakeError.Code) async throws {
        try FileManager.default.createDirectory(at: folder.lake, withIntermediateDirectories: true)
        try Data(content.utf8).write(to: folder.lake.appending(path: "_lake.json"))
        await expectLakeError(code) { try await Lake.open(in: folder) }
    }
}

extension String {
    fileprivate func trimmingSuffix(_ suffix: String) -> String {
        hasSuffix(suffix) ? String(dropLast(suffix.count)) : self
    }
}
