// Loading drivers: what is found, and what is said when it is not.

import Foundation
import Testing

@testable import ADBC

@Suite struct DriverTests {
    @Test("every driver loads, all in one process", arguments: ["duckdb", "postgresql", "oracle", "spark"])
    func loads(name: String) throws {
        let driver = try Driver.load(name)
        #expect(driver.name == name)
        #expect(try Driver.load(name) === driver)
    }

    @Test("an unknown name says where was looked and what to do") func unknownName() {
        let error = #expect(throws: ADBCError.self) { try Driver.load("nosuchdatabase") }
        #expect(error?.code == .driverNotFound)
        #expect(error?.message.contains("scripts/setup") == true)
        #expect(error?.message.contains("LYCEUM_DRIVERS") == true)
    }

    @Test("a path without a file says so") func wrongPath() {
        let error = #expect(throws: ADBCError.self) { try Driver.load("/nonexistent/libdriver.so") }
        #expect(error?.code == .driverNotFound)
        #expect(error?.message.contains("/nonexistent/libdriver.so") == true)
    }

    @Test("a file that is no library says so") func notALibrary() throws {
        let folder = try TemporaryFolder()
        let path = folder.path + "/libadbc_driver_x.so"
        try Data("not a library".utf8).write(to: URL(fileURLWithPath: path))
        let error = #expect(throws: ADBCError.self) { try Driver.load(path) }
        #expect(error?.code == .notADriver)
    }

    @Test("a library that is no driver says which entry points it lacks") func noDriver() throws {
        let error = #expect(throws: ADBCError.self) { try Driver.load(try aLibrary()) }
        #expect(error?.code == .notADriver)
        #expect(error?.message.contains("AdbcDriverInit") == true)
    }

    @Test("a wheel's library without its libpython says what to install") func missingPython() throws {
        let folder = try TemporaryFolder()
        let path = folder.path + "/_duckdb.cpython-399-x86_64-linux-gnu.so"
        try FileManager.default.createSymbolicLink(atPath: path, withDestinationPath: try aLibrary())
        let error = #expect(throws: ADBCError.self) { try Driver.load(path) }
        #expect(error?.code == .missingDependency)
        #expect(error?.message.contains("apt-get install libpython3.99") == true)
    }

    @Test("the folders of LYCEUM_DRIVERS come first, then those above the working directory") func folders() {
        let locator = DriverLocator(
            environment: ["LYCEUM_DRIVERS": "/one:/two"],
            workingDirectory: "/home/campus/lake",
            executable: "/opt/lyceum/bin/lyceum"
        )
        #expect(
            locator.directories == [
                "/one", "/two", "/opt/lyceum/bin/drivers", "/home/campus/lake/.lyceum/drivers",
                "/home/campus/.lyceum/drivers", "/home/.lyceum/drivers", "/.lyceum/drivers",
            ]
        )
    }

    @Test("the vendor's DuckDB library is preferred to the wheel's") func preference() throws {
        let folder = try TemporaryFolder()
        for file in ["_duckdb.cpython-311-x86_64-linux-gnu.so", "libduckdb.so", "libadbc_driver_x.so", "notes.txt"] {
            try Data().write(to: URL(fileURLWithPath: "\(folder.path)/\(file)"))
        }
        let locator = DriverLocator(
            environment: ["LYCEUM_DRIVERS": folder.path],
            workingDirectory: folder.path,
            executable: nil
        )
        let names = locator.candidates(for: "duckdb").map { $0.split(separator: "/").last ?? "" }
        #expect(names == ["libduckdb.so", "_duckdb.cpython-311-x86_64-linux-gnu.so"])
        #expect(locator.candidates(for: "x").count == 1)
    }

    @Test(
        "a server that refuses is reported with a code, and without the password",
        arguments: [
            ("oracle", "oracle://campus:t0psecret@127.0.0.1:9/XEPDB1"),
            ("spark", "sc://127.0.0.1:9/;token=t0psecret"),
        ]
    )
    func refused(driver: String, uri: String) async throws {
        let loaded = try Driver.load(driver)
        let error = await #expect(throws: ADBCError.self) {
            let database = try await Database.open(driver: loaded, options: ["uri": uri])
            _ = try await database.connect().query("SELECT 1").collect()
        }
        #expect([.io, .unknown, .internal, .timeout].contains(error?.code))
        #expect(String(describing: error).contains("t0psecret") == false)
    }

    @Test(
        "secrets are struck from messages",
        arguments: [
            ("uri", "postgresql://u:p%40ss@h/db", "cannot log in with p@ss or p%40ss"),
            ("uri", "host=h password='p@ss' user=u", "host=h password='p@ss'"),
            ("password", "p@ss", "wrong password p@ss"),
            ("uri", "oracle://u:p@ss@h:1521/x", "oracle://u:p@ss@h:1521/x"),
            ("adbc.spark.token", "p@ss", "p@ss"),
        ]
    )
    func redaction(key: String, value: String, message: String) {
        let struck = Redaction(options: [key: value]).apply(message)
        #expect(!struck.contains("p@ss") && !struck.contains("p%40ss"))
        #expect(struck.contains("***"))
    }

    @Test(
        "values are struck from messages, whatever quotes and lines they have",
        arguments: [
            ("Could not convert string 'a@b' to INT32", "Could not convert string '…' to INT32"),
            ("duplicate key \"O'Brien\"", "duplicate key \"…\""),
            ("string 'a\nb' to 'c'\n\nLINE 1: SELECT 'x'", "string '…'\n\nLINE 1: SELECT 'x'"),
            ("nothing quoted", "nothing quoted"), ("it's", "it's"),
        ]
    )
    func values(message: String, expected: String) {
        #expect(Redaction(options: [:], quotesValues: false).applyToData(message) == expected)
        #expect(Redaction(options: [:]).applyToData(message) == message)
    }

    /// A library of the system that is no driver.
    private func aLibrary() throws -> String {
        let candidates = ["x86_64", "aarch64"].flatMap {
            ["/usr/lib/\($0)-linux-gnu/libz.so.1", "/lib/\($0)-linux-gnu/libm.so.6", "/lib64/libm.so.6"]
        }
        return try #require(candidates.first { FileManager.default.fileExists(atPath: $0) })
    }
}
