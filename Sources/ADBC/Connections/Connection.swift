// Connections: statements, results, bulk ingest and transactions on one session of a database.

import Arrow
import CArrow
import Synchronization

/// A connection to a database.
///
/// Work on a connection is serialised: calls queue up and run one after the other on a thread of the connection's own,
/// never on Swift's cooperative threads. For parallel work use several connections, see ``ConnectionPool``.
///
/// When the task that waits for a call is cancelled, the running statement is cancelled in the database and the call
/// throws `CancellationError`. Drivers of ADBC 1.0 cannot cancel: there the call ends with the statement.
///
/// `@unchecked Sendable`: the handle is used on the connection's thread only; the rest is immutable or locked.
public final class Connection: @unchecked Sendable {
    /// The database it is connected to.
    public let database: Database
    let thread: SerialThread
    private let handle: UnsafeMutablePointer<AdbcConnection>
    private let state = Mutex(State())

    private struct State {
        var isOpen = true
        var isBroken = false
        var isAutocommit = true
        var openStreams = 0
        var statements: [ObjectIdentifier: Weak] = [:]
    }

    private struct Weak: Sendable {
        weak var statement: Statement?
    }

    init(database: Database, thread: SerialThread, options: [String: String]) throws(ADBCError) {
        let handle = UnsafeMutablePointer<AdbcConnection>.allocate(capacity: 1)
        handle.initialize(to: AdbcConnection())
        let driver = database.driver
        do {
            try driver.call("creating a connection handle", database.redaction) {
                driver.table.pointee.ConnectionNew(handle, $0)
            }
        } catch {
            handle.deallocate()
            throw error
        }
        do {
            for (key, value) in options.sorted(by: { $0.key < $1.key }) {
                let function = try driver.unwrap(driver.table.pointee.ConnectionSetOption, "ConnectionSetOption")
                try driver.call("setting the connection option \"\(key)\"", database.redaction) {
                    function(handle, key, value, $0)
                }
            }
            try driver.call("connecting", database.redaction) {
                driver.table.pointee.ConnectionInit(handle, database.handle, $0)
            }
        } catch {
            Connection.release(handle, driver)
            handle.deallocate()
            throw error
        }
        // Only now, for a class whose properties are all set is deinitialised when its init throws.
        self.database = database
        self.thread = thread
        self.handle = handle
    }

    deinit {
        if state.withLock({ $0.isOpen }) { Connection.release(handle, database.driver) }
        handle.deallocate()
    }

    /// Closes the connection once its running work has ended; later calls throw, and open results end.
    public func close() async throws {
        try await thread.run { [self] in
            for statement in openStatements { statement.release() }
            let wasOpen = state.withLock { state in
                defer { state.isOpen = false }
                return state.isOpen
            }
            if wasOpen { Connection.release(handle, database.driver) }
        }
    }

    private static func release(_ handle: UnsafeMutablePointer<AdbcConnection>, _ driver: Driver) {
        var error = AdbcError()
        if handle.pointee.private_data != nil { _ = driver.table.pointee.ConnectionRelease(handle, &error) }
        error.release?(&error)
    }

    // MARK: State

    /// Whether the connection failed in a way that makes it useless.
    public var isBroken: Bool { state.withLock { $0.isBroken || !$0.isOpen } }

    /// Whether each statement is a transaction of its own; see ``setAutocommit(_:)``.
    public var isAutocommit: Bool { state.withLock { $0.isAutocommit } }

    /// How many results are neither read to their end nor dropped.
    var openStreams: Int { state.withLock { $0.openStreams } }

    private var openStatements: [Statement] { state.withLock { $0.statements.values.compactMap(\.statement) } }

    func streamOpened() { state.withLock { $0.openStreams += 1 } }

    func streamClosed() { state.withLock { $0.openStreams -= 1 } }

    /// Notes whether `error` leaves the connection useless, and passes it on.
    func noted(_ error: ADBCError) -> ADBCError {
        if error.breaksConnection { state.withLock { $0.isBroken = true } }
        return error
    }

    // MARK: Running work

    /// Runs `body` with a new statement on the connection's thread, cancellable.
    func withStatement<Result: Sendable>(
        _ body: @escaping @Sendable (Statement) throws -> Result
    ) async throws -> Result {
        let statement = Statement(driver: database.driver, redaction: database.redaction)
        return try await cancellable(statement) { [self] in
            try open(statement)
            return try body(statement)
        }
    }

    /// Opens a statement; on the connection's thread.
    func open(_ statement: Statement) throws {
        try requireOpen()
        try statement.open(handle)
        register(statement)
    }

