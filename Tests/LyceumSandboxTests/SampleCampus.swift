// A campus of sample size, made once for all tests.

import ADBC
import Foundation
import Testing

@testable import LyceumSandbox

/// Makes the sample campus when a test first asks for it, in a folder that goes away with the process.
enum SampleCampus {
    private static let made = Task { try await make() }

    static func get() async throws -> Campus { try await made.value }

    static func make(seed: String = "lyceum", size: CampusSize = .sample) async throws -> Campus {
        try await Campus.prepare(size: size, location: CampusLocation(home: temporaryFolder()), seed: seed)
    }

    /// A new folder; removed when the process ends.
    static func temporaryFolder() throws -> URL {
        let folder = FileManager.default.temporaryDirectory.appending(
            path: "lyceum-sandbox-tests-\(ProcessInfo.processInfo.processIdentifier)/\(UUID().uuidString)",
            directoryHint: .isDirectory
        )
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        _ = removeAtExit
        return folder
    }

    private static let removeAtExit: Void = {
        atexit {
            let folder = FileManager.default.temporaryDirectory
                .appending(path: "lyceum-sandbox-tests-\(ProcessInfo.processInfo.processIdentifier)")
            try? FileManager.default.removeItem(at: folder)
        }
    }()
}

/// Opens a campus's student database read-only, as any reader would.
func withRegistrar<Result: Sendable>(
    _ campus: Campus,
    _ body: (Connection) async throws -> Result
) async throws -> Result {
    guard case .embedded(let path) = campus.location.registrar else { throw CocoaError(.fileNoSuchFile) }
    let database = try await Database.open(
        driver: try Driver.load("duckdb"),
        options: ["path": path.path, "access_mode": "READ_ONLY"]
    )
    let connection = try await database.connect()
    let result = try await body(connection)
    try await connection.close()
    return result
}

/// The repository's root.
let repository = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()
