// Drivers: shared libraries that speak ADBC, loaded once and never unloaded.

import CArrow
import Foundation
import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// A loaded ADBC driver.
///
/// A driver stays loaded until the process ends: some carry a language runtime (Go) that cannot be unloaded.
///
/// `@unchecked Sendable`: the table of functions is filled once, by init, and only read afterwards.
public final class Driver: @unchecked Sendable {
    /// The name it was loaded by: `duckdb`, `postgresql`, `oracle`, `spark`, or a path.
    public let name: String
    /// The library's file.
    public let path: String
    /// Whether the driver speaks revision 1.1 of ADBC; otherwise 1.0, without cancel and without error details.
    public let supportsRevision11: Bool
    let table: UnsafeMutablePointer<AdbcDriver>
    private let library: UnsafeMutableRawPointer

    /// Whether it is DuckDB's, by its file.
    var isDuckDB: Bool { path.contains("duckdb") }

    private static let loaded = Mutex<[String: Driver]>([:])

    /// Loads a driver by name or path, or returns it if it is loaded already.
    ///
    /// - Parameters:
    ///   - name: `duckdb`, `postgresql`, `oracle`, `spark`, any other `x` for which there is a `libadbc_driver_x.so`,
    ///     or the path of a library.
    ///   - locator: where to look.
    /// - Throws: ``ADBCError`` with code `driverNotFound`, `notADriver` or `missingDependency`; its message says what
    ///   to install.
    public static func load(_ name: String, locator: DriverLocator = DriverLocator()) throws(ADBCError) -> Driver {
        var firstError: ADBCError?
        for path in locator.candidates(for: name) {
            do {
                return try load(name: name, path: path)
            } catch {
                firstError = firstError ?? error
            }
        }
        if let firstError { throw firstError }
        for library in locator.systemNames(for: name) {
            if let handle = dlopen(library, RTLD_LAZY) {
                dlclose(handle)
                return try load(name: name, path: library)
            }
        }
        throw ADBCError(
            .driverNotFound,
            "there is no driver \"\(name)\" in \(locator.directories.joined(separator: ", ")) or on the system's "
                + "library path; run scripts/setup, or name the library's folder in LYCEUM_DRIVERS",
            location: name
        )
    }

    private static func load(name: String, path: String) throws(ADBCError) -> Driver {
        let key = path.contains("/") ? URL(fileURLWithPath: path).resolvingSymlinksInPath().path : path
        let result: Result<Driver, ADBCError> = loaded.withLock { loaded in
            if let driver = loaded[key] { return .success(driver) }
            do throws(ADBCError) {
                let driver = try Driver(name: name, path: path)
                loaded[key] = driver
                return .success(driver)
            } catch {
                return .failure(error)
            }
        }
        return try result.get()
    }

    private init(name: String, path: String) throws(ADBCError) {
        self.name = name
        self.path = path
        let handle = try Driver.open(path)
        library = handle
        guard let entry = Driver.entryPoint(of: handle, path: path) else {
            throw ADBCError(
                .notADriver,
                "the library has none of the entry points \(Driver.entryPoints(for: path).joined(separator: ", ")), so it "
                    + "is no ADBC driver; name the driver's own library",
                location: path
            )
        }
        let table = UnsafeMutablePointer<AdbcDriver>.allocate(capacity: 1)
        var status: AdbcStatusCode = 0
        var failure: ADBCError?
        for version in [ADBC_VERSION_1_1_0, ADBC_VERSION_1_0_0] {
            table.initialize(to: AdbcDriver())
            var error = AdbcError()
            status = entry(version, table, &error)
            if status == ADBC_STATUS_OK {
                self.table = table
                supportsRevision11 = version == ADBC_VERSION_1_1_0
                if table.pointee.isUsable { return }
                failure = ADBCError(.notADriver, "the driver leaves out functions that ADBC requires", location: path)
                break
            }
            failure = failure ?? ADBCError(taking: &error, status: status, doing: "initialising the driver", at: path)
        }
        table.deallocate()
        throw failure ?? ADBCError(.notADriver, "the driver cannot be initialised", location: path)
    }

    /// A function that the library exports beside ADBC's own.
    ///
    /// - Throws: ``ADBCError`` with code `notImplemented` if the library has none of that name.
    func function<Function>(_ name: String, as type: Function.Type) throws(ADBCError) -> Function {
        guard let address = dlsym(library, name) else {
            throw ADBCError(
                .notImplemented,
                "the library does not export \(name); take a build of DuckDB with its C interface",
                location: path
            )
        }
        return unsafeBitCast(address, to: type)
    }