    /// Runs `body` on the connection's thread; a cancel of the task reaches `statement`.
    func cancellable<Result: Sendable>(
        _ statement: Statement,
        _ body: @escaping @Sendable () throws -> Result
    ) async throws -> Result {
        let cancellation = Cancellation { statement.cancel() }
        return try await withTaskCancellationHandler {
            try await thread.run { [self] in
                do {
                    return try cancellation.run(body)
                } catch let error as ADBCError {
                    throw noted(error)
                }
            }
        } onCancel: {
            cancellation.cancel()
        }
    }

    private func register(_ statement: Statement) {
        state.withLock { state in
            state.statements = state.statements.filter { $0.value.statement != nil }
            state.statements[ObjectIdentifier(statement)] = Weak(statement: statement)
        }
    }

    private func requireOpen() throws(ADBCError) {
        if state.withLock({ !$0.isOpen }) {
            throw ADBCError(.invalidState, "the connection is closed", location: database.driver.name)
        }
    }

    private func onThread<Result: Sendable>(
        _ doing: String,
        _ body:
            @escaping @Sendable (AdbcDriver, UnsafeMutablePointer<AdbcConnection>, UnsafeMutablePointer<AdbcError>)
            throws(ADBCError) -> (AdbcStatusCode, Result)
    ) async throws -> Result {
        try await thread.run { [self] in
            try requireOpen()
            var result: Swift.Result<Result, ADBCError>?
            do throws(ADBCError) {
                try database.driver.call(doing, database.redaction) { error in
                    do throws(ADBCError) {
                        let (status, value) = try body(database.driver.table.pointee, handle, error)
                        result = .success(value)
                        return status
                    } catch {
                        result = .failure(error)
                        return AdbcStatusCode(ADBC_STATUS_OK)
                    }
                }
            } catch {
                throw noted(error)
            }
            guard let result else {
                throw ADBCError(.internal, "\(doing) gave no result", location: database.driver.name)
            }
            return try result.get()
        }
    }

    // MARK: Statements

    /// Runs a query and returns its result as a stream of batches.
    ///
    /// - Parameters:
    ///   - sql: one statement, in the database's own SQL and placeholders.
    ///   - parameters: the values of the placeholders, by position.
    ///   - options: statement options, as the driver names them.
    ///   - types: types that stand for a column's own because its values mean that: column → a type of the same layout
    ///     (see `DataType.hasLayout(of:)`), such as `decimal64(18, 2)` for integers that count hundredths.
    /// - Throws: ``ADBCError`` of the database, or with code `invalidArgument` for a type of another layout;
    ///   `CancellationError` if the task is cancelled.
    public func query(
        _ sql: String,
        _ parameters: [Parameter] = [],
        options: [String: String] = [:],
        types: [String: DataType] = [:]
    ) async throws -> RecordBatchStream {
        try await withStatement { [self] statement in
            try start(statement, sql, parameters, options)
            let stream = ArrowStream()
            let affected = try statement.executeQuery(into: stream)
            return RecordBatchStream(
                try StreamSource(
                    connection: self,
                    statement: statement,
                    stream: stream,
                    rowsAffected: affected,
                    types: types
                )
            )
        }
    }

    /// Runs a statement for its effect.
    ///
    /// - Returns: how many rows it affected, -1 if the driver does not say.
    /// - Throws: ``ADBCError`` of the database; `CancellationError` if the task is cancelled.
    @discardableResult
    public func execute(
        _ sql: String,
        _ parameters: [Parameter] = [],
        options: [String: String] = [:]
    ) async throws -> Int64 {
        try await withStatement { [self] statement in
            try start(statement, sql, parameters, options)
            defer { statement.release() }
            return try statement.execute()
        }
    }

    /// Runs a statement once for each row of `rows`, whose columns are the placeholders' values in order.
    ///
    /// All of it or nothing, where the database has transactions. For many rows ``ingest(_:into:schema:mode:temporary:)``
    /// is faster.
    ///
    /// - Returns: how many rows it affected in all, -1 if the driver does not say.
    @discardableResult
    public func execute(_ sql: String, rows: RecordBatch) async throws -> Int64 {
        try await withStatement { [self] statement in
            defer { statement.release() }
            return try inTransaction {
                try statement.setQuery(sql)
                try statement.prepare()
                do {
                    try statement.bind(rows)
                    return try statement.execute()
                } catch let error as ADBCError where error.code == .notImplemented && rows.count > 1 {
                    // DuckDB binds one row at a time.
                    var affected: Int64 = 0
                    for row in 0..<rows.count {
                        try statement.bind(rows.slice(from: row, count: 1))
                        let changed = try statement.execute()
                        affected = affected < 0 || changed < 0 ? -1 : affected + changed
                    }
                    return affected
                }
            }
        }
    }

    func start(
        _ statement: Statement,
        _ sql: String,
        _ parameters: [Parameter],
        _ options: [String: String] = [:]
    ) throws {
        for (key, value) in options.sorted(by: { $0.key < $1.key }) { try statement.setOption(key, value) }
        try statement.setQuery(sql)
        guard !parameters.isEmpty else { return }
        try statement.prepare()
        try statement.bind(try Parameter.batch(parameters))
    }

