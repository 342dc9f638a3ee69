// Databases: a driver with the options that say what to connect to.

import CArrow

/// A database that connections can be opened to.
///
/// `@unchecked Sendable`: the handle is set up by init and then only read; drivers allow several threads to open
/// connections of one database.
public final class Database: @unchecked Sendable {
    /// The driver it is reached by.
    public let driver: Driver
    let redaction: Redaction
    let handle: UnsafeMutablePointer<AdbcDatabase>

    /// Opens a database. May block: some drivers connect already here; see ``open(driver:options:)``.
    ///
    /// - Parameter options: as the driver names them: `uri` for servers; for DuckDB `path` (none: in memory) and any
    ///   configuration option, such as `access_mode`, `threads`, `memory_limit`.
    /// - Parameter errorsQuoteValues: whether an error about the data may quote it, as databases do. Where the data is
    ///   personal, say no: what stands in quotes in such messages is then struck out.
    /// - Throws: ``ADBCError`` of the driver, passwords struck out.
    public init(driver: Driver, options: [String: String] = [:], errorsQuoteValues: Bool = true) throws(ADBCError) {
        let redaction = Redaction(options: options, quotesValues: errorsQuoteValues)
        let handle = UnsafeMutablePointer<AdbcDatabase>.allocate(capacity: 1)
        handle.initialize(to: AdbcDatabase())
        let table = driver.table.pointee
        do {
            try driver.call("creating a database handle", redaction) { table.DatabaseNew(handle, $0) }
        } catch {
            handle.deallocate()
            throw error
        }
        do {
            for (key, value) in options.sorted(by: { $0.key < $1.key }) {
                try driver.call("setting the database option \"\(key)\"", redaction) {
                    table.DatabaseSetOption(handle, key, value, $0)
                }
            }
            try driver.call("opening the database", redaction) { table.DatabaseInit(handle, $0) }
        } catch {
            Database.release(handle, driver)
            throw error
        }
        // Only now, for a class whose properties are all set is deinitialised when its init throws.
        self.driver = driver
        self.redaction = redaction
        self.handle = handle
    }

    /// Opens a database on a thread of its own, for drivers that connect while opening.
    public static func open(
        driver: Driver,
        options: [String: String] = [:],
        errorsQuoteValues: Bool = true
    ) async throws -> Database {
        try await SerialThread(label: "adbc.open").run {
            try Database(driver: driver, options: options, errorsQuoteValues: errorsQuoteValues)
        }
    }

    deinit { Database.release(handle, driver) }

    /// Opens a connection.
    ///
    /// - Parameter options: connection options, as the driver names them.
    /// - Throws: ``ADBCError`` of the driver.
    public func connect(options: [String: String] = [:]) async throws -> Connection {
        let thread = SerialThread(label: "adbc.\(driver.name)")
        return try await thread.run { try Connection(database: self, thread: thread, options: options) }
    }

    private static func release(_ handle: UnsafeMutablePointer<AdbcDatabase>, _ driver: Driver) {
        var error = AdbcError()
        if handle.pointee.private_data != nil { _ = driver.table.pointee.DatabaseRelease(handle, &error) }
        error.release?(&error)
        handle.deallocate()
    }
}
