// The lake as other tools see it: PyArrow's datasets on the zone folders, without a word from the catalog.

import Foundation
import LyceumCore
import Testing

@testable import LyceumPipeline

@Test("PyArrow reads a published table by its folder, partitions included")
func readByPyArrow() async throws {
    let repository = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../..").standardizedFileURL
    let python = repository.appending(path: ".lyceum/python/bin/python")
    try #require(
        FileManager.default.isExecutableFile(atPath: python.path),
        "PyArrow is missing; `scripts/setup --tests` installs it"
    )
    try await withTemporaryFolder { folder in
        let campus = TinyCampus(folder)
        campus.source.set { $0.rows = [(1, "Ann", 80), (2, "Bob", 30)] }
        try await campus.run()
        campus.source.set { $0.rows = [(1, "Ann", 80), (3, "Cyd", 60)] }
        try await campus.run()
        let process = Process()
        process.executableURL = python
        process.arguments = [
            "-c",
            """
            import sys, pyarrow.dataset as ds
            table = ds.dataset(sys.argv[1], partitioning="hive").to_table()
            print(table.select(["id", "name", "passed", "source"]).sort_by("id").to_pylist())
            """,
            folder.appending(path: "lake/curated/cards").path,
        ]
        let output = Pipe()
        process.standardOutput = output
        try process.run()
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        #expect(process.terminationStatus == 0)
        #expect(
            text == """
                [{'id': 1, 'name': 'ANN', 'passed': True, 'source': 'lyceum'}, \
                {'id': 3, 'name': 'CYD', 'passed': True, 'source': 'lyceum'}]

                """
        )
    }
}
