// libpq, PostgreSQL's own client library: the functions that reading a COPY takes.

import Foundation
import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// libpq, loaded once and never unloaded.
///
/// Names and meanings are those of its manual (PostgreSQL 15, chapter 34). A status of 0 is a good connection.
struct ClientLibrary: Sendable {
    typealias Handle = OpaquePointer
    typealias Text = UnsafePointer<CChar>
    typealias Row = UnsafeMutablePointer<CChar>

    /// `ExecStatusType`: what a result is.
    static let commandDone: CInt = 1
    static let rowsDone: CInt = 2
    static let copyOut: CInt = 3

    let connect: @convention(c) @Sendable (Text) -> Handle?
    let status: @convention(c) @Sendable (Handle) -> CInt
    let finish: @convention(c) @Sendable (Handle) -> Void
    let errorMessage: @convention(c) @Sendable (Handle) -> Text?
    let setEncoding: @convention(c) @Sendable (Handle, Text) -> CInt
    let execute: @convention(c) @Sendable (Handle, Text) -> Handle?
    let getResult: @convention(c) @Sendable (Handle) -> Handle?
    let resultStatus: @convention(c) @Sendable (Handle?) -> CInt
    let resultField: @convention(c) @Sendable (Handle, CInt) -> Text?
    let rowCount: @convention(c) @Sendable (Handle) -> CInt
    let isNull: @convention(c) @Sendable (Handle, CInt, CInt) -> CInt
    let value: @convention(c) @Sendable (Handle, CInt, CInt) -> Text?
    let clear: @convention(c) @Sendable (Handle) -> Void
    /// Waits for the next row: its length, -1 at the end, -2 after an error.
    let copyRow: @convention(c) @Sendable (Handle, UnsafeMutablePointer<Row?>, CInt) -> CInt
    let free: @convention(c) @Sendable (UnsafeMutableRawPointer) -> Void
    let getCancel: @convention(c) @Sendable (Handle) -> Handle?
    let freeCancel: @convention(c) @Sendable (Handle) -> Void
    let cancel: @convention(c) @Sendable (Handle, Row, CInt) -> CInt

    private static let loaded = Mutex<ClientLibrary?>(nil)

    /// Loads the library: out of the drivers' folders, or the system's.
    ///
    /// - Throws: ``ADBCError`` with code `missingDependency`, which says how to install it.
    static func load(locator: DriverLocator = DriverLocator()) throws(ADBCError) -> ClientLibrary {
        let result: Result<ClientLibrary, ADBCError> = loaded.withLock { loaded in
            if let loaded { return .success(loaded) }
            do throws(ADBCError) {
                let library = try ClientLibrary(locator)
                loaded = library
                return .success(library)
            } catch {
                return .failure(error)
            }
        }
        return try result.get()
    }

    private init(_ locator: DriverLocator) throws(ADBCError) {
        #if os(macOS)
            let names = ["libpq.5.dylib", "libpq.dylib"]
        #else
            let names = ["libpq.so.5"]
        #endif
        let paths = locator.directories.flatMap { folder in names.map { "\(folder)/\($0)" } }
        let candidates = paths.filter { FileManager.default.fileExists(atPath: $0) } + names
        guard let library = candidates.lazy.compactMap({ dlopen($0, RTLD_NOW | RTLD_LOCAL) }).first else {
            let reason = dlerror().map { String(cString: $0) } ?? "unknown reason"
            throw ADBCError(
                .missingDependency,
                "PostgreSQL's client library cannot be loaded (\(reason)): on Debian and Ubuntu, apt-get install libpq5",
                location: names[0]
            )
        }
        func function<Function>(_ name: String) throws(ADBCError) -> Function {
            guard let address = dlsym(library, name) else {
                throw ADBCError(
                    .missingDependency,
                    "the library has no \(name); install libpq 10 or later",
                    location: names[0]
                )
            }
            return unsafeBitCast(address, to: Function.self)
        }
        connect = try function("PQconnectdb")
        status = try function("PQstatus")
        finish = try function("PQfinish")
        errorMessage = try function("PQerrorMessage")
        setEncoding = try function("PQsetClientEncoding")
        execute = try function("PQexec")
        getResult = try function("PQgetResult")
        resultStatus = try function("PQresultStatus")
        resultField = try function("PQresultErrorField")
        rowCount = try function("PQntuples")
        isNull = try function("PQgetisnull")
        value = try function("PQgetvalue")
        clear = try function("PQclear")
        copyRow = try function("PQgetCopyData")
        free = try function("PQfreemem")
        getCancel = try function("PQgetCancel")
        freeCancel = try function("PQfreeCancel")
        cancel = try function("PQcancel")
    }
}