    /// The columns of a table.
    ///
    /// - Throws: ``ADBCError`` with code `notFound` or what the driver says if there is no such table.
    public func schema(ofTable table: String, schema: String? = nil) async throws -> Schema {
        let driver = database.driver
        return try await onThread("reading the columns of \(table)") {
            (functions, handle, error) throws(ADBCError) -> (AdbcStatusCode, Schema) in
            let function = try driver.unwrap(functions.ConnectionGetTableSchema, "ConnectionGetTableSchema")
            var out = ArrowSchema()
            let status = function(handle, nil, schema, table, &out, error)
            guard status == ADBC_STATUS_OK else { return (status, Schema([])) }
            defer { out.release?(&out) }
            do {
                return (status, try Schema(importing: &out))
            } catch {
                throw ADBCError(.internal, "the driver gives a broken schema", location: driver.name, cause: error)
            }
        }
    }

    /// Cancels whatever is running on the connection; it then throws ``ADBCError`` with code `cancelled` or what the
    /// driver makes of it. Does nothing with drivers of ADBC 1.0.
    public func cancel() {
        for statement in openStatements { statement.cancel() }
    }

    // MARK: Options and transactions

    /// Sets a connection option, as the driver names it.
    public func setOption(_ key: String, _ value: String) async throws {
        let driver = database.driver
        try await onThread("setting the connection option \"\(key)\"") {
            (functions, handle, error) throws(ADBCError) -> (AdbcStatusCode, Void) in
            let function = try driver.unwrap(functions.ConnectionSetOption, "ConnectionSetOption")
            return (function(handle, key, value, error), ())
        }
    }

    /// Runs `body`, on the connection's thread, in a transaction of its own unless the caller has one open or the
    /// database has none.
    func inTransaction<Result>(_ body: () throws -> Result) throws -> Result {
        let driver = database.driver
        let functions = driver.table.pointee
        guard isAutocommit, let setOption = functions.ConnectionSetOption, let rollback = functions.ConnectionRollback
        else { return try body() }
        func setAutocommit(_ isOn: Bool) throws(ADBCError) {
            try driver.call(isOn ? "committing" : "beginning a transaction", database.redaction) {
                setOption(handle, "adbc.connection.autocommit", isOn ? "true" : "false", $0)
            }
        }
        do throws(ADBCError) {
            try setAutocommit(false)
        } catch {
            if error.code == .notImplemented || error.code == .invalidArgument { return try body() }
            throw error
        }
        let result: Result
        do {
            result = try body()
        } catch {
            // The first error is the one to report; a connection that cannot roll back is of no more use.
            do throws(ADBCError) {
                try driver.call("rolling back", database.redaction) { rollback(handle, $0) }
                try setAutocommit(true)
            } catch {
                state.withLock { $0.isBroken = true }
            }
            throw error
        }
        try setAutocommit(true)
        return result
    }

    /// Turns autocommit on (committing what is pending) or off (starting a transaction).
    public func setAutocommit(_ isOn: Bool) async throws {
        try await setOption("adbc.connection.autocommit", isOn ? "true" : "false")
        state.withLock { $0.isAutocommit = isOn }
    }

    /// Commits the transaction; the next begins with the next statement. Autocommit must be off.
    public func commit() async throws {
        let driver = database.driver
        try await onThread("committing") { (functions, handle, error) throws(ADBCError) -> (AdbcStatusCode, Void) in
            let function = try driver.unwrap(functions.ConnectionCommit, "ConnectionCommit")
            return (function(handle, error), ())
        }
    }

    /// Undoes the transaction; the next begins with the next statement. Autocommit must be off.
    public func rollback() async throws {
        let driver = database.driver
        try await onThread("rolling back") { (functions, handle, error) throws(ADBCError) -> (AdbcStatusCode, Void) in
            let function = try driver.unwrap(functions.ConnectionRollback, "ConnectionRollback")
            return (function(handle, error), ())
        }
    }

    /// Runs `body` in a transaction: committed when it returns, rolled back when it throws.
    ///
    /// - Precondition: autocommit is on.
    public func withTransaction<Result>(
        isolation: isolated (any Actor)? = #isolation,
        _ body: () async throws -> Result
    ) async throws -> Result {
        try await setAutocommit(false)
        do {
            let result = try await body()
            try await commit()
            try await setAutocommit(true)
            return result
        } catch {
            // The first error is the one to report; a failed rollback leaves the connection broken.
            do {
                try await rollback()
                try await setAutocommit(true)
            } catch {
                state.withLock { $0.isBroken = true }
            }
            throw error
        }
    }
}