    // MARK: Opening libraries

    private static func open(_ path: String) throws(ADBCError) -> UnsafeMutableRawPointer {
        if path.contains("/"), !FileManager.default.fileExists(atPath: path) {
            throw ADBCError(
                .driverNotFound,
                "there is no file \(path); run scripts/setup, or correct the path",
                location: path
            )
        }
        if let version = pythonVersion(ofWheelLibrary: path) { try openPython(version, for: path) }
        if let handle = dlopen(path, RTLD_LAZY) { return handle }
        let reason = dlerror().map { String(cString: $0) } ?? "unknown reason"
        if reason.contains("cannot open shared object file"), !reason.hasPrefix(path) {
            throw ADBCError(.missingDependency, "a library that the driver needs is missing: \(reason)", location: path)
        }
        throw ADBCError(.notADriver, "the file cannot be loaded as a library: \(reason)", location: path)
    }

    /// `3.11` for `_duckdb.cpython-311-x86_64-linux-gnu.so`; nil for libraries that need no Python.
    static func pythonVersion(ofWheelLibrary path: String) -> String? {
        let file = path.split(separator: "/").last ?? ""
        guard let tag = file.firstRange(of: ".cpython-") else { return nil }
        let digits = file[tag.upperBound...].prefix { $0.isNumber }
        guard digits.count >= 2, let major = digits.first else { return nil }
        return "\(major).\(digits.dropFirst())"
    }

    /// Opens libpython for a library out of a Python wheel, which leaves Python's symbols open.
    ///
    /// No interpreter is started: the symbols only have to resolve.
    private static func openPython(_ version: String, for path: String) throws(ADBCError) {
        #if os(macOS)
            let names = ["libpython\(version).dylib"]
        #else
            let names = ["libpython\(version).so.1.0", "libpython\(version).so.1", "libpython\(version).so"]
        #endif
        let folder = path.split(separator: "/", omittingEmptySubsequences: false).dropLast().joined(separator: "/")
        for name in names + names.map({ "\(folder)/\($0)" }) where dlopen(name, RTLD_NOW | RTLD_GLOBAL) != nil {
            return
        }
        throw ADBCError(
            .missingDependency,
            "the driver comes from a wheel for Python \(version) and needs \(names[0]): on Debian and Ubuntu, apt-get install "
                + "libpython\(version); or put the vendor's own libduckdb.so into the drivers' folder",
            location: path
        )
    }

    // MARK: Entry points

    private typealias EntryPoint =
        @convention(c) (
            Int32, UnsafeMutableRawPointer?, UnsafeMutablePointer<AdbcError>?
        ) -> AdbcStatusCode

    private static func entryPoint(of handle: UnsafeMutableRawPointer, path: String) -> EntryPoint? {
        for symbol in entryPoints(for: path) {
            if let address = dlsym(handle, symbol) { return unsafeBitCast(address, to: EntryPoint.self) }
        }
        return nil
    }

    /// The symbols a driver may export, its own before the common one.
    ///
    /// ADBC derives a name from the file's: `libadbc_driver_example.so` has `AdbcDriverExampleInit`.
    private static func entryPoints(for path: String) -> [String] {
        var stem = path.split(separator: "/").last.map(String.init) ?? path
        stem = stem.split(separator: ".").first.map(String.init) ?? stem
        if stem.hasPrefix("lib") { stem.removeFirst(3) }
        let camel = stem.split(separator: "_").map { $0.prefix(1).uppercased() + $0.dropFirst() }.joined()
        var symbols = ["duckdb_adbc_init", "OracleDriverInit", "AdbcDriverInit"]
        if stem.contains("adbc") { symbols.append("\(camel)Init") }
        return symbols
    }
}

extension AdbcDriver {
    /// Whether the functions of revision 1.0 that this module calls are there.
    fileprivate var isUsable: Bool {
        DatabaseNew != nil && DatabaseSetOption != nil && DatabaseInit != nil && DatabaseRelease != nil
            && ConnectionNew != nil && ConnectionInit != nil && ConnectionRelease != nil
            && StatementNew != nil && StatementSetSqlQuery != nil && StatementExecuteQuery != nil
            && StatementRelease != nil
    }
}
