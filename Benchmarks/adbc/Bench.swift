// One query on one database, measured on both sides.

import ADBC
import Arrow
import Foundation

struct Bench {
    let name: String
    let driver: Driver
    /// The entry point to tell the peer, empty for the usual one.
    let entryPoint: String
    let options: [String: String]
    let query: String
    /// Whether each batch is also added up, or only counted.
    let isSum: Bool

    /// The cases, of which only the databases that are needed are set up.
    ///
    /// - Parameter folder: where DuckDB's file goes.
    static func all(only: String?, in folder: String) async throws -> [Bench] {
        let cases = try await duckDB(only: only, in: folder) + postgreSQL(only: only)
        return cases.filter { only == nil || $0.name == only }
    }

    private static func duckDB(only: String?, in folder: String) async throws -> [Bench] {
        guard only?.hasPrefix("duckdb") ?? true else { return [] }
        let driver = try Driver.load("duckdb", locator: DriverLocator(workingDirectory: repository))
        let file = ["path": "\(folder)/bench.duckdb"]
        try await fill(
            try Database(driver: driver, options: file),
            """
            CREATE TABLE results AS SELECT range AS id, range * 7 % 28785 AS student, (range % 366)::INTEGER AS day,
                range % 2 = 0 AS banked, (range % 10000) / 100.0::DOUBLE AS score, 'Student ' || range % 28785 AS name,
                'student' || range % 28785 || '@campus.example' AS email,
                TIMESTAMP '2024-01-01' + to_seconds(range) AS updated_at
            FROM range(3000000)
            """
        )
        let options = file.merging(["access_mode": "READ_ONLY"]) { $1 }
        func bench(_ name: String, _ query: String, isSum: Bool) -> Bench {
            Bench(
                name: name,
                driver: driver,
                entryPoint: "duckdb_adbc_init",
                options: options,
                query: query,
                isSum: isSum
            )
        }
        return [
            bench("duckdb-wide", "SELECT * FROM results", isSum: false),
            bench("duckdb-integers", "SELECT id, student FROM results", isSum: true),
        ]
    }

    private static func postgreSQL(only: String?) async throws -> [Bench] {
        guard only?.hasPrefix("postgresql") ?? true else { return [] }
        let driver = try Driver.load("postgresql", locator: DriverLocator(workingDirectory: repository))
        let options = ["uri": try Server.start()]
        try await fill(
            try Database(driver: driver, options: options),
            """
            CREATE TABLE results AS SELECT i::bigint AS id, (i * 7 % 28785)::bigint AS student, (i % 366)::int AS day,
                i % 2 = 0 AS banked, (i % 10000) / 100.0::float8 AS score, 'Student ' || i % 28785 AS name,
                'student' || i % 28785 || '@campus.example' AS email,
                TIMESTAMP '2024-01-01' + i * INTERVAL '1 second' AS updated_at
            FROM generate_series(1, 500000) AS i
            """
        )
        return [
            Bench(
                name: "postgresql-wide",
                driver: driver,
                entryPoint: "",
                options: options,
                query: "SELECT * FROM results",
                isSum: false
            )
        ]
    }

    /// The sides take turns; returns the ratio of their medians.
    func run(rounds: Int) async throws -> Double {
        var ours: [Measurement] = []
        var theirs: [Measurement] = []
        let connection = try await Database.open(driver: driver, options: options).connect()
        // One round each to fill caches, not counted.
        _ = try await measure(connection)
        _ = try measurePeer()
        for _ in 0..<rounds {
            ours.append(try await measure(connection))
            theirs.append(try measurePeer())
        }
        guard let first = ours.first, let peer = theirs.first, first.rows == peer.rows, first.sum == peer.sum else {
            throw Failure(description: "\(name): the two sides read different rows")
        }
        let speed = Double(first.rows) / median(ours)
        let peerSpeed = Double(peer.rows) / median(theirs)
        let seconds = ours.map(\.seconds).sorted()
        print(
            #"{"benchmark": "adbc-stream", "case": "\#(name)", "rows": \#(first.rows), "rounds": \#(rounds), "#
                + #""rows_per_second": \#(Int(speed)), "range": [\#(Int(Double(first.rows) / (seconds.last ?? 1))), "#
                + #"\#(Int(Double(first.rows) / (seconds.first ?? 1)))], "peer": "\#(peer.peer ?? "")", "#
                + #""peer_rows_per_second": \#(Int(peerSpeed)), "ratio": \#(rounded(speed / peerSpeed))}"#
        )
        return speed / peerSpeed
    }

    private func median(_ measurements: [Measurement]) -> Double {
        let sorted = measurements.map(\.seconds).sorted()
        return sorted[sorted.count / 2]
    }

    private func measure(_ connection: Connection) async throws -> Measurement {
        let start = ContinuousClock.now
        var rows = 0
        var sum: Int64 = 0
        for try await batch in try await connection.query(query) {
            rows += batch.count
            if isSum {
                try batch.column(0).values(as: Int64.self).withUnsafeBuffer { for value in $0 { sum &+= value } }
            }
        }
        let seconds = (ContinuousClock.now - start) / .seconds(1)
        return Measurement(rows: rows, sum: sum, seconds: seconds, peer: nil)
    }

    private func measurePeer() throws -> Measurement {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: repository + "/.lyceum/python/bin/python")
        guard FileManager.default.isExecutableFile(atPath: process.executableURL?.path ?? "") else {
            throw Failure(description: "the peer is not installed; run scripts/setup --bench")
        }
        process.arguments =
            [repository + "/Benchmarks/adbc/peer.py", driver.path, entryPoint, isSum ? "sum" : "drop", query]
            + options.map { "\($0.key)=\($0.value)" }
        let output = Pipe()
        process.standardOutput = output
        try process.run()
        let data = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return try JSONDecoder().decode(Measurement.self, from: data)
    }

    private static func fill(_ database: Database, _ sql: String) async throws {
        let connection = try await database.connect()
        try await connection.execute(sql)
        try await connection.close()
    }
}

struct Measurement: Decodable {
    let rows: Int
    let sum: Int64
    let seconds: Double
    let peer: String?
}

/// A PostgreSQL server that ends with this program.
enum Server {
    static func start() throws -> String {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: repository + "/scripts/start-postgres")
        process.arguments = ["--until-exit-of", "\(ProcessInfo.processInfo.processIdentifier)"]
        let output = Pipe()
        process.standardOutput = output
        try process.run()
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        guard let line = text.split(separator: "\n").first(where: { $0.hasPrefix("uri=") }) else {
            throw Failure(description: "PostgreSQL does not start; run scripts/setup --tests")
        }
        return String(line.dropFirst(4))
    }
}
